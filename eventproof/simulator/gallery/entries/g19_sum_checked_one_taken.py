"""G19: the sum over all locations is checked, and one location is asked for all of it."""

from __future__ import annotations

from eventproof.simulator.context import Context, minus
from eventproof.simulator.gallery.race import Race, Variant, customers, rows_of, total
from eventproof.simulator.gallery.shop import (
    metadata,
    place,
    somebody_bought,
    stock,
    take,
)
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import Always, View

SHELVES = {"new-york": 3, "london": 1}
WANTED = 2


async def reserve_at_the_first(customer: Customer, ctx: Context) -> str:
    """Is there enough everywhere together? Then reserve, all of it where the list begins."""
    async with ctx.transaction() as tx:
        levels = [await tx.get(stock, location) for location in SHELVES]
        if sum(level.available for level in levels if level is not None) < WANTED:
            return "refused"
        if not await take(tx, WANTED, sku=next(iter(SHELVES))):
            return "failed"  # the customer has been told that it can be bought
        await place(tx, customer.name, WANTED)
    return "bought"


async def reserve_at_several(customer: Customer, ctx: Context) -> str:
    """Lock the locations, and split the order over those that have something."""
    left = WANTED
    async with ctx.transaction() as tx:
        levels = [await tx.get_for_update(stock, location) for location in SHELVES]
        if sum(level.available for level in levels if level is not None) < WANTED:
            return "refused"
        for level in levels:
            units = min(left, level.available) if level is not None else 0
            if level is not None and units:
                await tx.update(stock, level.sku, available=minus(units))
                left -= units
        await place(tx, customer.name, WANTED)
    return "bought"


def refused_wrongly(view: View) -> str | None:
    """I6: nobody is turned away while there is enough for everybody."""
    units = total(view, "stock", "available")
    turned_away = {"refused", "failed"}.intersection(view.outcomes)
    if not turned_away or units < WANTED:
        return None
    return f"a customer who wants {WANTED} of tea was turned away, and {units} are available."


RACE = Race(
    id="G19",
    title="There is enough at two locations together, and one is asked for all of it",
    product="Medusa",
    threads=("medusajs/medusa#14987", "medusajs/medusa#16246"),
    happened=(
        "A product has stock at several locations, none of which has enough for the order. The "
        "confirmation says that there is enough, and the reservation fails at the end of the "
        "checkout."
    ),
    why=(
        "Two parts of the code mean different things by available: one the sum over the "
        "locations of the sales channel, the other what the first of them has."
    ),
    mend=(
        "The reservation goes through the locations and takes of each what it has. Check and "
        "reservation are one transaction here, so that they see the same."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of(*((stock, {"sku": at, "available": has}) for at, has in SHELVES.items())),
    always=(Always("no-false-refusal", refused_wrongly),),
    sometimes=(somebody_bought(),),
    breaks="no-false-refusal",
    broken=Variant(customers(2, reserve_at_the_first)),
    mended=Variant(customers(2, reserve_at_several)),
    figures=lambda view: {row.sku: row.available for row in sorted(view.table("stock"))},
)
