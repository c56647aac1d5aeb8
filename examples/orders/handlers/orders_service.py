"""The orders service of the orders shop, as far as its catalog says what it does."""

from __future__ import annotations

from eventproof import Context
from eventproof.simulator import Customer
from eventproof.simulator.inventory import order_lines

from .generated.orders_service import (
    GetOrder,
    GetOrderResponse,
    InventoryAdjusted,
    OrderConfirmed,
    OrderConfirmedOrderItem,
    OrdersServiceBase,
    UserSubscriptionCancelled,
)


class OrdersService(OrdersServiceBase):
    """Confirms what was paid for."""

    async def on_inventory_adjusted(self, event: InventoryAdjusted, ctx: Context) -> None:
        """Nothing to do yet: the storefront shows the new level."""

    async def on_get_order(self, query: GetOrder, ctx: Context) -> GetOrderResponse:
        """Answer with the order, which has no lines of its own here."""
        del ctx
        return GetOrderResponse(order_id=query.order_id, order_items=())

    async def on_user_subscription_cancelled(
        self, event: UserSubscriptionCancelled, ctx: Context
    ) -> None:
        """Nothing to do yet: this shop sells no subscriptions."""

    async def confirm(self, customer: Customer, ctx: Context) -> None:
        """Write the paid order down and tell everybody."""
        async with ctx.transaction() as tx:
            for product, quantity in customer.cart:
                await tx.insert(
                    order_lines,
                    order_id=customer.name,
                    product_id=product,
                    quantity=quantity,
                    status="PAID",
                )
        items = tuple(
            OrderConfirmedOrderItem(product_id=product, quantity=quantity)
            for product, quantity in customer.cart
        )
        confirmed = OrderConfirmed(
            order_id=customer.name, user_id=customer.name, order_items=items
        )
        await self.publish_order_confirmed(confirmed, ctx)
