"""G09: two reservations are written, and counted as one."""

from __future__ import annotations

from eventproof.simulator.context import Context
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


async def reserve(customer: Customer, ctx: Context) -> str:
    """Read the level, decide, write the reservation and the new count."""
    async with ctx.transaction() as tx:
        level = await tx.get(stock, "tea")
        if level is None or level.available - level.allocated < 1:
            return "refused"
        await tx.insert(holds, id=customer.name, sku="tea", quantity=1, status="HELD")
        await tx.update(stock, "tea", allocated=level.allocated + 1)
    return "reserved"


async def reserve_locked(customer: Customer, ctx: Context) -> str:
    """The same, and the level's row is locked by the read."""
    async with ctx.transaction() as tx:
        level = await tx.get_for_update(stock, "tea")
        if level is None or level.available - level.allocated < 1:
            return "refused"
        await tx.insert(holds, id=customer.name, sku="tea", quantity=1, status="HELD")
        await tx.update(stock, "tea", allocated=level.allocated + 1)
    return "reserved"


def miscounted(view: View) -> str | None:
    """I2: the count of reserved units is what the reservations add up to."""
    held, counted = total(view, "holds", "quantity"), total(view, "stock", "allocated")
    return f"{held} of tea are reserved, and {counted} counted." if held != counted else None


RACE = Race(
    id="G09",
    title="Two reservations of one unit, counted as one",
    product="Medusa",
    threads=(
        "medusajs/medusa#16569",
        "medusajs/medusa#16575",
    ),
    happened=(
        "The service is called without the lock that the workflow takes around it. Two "
        "reservations of the last unit are written, and the reserved quantity says one."
    ),
    why=(
        "Read, check, write of an absolute count, protected by a lock that lives outside the "
        "database and is taken by some callers only."
    ),
    mend=(
        "The proposal locks the rows of the levels for update, in order, with a time-out; it was "
        "open when read."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of((stock, {"sku": "tea", "available": 1, "allocated": 0})),
    always=(Always("counter-agrees", miscounted, sees_outcomes=False),),
    sometimes=(some_outcome("reserved", "a unit was reserved"), somebody_was_refused()),
    breaks="counter-agrees",
    broken=Variant(customers(2, reserve)),
    mended=Variant(customers(2, reserve_locked)),
    figures=lambda view: {
        "reserved": total(view, "holds", "quantity"),
        "counted": total(view, "stock", "allocated"),
    },
)
