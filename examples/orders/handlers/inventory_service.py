"""The inventory service of the orders shop, as its catalog describes it.

`UpdateInventory` and `AddInventory` name no order and carry no key of their own, so this service
cannot tell a repeated command from a new one. `OrderConfirmed` and `OrderAmended` name an order,
and have their effect once; an amendment that overtakes its order is settled by asking for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Literal

from eventproof import Context, Refused
from eventproof.simulator import Transaction
from eventproof.simulator.inventory import (
    SHORT_OF_STOCK,
    Quantities,
    book,
    messaging,
    replenishment,
    stock,
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

PAGE_SIZE = 20
"""Products on a page, where the query names no size."""


class InventoryService(InventoryServiceBase):
    """Takes stock by reading it, deciding, and writing it back. This is the fault to be found."""

    async def on_update_inventory(self, command: UpdateInventory, ctx: Context) -> None:
        """Take units for a payment that is about to be made, or give them back."""
        change = command.quantity_change
        async with ctx.transaction() as tx:
            level = await tx.get(stock, command.product_id)
            if level is None or level.available + change < 0:
                raise Refused(SHORT_OF_STOCK)
            left = level.available + change
            await tx.update(
                stock, command.product_id, available=left, allocated=level.allocated - change
            )
        await self._tell(command.product_id, change, left, ctx)

    async def on_add_inventory(self, command: AddInventory, ctx: Context) -> None:
        """Units were received: from a supplier, or of an order that was cancelled."""
        async with ctx.transaction() as tx:
            after = await _booked(tx, "increment", command.product_id, command.quantity)
        await self._tell(command.product_id, command.quantity, after.available, ctx)

    async def on_order_confirmed(self, event: OrderConfirmed, ctx: Context) -> None:
        """A paid order leaves the warehouse, once."""
        lines = [(item.product_id, item.quantity) for item in event.order_items]
        async with ctx.transaction() as tx:
            await _ship(tx, event.order_id, lines)

    async def on_order_amended(self, event: OrderAmended, ctx: Context) -> None:
        """An order wants more or fewer units than before: the difference leaves, or comes back.

        Of an order that it has not heard of, this service asks how it stands.
        """
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
        """Answer with the quantities of one product."""
        async with ctx.transaction() as tx:
            level = await tx.get(stock, query.product_id)
        return GetInventoryStatusResponse(
            product_id=query.product_id,
            available_quantity=level.available if level else 0,
            reserved_quantity=level.allocated if level else 0,
        )

    async def on_get_inventory_list(
        self, query: GetInventoryList, ctx: Context
    ) -> GetInventoryListResponse:
        """Answer with one page of the products that the filters leave."""
        wanted, page = query.filters, query.pagination
        async with ctx.transaction() as tx:
            levels = await tx.select(stock)
        at_least = wanted.min_stock_level if wanted and wanted.min_stock_level else 0
        items = [
            GetInventoryListResponseStockLevel(
                product_id=level.product_id, available_quantity=level.available
            )
            for level in levels
            if level.available >= at_least and _asked_for(level.available, wanted)
        ]
        size = (page.page_size if page else None) or PAGE_SIZE
        first = (page.page - 1) * size if page else 0
        return GetInventoryListResponse(items=tuple(items[first : first + size]))

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
            after = await _booked(tx, action, command.product_id, abs(change))
        await self._tell(command.product_id, change, after.available, ctx)


async def _booked(tx: Transaction, action: str, product: str, quantity: int) -> Quantities:
    """Book a command that has no key: its place in the ledger is the only name it gets."""
    level = await tx.get_for_update(stock, product)
    command = f"{action} {level.version + 1}" if level is not None else action
    after = await book(tx, action, product, quantity, command=command, cause="stock")
    if after is None:
        raise Refused(SHORT_OF_STOCK)
    return after


async def _ship(tx: Transaction, order_id: str, lines: Lines) -> bool:
    """The order's units leave the warehouse; whether they had not left before."""
    if not await messaging.first_time(tx, _confirmed(order_id)):
        return False
    await messaging.remember_answer(tx, _confirmed(order_id), "shipped")
    for product, quantity in sorted(lines):
        if await book(tx, "ship", product, quantity, command=order_id, cause="stock") is None:
            raise Refused(SHORT_OF_STOCK)
    return True


async def _follow(tx: Transaction, order_id: str, item: OrderAmendedAmendedItem) -> None:
    """What left follows what is wanted now."""
    more = item.new_quantity - item.old_quantity
    actions = ("allocate", "ship") if more > 0 else ("restock",)
    for action in actions:
        command = _amended(order_id, item)
        after = await book(tx, action, item.product_id, abs(more), command=command, cause="stock")
        if after is None:
            raise Refused(SHORT_OF_STOCK)


def _asked_for(available: int, wanted: GetInventoryListFilters | None) -> bool:
    in_stock = wanted.in_stock if wanted else None
    return in_stock is None or in_stock is (available > 0)


def _confirmed(order_id: str) -> str:
    return f"confirmed:{order_id}"


def _amended(order_id: str, item: OrderAmendedAmendedItem) -> str:
    return f"amended:{order_id}:{item.product_id}:{item.old_quantity}-{item.new_quantity}"
