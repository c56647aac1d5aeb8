"""G40: shipping and cancelling both undo one reservation."""

from __future__ import annotations

from eventproof.simulator.context import Context, equal, minus
from eventproof.simulator.gallery.race import Race, Variant, rows_of, total
from eventproof.simulator.gallery.shop import metadata, movements, orders, some_outcome, stock
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import Always, View


async def ship(customer: Customer, ctx: Context) -> str:
    """The units leave: the reservation is compensated, the quantity reduced."""
    async with ctx.transaction() as tx:
        order = await tx.get(orders, "order")
        if order is None or order.status != "PROCESSING":
            return f"{customer.name} refused"
        await tx.insert(movements, id="shipped", sku="tea", delta=order.quantity)
        await tx.update(stock, "tea", available=minus(order.quantity))
        await tx.update(orders, "order", status="SHIPPED")
    return "shipped"


async def cancel(customer: Customer, ctx: Context) -> str:
    """The units stay: the reservation is compensated."""
    async with ctx.transaction() as tx:
        order = await tx.get(orders, "order")
        if order is None or order.status != "PROCESSING":
            return f"{customer.name} refused"
        await tx.insert(movements, id="cancelled", sku="tea", delta=order.quantity)
        await tx.update(orders, "order", status="CANCELLED")
    return "cancelled"


async def ship_what_is_in_process(customer: Customer, ctx: Context) -> str:
    """The same, and the change of the status is the permission."""
    async with ctx.transaction() as tx:
        if not await tx.update(orders, "order", guard=IN_PROCESS, status="SHIPPED"):
            return f"{customer.name} refused"
        await tx.insert(movements, id="shipped", sku="tea", delta=5)
        await tx.update(stock, "tea", available=minus(5))
    return "shipped"


async def cancel_what_is_in_process(customer: Customer, ctx: Context) -> str:
    """The same, and the change of the status is the permission."""
    async with ctx.transaction() as tx:
        if not await tx.update(orders, "order", guard=IN_PROCESS, status="CANCELLED"):
            return f"{customer.name} refused"
        await tx.insert(movements, id="cancelled", sku="tea", delta=5)
    return "cancelled"


IN_PROCESS = equal(status="PROCESSING")


def over_compensated(view: View) -> str | None:
    """I4: what was reserved is undone at most once."""
    left = total(view, "movements", "delta")
    return f"5 of tea were reserved, and {left + 5} were given back." if left > 0 else None


RACE = Race(
    id="G40",
    title="An order is shipped and cancelled, and its reservation undone twice",
    product="Magento inventory",
    threads=(
        "magento/inventory#1849",
        "magento/inventory#1246",
    ),
    happened=(
        "Reservations are a ledger: minus when an order is placed, plus when it is shipped or "
        "cancelled. For an order that was shipped and then cancelled the plus was entered twice, "
        "and more could be sold than was there."
    ),
    why=(
        "Each of the two looks at the order, finds it in process, and appends its compensation. A "
        "ledger that only appends has nothing that would make the second one fail."
    ),
    mend=(
        "The thread was closed; its mend was not seen. The standard one: the transition of the "
        "order is one guarded update, and only who makes it may compensate."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of(
        (stock, {"sku": "tea", "available": 100}),
        (orders, {"id": "order", "sku": "tea", "quantity": 5, "status": "PROCESSING"}),
        (movements, {"id": "placed", "sku": "tea", "delta": -5}),
    ),
    always=(Always("compensated-once", over_compensated, sees_outcomes=False),),
    sometimes=(
        some_outcome("shipped", "the order was shipped"),
        some_outcome("cancelled", "the order was cancelled"),
    ),
    breaks="compensated-once",
    broken=Variant({"warehouse": ship, "customer service": cancel}),
    mended=Variant(
        {"warehouse": ship_what_is_in_process, "customer service": cancel_what_is_in_process}
    ),
    figures=lambda view: {
        "quantity": total(view, "stock", "available"),
        "reservations": total(view, "movements", "delta"),
    },
)
