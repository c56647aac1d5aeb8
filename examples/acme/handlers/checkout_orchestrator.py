"""The checkout of the Acme shop: reserve, take the payment, and undo what a failure leaves."""

from __future__ import annotations

from collections.abc import Iterable

from eventproof import Context, Refused
from eventproof.simulator import Transaction
from eventproof.simulator.inventory import (
    SHORT_OF_STOCK,
    messaging,
    one_line_a_product,
    order_lines,
)

from .generated.checkout_orchestrator import (
    CheckoutOrchestratorBase,
    GetStockLevel,
    InventoryReserved,
    InventoryUnavailable,
    PlaceOrder,
    ReleaseInventory,
    ReserveInventory,
    ReserveInventoryItem,
)


class CheckoutOrchestrator(CheckoutOrchestratorBase):
    """Allocates just before the payment, and releases when the payment fails."""

    async def on_place_order(self, command: PlaceOrder, ctx: Context) -> None:
        """The final check on the stock, then the reservation. 400 without detail when short."""
        for item in command.items:
            level = await self.request_get_stock_level(
                GetStockLevel(product_id=item.product_id), ctx
            )
            if level.available < item.quantity:
                raise Refused(SHORT_OF_STOCK)
        await self.publish_reserve_inventory(
            ReserveInventory(
                cart_id=command.cart_id,
                customer_id=command.customer_id,
                items=tuple(
                    ReserveInventoryItem(product_id=item.product_id, quantity=item.quantity)
                    for item in command.items
                ),
            ),
            ctx,
        )

    async def on_inventory_reserved(self, event: InventoryReserved, ctx: Context) -> None:
        """Take the payment; a declined one gives the stock back.

        Delivered again, it asks again: providers answer a key that they know as they did before.
        What was noted first counts.
        """
        outcome = await ctx.call("payment", "authorise")
        key = f"payment:{event.reservation_id}"
        async with ctx.transaction() as tx:
            if not await messaging.first_time(tx, key, answer=outcome):
                outcome = await messaging.answer_to(tx, key)
            elif outcome == "approve":
                lines = ((item.product_id, item.quantity) for item in event.items)
                await _write_order(tx, event.cart_id, lines, "PAID")
        if outcome != "approve":
            release = ReleaseInventory(
                reservation_id=event.reservation_id, reason="CHECKOUT_FAILED"
            )
            await self.publish_release_inventory(release, ctx)

    async def on_inventory_unavailable(self, event: InventoryUnavailable, ctx: Context) -> None:
        """Somebody was faster: the order is refused before any money moved."""
        lines = ((item.product_id, item.requested) for item in event.unavailable_items)
        async with ctx.transaction() as tx:
            if await messaging.first_time(tx, f"refused:{event.cart_id}"):
                await _write_order(tx, event.cart_id, lines, "REFUSED")


async def _write_order(
    tx: Transaction, cart_id: str, lines: Iterable[tuple[str, int]], status: str
) -> None:
    for product, quantity in one_line_a_product(lines):
        await tx.insert(
            order_lines, order_id=cart_id, product_id=product, quantity=quantity, status=status
        )
