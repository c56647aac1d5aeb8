"""The orders service of the orders shop, as far as its catalog says what it does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eventproof import Context, Refused
from eventproof.simulator import Customer, Transaction, equal, unlike
from eventproof.simulator.inventory import messaging, order_lines, tables

from .generated.orders_service import (
    AddInventory,
    GetOrder,
    GetOrderResponse,
    GetOrderResponseOrderItem,
    InventoryAdjusted,
    OrderAmended,
    OrderAmendedAmendedItem,
    OrderCancelled,
    OrderConfirmed,
    OrderConfirmedOrderItem,
    OrdersServiceBase,
    UserSubscriptionCancelled,
)


class OrdersService(OrdersServiceBase):
    """Confirms what was paid for, amends it, and cancels what a subscription ordered."""

    async def on_inventory_adjusted(self, event: InventoryAdjusted, ctx: Context) -> None:
        """Nothing to do: the storefront asks for a level when it shows one."""

    async def on_get_order(self, query: GetOrder, ctx: Context) -> GetOrderResponse:
        """Answer with the order as it stands; `Refused` 404 where there is none."""
        async with ctx.transaction() as tx:
            lines = await tx.select(order_lines, equal(order_id=query.order_id))
            changed = await messaging.answer_to(tx, _revised(query.order_id))
        if not lines:
            raise Refused(404)
        cancelled = all(line.status == "CANCELLED" for line in lines)
        return GetOrderResponse(
            order_id=query.order_id,
            status="cancelled" if cancelled else "amended" if changed else "confirmed",
            order_items=tuple(
                GetOrderResponseOrderItem(product_id=line.product_id, quantity=line.quantity)
                for line in lines
            ),
        )

    async def on_user_subscription_cancelled(
        self, event: UserSubscriptionCancelled, ctx: Context
    ) -> None:
        """Cancel the subscription's orders, and put their goods back through a command.

        What is to be told is written down with the cancellation; `_tell` then publishes it, again
        after a crash. Orders that are shipped stay.
        """
        async with ctx.transaction() as tx:
            found = await tx.select(tables.orders, equal(subscription_id=event.subscription_id))
        for order in found:
            async with ctx.transaction() as tx:
                await _cancel(tx, order.order_id)
        await messaging.relay(ctx, lambda name, payload: self._tell(name, payload, ctx))

    async def amend(self, order_id: str, wanted: dict[str, int], ctx: Context) -> None:
        """Change the quantities of some items of an order and tell everybody."""
        changed = []
        async with ctx.transaction() as tx:
            for product, quantity in sorted(wanted.items()):
                line = await tx.get_for_update(order_lines, (order_id, product))
                if line is None or line.status != "PAID":
                    raise Refused(404)
                await tx.update(order_lines, (order_id, product), quantity=quantity)
                changed.append(
                    OrderAmendedAmendedItem(
                        product_id=product, old_quantity=line.quantity, new_quantity=quantity
                    )
                )
            await messaging.first_time(tx, _revised(order_id))
            await messaging.remember_answer(tx, _revised(order_id), "amended")
        amended = OrderAmended(order_id=order_id, amended_items=tuple(changed))
        await self.publish_order_amended(amended, ctx)

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

    async def _tell(self, name: str, payload: Mapping[str, Any], ctx: Context) -> None:
        if name.startswith("cancelled:"):
            await self.publish_order_cancelled(OrderCancelled.from_payload(payload), ctx)
        else:
            await self.publish_add_inventory(AddInventory.from_payload(payload), ctx)


async def _cancel(tx: Transaction, order_id: str) -> None:
    """Cancel an order that is neither cancelled nor shipped, and write down what follows."""
    guard = unlike(status="CANCELLED")
    lines = await tx.select(order_lines, equal(order_id=order_id))
    if any(line.status == "SHIPPED" for line in lines):
        return
    if not await tx.update(tables.orders, order_id, status="CANCELLED", guard=guard):
        return
    told: list[OrderCancelled | AddInventory] = [
        OrderCancelled(order_id=order_id, reason="subscription-ended")
    ]
    for line in lines:
        await tx.update(order_lines, (order_id, line.product_id), status="CANCELLED")
        told.append(
            AddInventory(product_id=line.product_id, quantity=line.quantity, warehouse_id="main")
        )
    for number, message in enumerate(told, start=1):
        kind = "cancelled" if number == 1 else "back"
        await messaging.put_out(
            tx,
            f"{kind}:{order_id}:{number}",
            message.to_payload(),
            entity=f"cancelled:{order_id}",
            revision=number,
        )


def _revised(order_id: str) -> str:
    return f"amended:{order_id}"
