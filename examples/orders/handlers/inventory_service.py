"""The inventory service of the orders shop, as its catalog describes it.

`UpdateInventory` names no order and carries no key of its own, so this service has nothing to
enter in a ledger, and cannot tell a repeated command from a new one.
"""

from __future__ import annotations

from eventproof import Context, Refused, minus, plus
from eventproof.simulator.inventory import SHORT_OF_STOCK, stock

from .generated.inventory_service import (
    AddInventory,
    GetInventoryList,
    GetInventoryListResponse,
    GetInventoryListResponseStockLevel,
    GetInventoryStatus,
    GetInventoryStatusResponse,
    InventoryAdjusted,
    InventoryServiceBase,
    OrderAmended,
    OrderConfirmed,
    OutOfStock,
    UpdateInventory,
)

PRODUCTS = ("tea",)
"""What the shop sells."""


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
        """Units were received from a supplier."""
        async with ctx.transaction() as tx:
            units = plus(command.quantity)
            await tx.update(stock, command.product_id, total=units, available=units)

    async def on_order_confirmed(self, event: OrderConfirmed, ctx: Context) -> None:
        """A paid order leaves the warehouse: allocated and total are reduced."""
        async with ctx.transaction() as tx:
            for item in event.order_items:
                units = minus(item.quantity)
                await tx.update(stock, item.product_id, total=units, allocated=units)

    async def on_order_amended(self, event: OrderAmended, ctx: Context) -> None:
        """An order wants more or fewer units than before: move the difference."""
        async with ctx.transaction() as tx:
            for item in event.amended_items:
                more = item.new_quantity - item.old_quantity
                await tx.update(
                    stock, item.product_id, available=minus(more), allocated=plus(more)
                )

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
        """Answer with the quantities of every product; filters are the storefront's business."""
        del query
        levels = []
        async with ctx.transaction() as tx:
            for product in PRODUCTS:
                level = await tx.get(stock, product)
                if level is not None:
                    levels.append(
                        GetInventoryListResponseStockLevel(
                            product_id=product, available_quantity=level.available
                        )
                    )
        return GetInventoryListResponse(items=tuple(levels))

    async def _tell(self, product: str, change: int, left: int, ctx: Context) -> None:
        reason = "sale" if change < 0 else "return"
        adjusted = InventoryAdjusted(
            event_id=f"{reason} of {product}, {left} left",
            product_id=product,
            adjusted_quantity=change,
            new_quantity=left,
            adjustment_reason=reason,
        )
        await self.publish_inventory_adjusted(adjusted, ctx)
        if left == 0:
            gone = OutOfStock(product_id=product, adjusted_quantity=change, new_quantity=left)
            await self.publish_out_of_stock(gone, ctx)
