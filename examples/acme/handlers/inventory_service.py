"""The inventory service of the Acme shop: the system of record for stock."""

from __future__ import annotations

from operator import attrgetter

from eventproof import Context, at_least, minus, plus
from eventproof.simulator.inventory import hold, record, release, stock

from .generated.inventory_service import (
    GetStockLevel,
    GetStockLevelResponse,
    InventoryReserved,
    InventoryReservedItem,
    InventoryServiceBase,
    InventoryUnavailable,
    InventoryUnavailableUnavailableItem,
    ReleaseInventory,
    ReserveInventory,
    ReserveInventoryItem,
)

by_product = attrgetter("product_id")


class InventoryService(InventoryServiceBase):
    """Reserves stock for a cart with one guarded update per item."""

    async def on_reserve_inventory(self, command: ReserveInventory, ctx: Context) -> None:
        """Hold every item of the cart, or none of them."""
        reservation_id = f"reservation-of-{command.cart_id}"
        async with ctx.transaction() as tx:
            for item in sorted(command.items, key=by_product):  # one lock order for everybody
                taken = await tx.update(
                    stock,
                    item.product_id,
                    available=minus(item.quantity),
                    allocated=plus(item.quantity),
                    guard=at_least(available=item.quantity),
                )
                if not taken:
                    await tx.rollback()
                    return await self.publish_inventory_unavailable(
                        _unavailable(command, item), ctx
                    )
                await record(tx, "allocate", item.product_id, item.quantity, cause=reservation_id)
            lines = [(item.product_id, item.quantity) for item in command.items]
            await hold(tx, reservation_id, cart_id=command.cart_id, lines=lines)
        return await self.publish_inventory_reserved(_reserved(command, reservation_id), ctx)

    async def on_release_inventory(self, command: ReleaseInventory, ctx: Context) -> None:
        """Give a reservation back; releasing what is not held changes nothing."""
        async with ctx.transaction() as tx:
            await release(tx, command.reservation_id)

    async def on_get_stock_level(
        self, query: GetStockLevel, ctx: Context
    ) -> GetStockLevelResponse:
        """Answer with what can be bought now."""
        async with ctx.transaction() as tx:
            level = await tx.get(stock, query.product_id)
        return GetStockLevelResponse(
            product_id=query.product_id,
            available=level.available if level else 0,
            reserved=level.allocated if level else 0,
        )


class NaiveInventoryService(InventoryService):
    """What would happen if stock were allocated by reading it, deciding, and writing it back."""

    async def on_reserve_inventory(self, command: ReserveInventory, ctx: Context) -> None:
        """Hold the items, trusting that nobody wrote between the read and the write."""
        reservation_id = f"reservation-of-{command.cart_id}"
        async with ctx.transaction() as tx:
            for item in sorted(command.items, key=by_product):
                level = await tx.get(stock, item.product_id)
                if level is None or level.available < item.quantity:
                    await tx.rollback()
                    return await self.publish_inventory_unavailable(
                        _unavailable(command, item), ctx
                    )
                await tx.update(
                    stock,
                    item.product_id,
                    available=level.available - item.quantity,
                    allocated=level.allocated + item.quantity,
                )
                await record(tx, "allocate", item.product_id, item.quantity, cause=reservation_id)
            lines = [(item.product_id, item.quantity) for item in command.items]
            await hold(tx, reservation_id, cart_id=command.cart_id, lines=lines)
        return await self.publish_inventory_reserved(_reserved(command, reservation_id), ctx)


def _reserved(command: ReserveInventory, reservation_id: str) -> InventoryReserved:
    return InventoryReserved(
        reservation_id=reservation_id,
        cart_id=command.cart_id,
        items=tuple(
            InventoryReservedItem(product_id=item.product_id, quantity=item.quantity)
            for item in command.items
        ),
    )


def _unavailable(command: ReserveInventory, item: ReserveInventoryItem) -> InventoryUnavailable:
    short = InventoryUnavailableUnavailableItem(
        product_id=item.product_id, requested=item.quantity
    )
    return InventoryUnavailable(cart_id=command.cart_id, unavailable_items=(short,))
