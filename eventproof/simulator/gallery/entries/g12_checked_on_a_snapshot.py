"""G12: the check looks at an old copy, the subtraction at the row."""

from __future__ import annotations

from eventproof.simulator.context import Context
from eventproof.simulator.gallery.race import Race, Variant, customers, rows_of
from eventproof.simulator.gallery.shop import (
    available_and_sold,
    metadata,
    never_oversold,
    place,
    somebody_bought,
    somebody_was_refused,
    stock,
)
from eventproof.simulator.model import Customer


async def issue(customer: Customer, ctx: Context) -> str:
    """The guard is tested on what was loaded before; the fresh row is subtracted from."""
    async with ctx.transaction() as tx:
        loaded = await tx.get(stock, "tea")
    async with ctx.transaction() as tx:
        fresh = await tx.get_for_update(stock, "tea")
        assert loaded is not None
        assert fresh is not None
        if loaded.available < WANTED:
            return "refused"
        await tx.update(stock, "tea", available=fresh.available - WANTED)
        await place(tx, customer.name, WANTED)
    return "bought"


async def issue_from_the_fresh_row(customer: Customer, ctx: Context) -> str:
    """The guard is tested on the row that is locked."""
    async with ctx.transaction() as tx:
        fresh = await tx.get_for_update(stock, "tea")
        if fresh is None or fresh.available < WANTED:
            return "refused"
        await tx.update(stock, "tea", available=fresh.available - WANTED)
        await place(tx, customer.name, WANTED)
    return "bought"


WANTED = 5


RACE = Race(
    id="G12",
    title="The row is locked, and the check looks at an older copy of it",
    product="HMIS",
    threads=("hmislk/hmis#19875",),
    happened=(
        "Two counters of a pharmacy issue five units each from a batch of five, and the batch "
        "goes to minus five; minus 144 was seen in use."
    ),
    why=(
        "The subtraction is right: it locks the row and works on its newest state. The guard "
        "before it is tested on the object in memory, from before the lock."
    ),
    mend="The quantity is read again, and checked on the fresh row.",
    tables=tuple(metadata.sorted_tables),
    rows=rows_of((stock, {"sku": "tea", "available": 5})),
    always=(never_oversold(5),),
    sometimes=(somebody_bought(), somebody_was_refused()),
    breaks="never-oversold",
    broken=Variant(customers(2, issue)),
    mended=Variant(customers(2, issue_from_the_fresh_row)),
    figures=available_and_sold,
)
