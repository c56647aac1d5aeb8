"""G21: a row that is locked is taken for one that is not there."""

from __future__ import annotations

from eventproof.simulator.context import Context, plus
from eventproof.simulator.gallery.race import Race, Variant, customers, rows_of, total
from eventproof.simulator.gallery.shop import metadata, some_outcome, stock
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import Always, View


async def reserve(customer: Customer, ctx: Context) -> str:
    """Reserve on the quantity's row; where it is locked, make another row for the same."""
    async with ctx.transaction() as tx:
        level = await tx.get_for_update(stock, "tea", skip_locked=True)
        if level is None:
            await tx.insert(stock, sku=f"tea of {customer.name}", available=0, allocated=1)
        elif level.allocated < level.available:
            await tx.update(stock, "tea", allocated=plus(1))
        else:
            return "refused"
    return "reserved"


async def reserve_what_there_is(customer: Customer, ctx: Context) -> str:
    """Reserve on the quantity's row; where it is locked, wait for it."""
    async with ctx.transaction() as tx:
        level = await tx.get_for_update(stock, "tea")
        if level is None or level.allocated >= level.available:
            return "refused"
        await tx.update(stock, "tea", allocated=plus(1))
    return "reserved"


def reserved_twice(view: View) -> str | None:
    """I10: a serial number is reserved at most once."""
    reserved = total(view, "stock", "allocated")
    return f"1 of serial number SN1 exists, {reserved} are reserved." if reserved > 1 else None


RACE = Race(
    id="G21",
    title="A locked row is skipped, and the unit is reserved a second time beside it",
    product="Odoo",
    threads=(
        "odoo/odoo#268942",
        "odoo/odoo#272560",
    ),
    happened=(
        "A product with a serial number is reserved by two transfers at once. The second skips "
        "the row that the first has locked, finds none, and makes a second one: quantity nothing, "
        "reserved one. Merged, the two say that two are reserved of one."
    ),
    why=(
        "SKIP LOCKED answers a question that was not asked: which rows are free just now. Whoever "
        "reads from it that there is no such row falls through to the way for new ones."
    ),
    mend=(
        "The reserved quantity is capped at the quantity for serial numbers. Here the reservation "
        "waits for the row, and then sees what is left."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of((stock, {"sku": "tea", "available": 1, "allocated": 0})),
    always=(Always("a-serial-number-is-reserved-once", reserved_twice, sees_outcomes=False),),
    sometimes=(some_outcome("reserved", "it was reserved"),),
    breaks="a-serial-number-is-reserved-once",
    broken=Variant(customers(2, reserve)),
    mended=Variant(customers(2, reserve_what_there_is)),
    figures=lambda view: {
        "there are": total(view, "stock", "available"),
        "reserved": total(view, "stock", "allocated"),
    },
)
