"""The inventory service of the orders shop, as its catalog describes it.

`UpdateInventory` and `AddInventory` name no order and carry no key of their own, so this service
cannot tell a repeated command from a new one. `OrderConfirmed` and `OrderAmended` name an order,
and have their effect once; an amendment that overtakes its order is settled by asking for it, and
an event that cannot be followed is kept as a dead letter.

Commands are refused as stock transactions are: 400 for an invalid amount, 404 for a product that
is not kept there, 422 for too few units.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Any, Literal

from eventproof import Context, Refused, equal
from eventproof.simulator import Transaction
from eventproof.simulator.inventory import (
    Quantities,
    book,
    items,
    level_of,
    messaging,
    one_line_a_product,
    quantities_of,
    replenishment,
    stock,
    stock_transactions,
    warehouse_stock,
)

from .generated.inventory_service import (
    AddInventory,
    GetInventoryList,
    GetInventoryListFilters,
    GetInventoryListResponse,
    GetInventoryListResponseStockLevel,
    GetInventoryStatus,
    GetInventoryStatusResponse,
    GetOrder,
    InventoryAdjusted,
    InventoryServiceBase,
    OrderAmended,
    OrderAmendedAmendedItem,
    OrderConfirmed,
    OutOfStock,
    UpdateInventory,
)

Lines = Iterable[tuple[str, int]]
by_product = attrgetter("product_id")

MAIN = "main"
"""The warehouse whose levels are the rows of `stock`; the others' are in `warehouse_stock`."""

PAGE_SIZE = 20
"""Products on a page, where the query names no size."""


class InventoryService(InventoryServiceBase):
    """Takes stock by reading it, deciding, and writing it back. This is the fault to be found."""

    async def on_update_inventory(self, command: UpdateInventory, ctx: Context) -> None:
        """Take units for a payment that is about to be made, or give them back."""
        change = command.quantity_change
        table, key = level_of(command.product_id, _house(command.warehouse_id))
        async with ctx.transaction() as tx:
            level = quantities_of(await tx.get(table, key))
            if level is None:
                raise Refused(stock_transactions.NOT_FOUND)
            if level.available + change < 0:
                raise Refused(stock_transactions.UNPROCESSABLE, stock_transactions.INSUFFICIENT)
            left = level.available + change
            await tx.update(table, key, available=left, allocated=level.allocated - change)
        await self._tell(command.product_id, change, left, ctx)

    async def on_add_inventory(self, command: AddInventory, ctx: Context) -> None:
        """Units were received: from a supplier, or of an order that was cancelled."""
        async with ctx.transaction() as tx:
            after = await _done(
                tx, "increment", command.product_id, command.quantity, command.warehouse_id
            )
        await self._tell(command.product_id, command.quantity, after.available, ctx)

    async def on_order_confirmed(self, event: OrderConfirmed, ctx: Context) -> None:
        """A paid order leaves the warehouse, once."""
        lines = [(item.product_id, item.quantity) for item in event.order_items]

        async def leave() -> None:
            async with ctx.transaction() as tx:
                await _ship(tx, event.order_id, lines)

        await messaging.or_dead_letter(ctx, _confirmed(event.order_id), event.to_payload(), leave)

    async def on_order_amended(self, event: OrderAmended, ctx: Context) -> None:
        """An order wants more or fewer units than before: the difference leaves, or comes back.

        Of an order that it has not heard of, this service asks how it stands.
        """
        name = f"amended:{event.order_id}"
        await messaging.or_dead_letter(
            ctx, name, event.to_payload(), lambda: self._amend(event, ctx)
        )

    async def _amend(self, event: OrderAmended, ctx: Context) -> None:
        async with ctx.transaction() as tx:
            known = await messaging.answer_to(tx, _confirmed(event.order_id))
        if known is None:
            order = await self.request_get_order(GetOrder(order_id=event.order_id), ctx)
            lines = [(item.product_id, item.quantity) for item in order.order_items]
            async with ctx.transaction() as tx:
                if await _ship(tx, event.order_id, lines):
                    for item in event.amended_items:
                        await messaging.first_time(tx, _amended(event.order_id, item))
                    return
        async with ctx.transaction() as tx:
            for item in sorted(event.amended_items, key=by_product):
                if await messaging.first_time(tx, _amended(event.order_id, item)):
                    await _follow(tx, event.order_id, item)

    async def on_get_inventory_status(
        self, query: GetInventoryStatus, ctx: Context
    ) -> GetInventoryStatusResponse:
        """Answer with the quantities of one product: the main warehouse's, else all others'."""
        async with ctx.transaction() as tx:
            rows: tuple[Any, ...] = (await tx.get(stock, query.product_id),)
            if rows == (None,):
                rows = await tx.select(warehouse_stock, equal(product_id=query.product_id))
        levels = [level for row in rows if (level := quantities_of(row)) is not None]
        return GetInventoryStatusResponse(
            product_id=query.product_id,
            available_quantity=sum(level.available for level in levels),
            reserved_quantity=sum(level.allocated for level in levels),
        )

    async def on_get_inventory_list(
        self, query: GetInventoryList, ctx: Context
    ) -> GetInventoryListResponse:
        """Answer with one page of the products that the filters leave."""
        page, wanted = query.pagination, query.filters or GetInventoryListFilters()
        async with ctx.transaction() as tx:
            kept: list[Any] = [*await tx.select(stock), *await tx.select(warehouse_stock)]
            category = equal(category=wanted.category) if wanted.category is not None else ()
            chosen = {item.product_id for item in await tx.select(items, category)}
        listed = [
            GetInventoryListResponseStockLevel(
                product_id=level.product_id,
                available_quantity=level.available,
                warehouse_location=_location(level),
            )
            for level in kept
            if quantities_of(level) is not None
            and (wanted.category is None or level.product_id in chosen)
            and _asked_for(level, wanted)
        ]
        size = (page.page_size if page else None) or PAGE_SIZE
        first = (page.page - 1) * size if page else 0
        return GetInventoryListResponse(items=tuple(listed[first : first + size]))

    async def _tell(self, product: str, change: int, left: int, ctx: Context) -> None:
        reason: Literal["sale", "return"] = "sale" if change < 0 else "return"
        adjusted = InventoryAdjusted(
            event_id=f"{reason} of {product}, {left} left",
            product_id=product,
            adjusted_quantity=change,
            new_quantity=left,
            adjustment_reason=reason,
        )
        await self.publish_inventory_adjusted(adjusted, ctx)
        before, after = Quantities(available=left - change), Quantities(available=left)
        if "OutOfStock" in replenishment.stock_events(before, after):
            gone = OutOfStock(product_id=product, adjusted_quantity=change, new_quantity=left)
            await self.publish_out_of_stock(gone, ctx)


class MendedInventoryService(InventoryService):
    """Takes stock through the ledger, which tests and takes at once."""

    async def on_update_inventory(self, command: UpdateInventory, ctx: Context) -> None:
        """Take units for a payment that is about to be made, or give them back."""
        change = command.quantity_change
        action = "allocate" if change < 0 else "deallocate"
        async with ctx.transaction() as tx:
            after = await _done(tx, action, command.product_id, abs(change), command.warehouse_id)
        await self._tell(command.product_id, change, after.available, ctx)


DOES = {
    "increment": stock_transactions.increment,
    "allocate": stock_transactions.allocate,
    "deallocate": stock_transactions.deallocate_stock,
}


async def _done(
    tx: Transaction, action: str, product: str, quantity: int, warehouse_id: str
) -> Quantities:
    """Do a command that has no key: its place in the ledger is the only name it gets."""
    house = _house(warehouse_id)
    table, key = level_of(product, house)
    level: Any = await tx.get_for_update(table, key)
    command = f"{action} {level.version + 1}" if level is not None else action
    return await DOES[action](tx, product, quantity, command=command, warehouse=house)


async def _ship(tx: Transaction, order_id: str, lines: Lines) -> bool:
    """The order's units leave the warehouse; whether they had not left before."""
    if not await messaging.first_time(tx, _confirmed(order_id)):
        return False
    await messaging.remember_answer(tx, _confirmed(order_id), "shipped")
    for product, quantity in one_line_a_product(lines):
        if await book(tx, "ship", product, quantity, command=order_id, cause="stock") is None:
            raise Refused(stock_transactions.UNPROCESSABLE, f"{product} is not there")
    return True


async def _follow(tx: Transaction, order_id: str, item: OrderAmendedAmendedItem) -> None:
    """What left follows what is wanted now."""
    more = item.new_quantity - item.old_quantity
    actions = ("allocate", "ship") if more > 0 else ("restock",)
    for action in actions:
        command = _amended(order_id, item)
        after = await book(tx, action, item.product_id, abs(more), command=command, cause="stock")
        if after is None:
            raise Refused(stock_transactions.UNPROCESSABLE, f"{item.product_id} is not there")


def _asked_for(level: Any, wanted: GetInventoryListFilters) -> bool:
    return (
        level.available >= (wanted.min_stock_level or 0)
        and wanted.location in (None, _location(level))
        and (wanted.in_stock is None or wanted.in_stock is (level.available > 0))
    )


def _house(warehouse_id: str) -> str | None:
    return None if warehouse_id == MAIN else warehouse_id


def _location(level: Any) -> str:
    return getattr(level, "warehouse_id", MAIN)


def _confirmed(order_id: str) -> str:
    return f"confirmed:{order_id}"


def _amended(order_id: str, item: OrderAmendedAmendedItem) -> str:
    return f"amended:{order_id}:{item.product_id}:{item.old_quantity}-{item.new_quantity}"
