"""EP-7: a line of a cart has one location, and the newest wins."""

from __future__ import annotations

from eventproof.simulator.context import Context
from eventproof.simulator.gallery.race import Race, Variant, found, rows_of
from eventproof.simulator.gallery.shop import holds, metadata, some_outcome, stock, take
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import Always, View


async def add_from_location(customer: Customer, ctx: Context) -> str:
    """Take a unit at the location; put its name on the one line that the cart has."""
    async with ctx.transaction() as tx:
        if not await take(tx, sku=customer.name):
            return "refused"
        line = await tx.get_for_update(holds, "line")
        assert line is not None
        await tx.update(holds, "line", sku=customer.name, quantity=line.quantity + 1)
    return "added"


async def add_on_a_line_of_its_own(customer: Customer, ctx: Context) -> str:
    """Each location has its own line."""
    async with ctx.transaction() as tx:
        if not await take(tx, sku=customer.name):
            return "refused"
        await tx.insert(holds, id=customer.name, sku=customer.name, quantity=1, status="HELD")
    return "added"


def from_nowhere(view: View) -> str | None:
    """I10: a line names no more units of a location than were taken there."""
    for line in sorted(view.table("holds")):
        place_ = found(view, "stock", line.sku) if line.sku else None
        if place_ is not None and line.quantity > 1 - place_.available:
            taken = 1 - place_.available
            return f"the cart has {line.quantity} units of {line.sku}, where {taken} was taken."
    return None


RACE = Race(
    id="EP-7",
    title="A cart line has one location, and adding from another moves all of it",
    product="Elastic Path",
    threads=("Elastic Path carts specification, locations",),
    happened=(
        "With stock at several locations, a line of a cart names one of them. Adding the same "
        "product from another location moves the whole line to the newest one, which may not have "
        "as many."
    ),
    why=(
        "The line's location is a single value that is overwritten, while the quantity is added "
        "to. No interleaving is needed; any order of the two shows it."
    ),
    mend="A line for each product and location.",
    tables=tuple(metadata.sorted_tables),
    rows=rows_of(
        (stock, {"sku": "new-york", "available": 1}),
        (stock, {"sku": "london", "available": 1}),
        (holds, {"id": "line", "quantity": 0, "status": "HELD"}),
    ),
    always=(Always("a-line-is-what-was-taken", from_nowhere, sees_outcomes=False),),
    sometimes=(some_outcome("added", "a unit was added"),),
    breaks="a-line-is-what-was-taken",
    broken=Variant({"new-york": add_from_location, "london": add_from_location}),
    mended=Variant({"new-york": add_on_a_line_of_its_own, "london": add_on_a_line_of_its_own}),
    figures=lambda view: {row.sku: row.available for row in sorted(view.table("stock"))},
)
