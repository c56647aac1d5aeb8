"""G48: the event of a cancellation finds the order cancelled, and does nothing."""

from __future__ import annotations

from eventproof.simulator.context import Context, equal
from eventproof.simulator.gallery.race import Race, Variant, rows_of, total
from eventproof.simulator.gallery.shop import (
    at_the_end,
    give_back,
    metadata,
    orders,
    some_outcome,
    stock,
)
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import View


async def cancel_then_tell(customer: Customer, ctx: Context) -> str:
    """Cancel; the listener puts the unit back if it finds the order completed."""
    async with ctx.transaction() as tx:
        if not await tx.update(orders, "order", guard=COMPLETED, status="CANCELLED"):
            return "too late"
    async with ctx.transaction() as tx:
        order = await tx.get(orders, "order")
        if order is not None and order.status == "COMPLETED":
            await give_back(tx)
    return "cancelled"


async def cancel_and_give_back(customer: Customer, ctx: Context) -> str:
    """The change of the status and the unit belong together."""
    async with ctx.transaction() as tx:
        if not await tx.update(orders, "order", guard=COMPLETED, status="CANCELLED"):
            return "too late"
        await give_back(tx)
    return "cancelled"


async def ship(customer: Customer, ctx: Context) -> str:
    """The warehouse ships what is completed."""
    async with ctx.transaction() as tx:
        if not await tx.update(orders, "order", guard=COMPLETED, status="SHIPPED"):
            return "too late"
    return "shipped"


COMPLETED = equal(status="COMPLETED")


def leaked(view: View) -> str | None:
    """I8: when all is done, a unit is sold or on the shelf."""
    left = total(view, "stock", "available")
    sold = total(view, "orders", "quantity", "COMPLETED", "SHIPPED")
    return f"{left} of tea are on the shelf and {sold} sold, of 10." if left + sold != 10 else None


RACE = Race(
    id="G48",
    title="The event of a cancellation comes too late to put the stock back",
    product="Salespoint",
    threads=(
        "st-tu-dresden/salespoint#230",
        "st-tu-dresden/salespoint#376",
    ),
    happened=(
        "An order is cancelled, and an event says so. Its listener puts stock back for completed "
        "orders only; when it runs, the order is cancelled already, and the stock is never put "
        "back."
    ),
    why="The listener asks for the state before the change, and is told after it.",
    mend=(
        "The reports were closed; the mend was not seen. The standard one puts the unit back in "
        "the transaction that makes the transition, which knows what the order was before."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of(
        (stock, {"sku": "tea", "available": 9}),
        (orders, {"id": "order", "sku": "tea", "quantity": 1, "status": "COMPLETED"}),
    ),
    always=(at_the_end("nothing-leaks", 2, leaked),),
    sometimes=(
        some_outcome("shipped", "the order was shipped"),
        some_outcome("cancelled", "the order was cancelled"),
    ),
    breaks="nothing-leaks",
    broken=Variant({"customer-1": cancel_then_tell, "warehouse": ship}),
    mended=Variant({"customer-1": cancel_and_give_back, "warehouse": ship}),
    figures=lambda view: {"available": total(view, "stock", "available")},
)
