"""G22: workers update if they can, and insert if they cannot."""

from __future__ import annotations

from eventproof.simulator.context import Context, minus
from eventproof.simulator.errors import DatabaseError
from eventproof.simulator.gallery.race import Race, Variant, customers, rows_of, total
from eventproof.simulator.gallery.shop import (
    holds,
    metadata,
    some_outcome,
    somebody_was_refused,
    stock,
)
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import Always, View


async def update_else_insert(customer: Customer, ctx: Context) -> str:
    """Try to reserve on the row at hand; when that fails, write a row of one's own."""
    try:
        async with ctx.transaction() as tx:
            level = await tx.get_for_update(stock, "tea", nowait=True)
            if level is None or level.available < 1:
                return "refused"
            await tx.update(stock, "tea", available=minus(1))
            await tx.insert(holds, id=customer.name, quantity=1, status="HELD")
    except DatabaseError:  # 55P03: somebody else has the row
        async with ctx.transaction() as tx:
            await tx.insert(holds, id=customer.name, quantity=1, status="HELD")
    return "reserved"


async def update_or_try_again(customer: Customer, ctx: Context) -> str:
    """The same; a row that somebody else has is waited for in the second try."""
    try:
        return await _reserved(customer, ctx, nowait=True)
    except DatabaseError:
        return await _reserved(customer, ctx, nowait=False)


async def _reserved(customer: Customer, ctx: Context, *, nowait: bool) -> str:
    async with ctx.transaction() as tx:
        level = await tx.get_for_update(stock, "tea", nowait=nowait)
        if level is None or level.available < 1:
            return "refused"
        await tx.update(stock, "tea", available=minus(1))
        await tx.insert(holds, id=customer.name, quantity=1, status="HELD")
    return "reserved"


def over_reserved(view: View) -> str | None:
    """I1: no more is reserved than there is."""
    held = total(view, "holds", "quantity")
    return f"{held} of tea are reserved, and there is 1." if held > 1 else None


RACE = Race(
    id="G22",
    title="Twenty workers reserve ten units: update if possible, else insert",
    product="Odoo",
    threads=("odoo/odoo#32857",),
    happened=(
        "To avoid conflicts between workers, a reservation updates the quantity if it can get its "
        "row, and inserts a row of its own otherwise. Twenty processes reserve twenty of ten "
        "units."
    ),
    why=(
        "The way out of the conflict has no check. It is taken exactly when somebody else is just "
        "taking a unit."
    ),
    mend=(
        "The change was abandoned. Here a worker that does not get the row at once waits for it, "
        "and then sees what is left."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of((stock, {"sku": "tea", "available": 1})),
    always=(Always("never-over-reserved", over_reserved, sees_outcomes=False),),
    sometimes=(some_outcome("reserved", "it was reserved"), somebody_was_refused()),
    breaks="never-over-reserved",
    broken=Variant(customers(2, update_else_insert)),
    mended=Variant(customers(2, update_or_try_again)),
    figures=lambda view: {"reserved": total(view, "holds", "quantity")},
)
