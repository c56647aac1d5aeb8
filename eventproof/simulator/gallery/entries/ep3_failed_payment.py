"""EP-3: a failed payment gives its stock back, and a late answer does so again."""

from __future__ import annotations

from eventproof.simulator.context import Context, equal
from eventproof.simulator.gallery.race import Race, Variant, rows_of, total
from eventproof.simulator.gallery.shop import give_back, metadata, orders, some_outcome, stock
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import Always, View


async def deallocate(customer: Customer, ctx: Context) -> str:
    """The payment failed: give the unit back, and say so in the order."""
    async with ctx.transaction() as tx:
        order = await tx.get(orders, "order")
        if order is None or order.status != "ALLOCATED":
            return f"{customer.name} came late"
    async with ctx.transaction() as tx:
        await give_back(tx)
        await tx.update(orders, "order", status="FAILED")
    return "given back"


async def deallocate_once(customer: Customer, ctx: Context) -> str:
    """The same; who turns the order from allocated to failed gives the unit back."""
    async with ctx.transaction() as tx:
        allocated = equal(status="ALLOCATED")
        if not await tx.update(orders, "order", guard=allocated, status="FAILED"):
            return f"{customer.name} came late"
        await give_back(tx)
    return "given back"


def more_than_ever(view: View) -> str | None:
    """I4: the one unit is given back once."""
    units = total(view, "stock", "available")
    return f"{units} of tea are available, and there was never more than 1." if units > 1 else None


RACE = Race(
    id="EP-3",
    title="A failed payment and a cancellation both give the stock back",
    product="Elastic Path",
    threads=(
        "Order flow and stock (documentation)",
        "Elastic Path changelog, 2023-02-06",
    ),
    happened=(
        "A payment that fails gives the allocated stock back, and so does the cancellation of an "
        "order before it is shipped. A customer cancels while the refusal is on its way, and the "
        "unit is given back by both."
    ),
    why=(
        "Both look at the order, find it allocated, and act. Between the look and the act the "
        "other has done the same."
    ),
    mend=(
        "Giving back belongs to one transition of the order, made by a guarded update: whoever "
        "makes it, gives back, and the other finds nothing to do."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of(
        (stock, {"sku": "tea", "available": 0}),
        (orders, {"id": "order", "sku": "tea", "quantity": 1, "status": "ALLOCATED"}),
    ),
    always=(Always("given-back-once", more_than_ever, sees_outcomes=False),),
    sometimes=(some_outcome("given back", "the unit was given back"),),
    breaks="given-back-once",
    broken=Variant({"payment answer": deallocate, "cancellation": deallocate}),
    mended=Variant({"payment answer": deallocate_once, "cancellation": deallocate_once}),
    figures=lambda view: {"available": total(view, "stock", "available")},
)
