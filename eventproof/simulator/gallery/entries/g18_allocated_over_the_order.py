"""G18: several locations give to one order, and each gives as if it were the only one."""

from __future__ import annotations

from eventproof.simulator.context import Context, minus
from eventproof.simulator.gallery.race import Race, Variant, customers, rows_of, total
from eventproof.simulator.gallery.shop import metadata, orders, place, somebody_bought, stock
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import Always, View

SHELVES = {"new-york": 10, "london": 15}
WANTED = 13


async def allocate_up_to_the_quantity(customer: Customer, ctx: Context) -> str:
    """Go through the locations; take of each the ordered quantity, or what it has."""
    left = WANTED
    async with ctx.transaction() as tx:
        for location in SHELVES:
            if left <= 0:
                break
            level = await tx.get_for_update(stock, location)
            assert level is not None
            units = min(WANTED, level.available)
            await tx.update(stock, location, available=minus(units))
            left -= units
        if left > 0:
            await tx.rollback()
            return "refused"
        await place(tx, customer.name, WANTED)
    return "bought"


async def allocate_what_is_left(customer: Customer, ctx: Context) -> str:
    """The same; take of each what the order still needs, or what it has."""
    left = WANTED
    async with ctx.transaction() as tx:
        for location in SHELVES:
            level = await tx.get_for_update(stock, location)
            assert level is not None
            units = min(left, level.available)
            await tx.update(stock, location, available=minus(units))
            left -= units
        if left > 0:
            await tx.rollback()
            return "refused"
        await place(tx, customer.name, WANTED)
    return "bought"


def more_than_ordered(view: View) -> str | None:
    """I5: what is allocated is what was ordered."""
    taken = sum(SHELVES.values()) - total(view, "stock", "available")
    ordered = total(view, "orders", "quantity", "PAID")
    if taken == ordered:
        return None
    return f"{taken} of tea were allocated, for orders of {ordered}."


RACE = Race(
    id="G18",
    title="An order of 13 gets 10 from one location and 13 from the next",
    product="Vendure",
    threads=("vendurehq/vendure#4030",),
    happened=(
        "Stock is at two locations, 10 and 15. An order of 13 allocates 10 at the first and 13 at "
        "the second; ten units are kept for nobody, and the next customer is refused."
    ),
    why=(
        "The loop over the locations compares what each has with the ordered quantity, where it "
        "should be what the order still needs. No second customer is needed, and no lock helps."
    ),
    mend=(
        "The report was closed; the loop was still so in the version that was read. The mend here "
        "takes the rest, with the locations locked in one order."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of(*((stock, {"sku": at, "available": has}) for at, has in SHELVES.items())),
    always=(Always("allocated-as-ordered", more_than_ordered, sees_outcomes=False),),
    sometimes=(somebody_bought(),),
    breaks="allocated-as-ordered",
    broken=Variant(customers(2, allocate_up_to_the_quantity)),
    mended=Variant(customers(2, allocate_what_is_left)),
    figures=lambda view: {
        **{row.sku: row.available for row in sorted(view.table("stock"))},
        "ordered": sum(row.quantity for row in view.table(orders.name)),
    },
)
