"""The inventory service of the Acme shop: the system of record for stock."""

from __future__ import annotations

from eventproof import Context, Refused
from eventproof.simulator import Transaction
from eventproof.simulator.inventory import (
    SHORT_OF_STOCK,
    allocate_naive,
    book,
    hold,
    messaging,
    one_line_a_product,
    quantities_of,
    release,
    stock,
)

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
)


class InventoryService(InventoryServiceBase):
    """Reserves stock for a cart through the ledger, which tests and takes at once."""

    async def on_reserve_inventory(self, command: ReserveInventory, ctx: Context) -> None:
        """Hold every item of the cart, or none of them; a repeated command is answered again."""
        short = await self._reserve(command, ctx)
        if short is None:
            return await self.publish_inventory_reserved(_reserved(command), ctx)
        return await self.publish_inventory_unavailable(_unavailable(command, short), ctx)

    async def _reserve(self, command: ReserveInventory, ctx: Context) -> str | None:
        """The product that is short, now or when this cart asked first; None when all is held."""
        key, reservation_id = f"reserve:{command.cart_id}", reservation_of(command.cart_id)
        lines = one_line_a_product((item.product_id, item.quantity) for item in command.items)
        product = ""
        try:
            async with ctx.transaction() as tx:
                if not await messaging.first_time(tx, key):
                    short: str | None = await messaging.answer_to(tx, key)
                    return short
                for product, quantity in lines:  # one lock order for everybody
                    await self.allocate(tx, product, quantity, reservation_id)
                await hold(tx, reservation_id, cart_id=command.cart_id, lines=lines)
        except Refused:  # and nothing is held; another delivery may have been faster
            async with ctx.transaction() as tx:
                if not await messaging.first_time(tx, key, answer=product):
                    product = await messaging.answer_to(tx, key)
            return product
        return None

    async def allocate(
        self, tx: Transaction, product: str, quantity: int, reservation_id: str
    ) -> None:
        """Take units for a reservation. Raises `Refused(400)` when too few can be bought."""
        if await book(tx, "allocate", product, quantity, command=reservation_id) is None:
            raise Refused(SHORT_OF_STOCK)

    async def on_release_inventory(self, command: ReleaseInventory, ctx: Context) -> None:
        """Give a reservation back; releasing what is not held changes nothing."""
        async with ctx.transaction() as tx:
            await release(tx, command.reservation_id)

    async def on_get_stock_level(
        self, query: GetStockLevel, ctx: Context
    ) -> GetStockLevelResponse:
        """Answer with what can be bought now."""
        async with ctx.transaction() as tx:
            level = quantities_of(await tx.get(stock, query.product_id))
        return GetStockLevelResponse(
            product_id=query.product_id,
            available=level.available if level else 0,
            reserved=level.allocated if level else 0,
        )


class NaiveInventoryService(InventoryService):
    """What would happen if stock were allocated by reading it, deciding, and writing it back."""

    async def allocate(
        self, tx: Transaction, product: str, quantity: int, reservation_id: str
    ) -> None:
        """Take units because a moment ago there were enough."""
        await allocate_naive(tx, product, quantity, cause=reservation_id)


def reservation_of(cart_id: str) -> str:
    """What a cart's reservation is called."""
    return f"reservation-of-{cart_id}"


def _reserved(command: ReserveInventory) -> InventoryReserved:
    return InventoryReserved(
        reservation_id=reservation_of(command.cart_id),
        cart_id=command.cart_id,
        items=tuple(
            InventoryReservedItem(product_id=item.product_id, quantity=item.quantity)
            for item in command.items
        ),
    )


def _unavailable(command: ReserveInventory, short: str) -> InventoryUnavailable:
    wanted = sum(item.quantity for item in command.items if item.product_id == short)
    item = InventoryUnavailableUnavailableItem(product_id=short, requested=wanted)
    return InventoryUnavailable(cart_id=command.cart_id, unavailable_items=(item,))
