"""G16: two lines of one cart need the same item."""

from __future__ import annotations

from eventproof.simulator.context import Context, minus
from eventproof.simulator.gallery.race import Race, Variant, rows_of, total
from eventproof.simulator.gallery.shop import (
    SOLD,
    available_and_sold,
    give_back,
    metadata,
    movements,
    place,
    somebody_bought,
    stock,
    take,
)
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import Always, View


async def reserve_lines(customer: Customer, ctx: Context) -> str:
    """Check each line of the cart, then reserve all."""
    async with ctx.transaction() as tx:
        level = await tx.get_for_update(stock, "tea")
        assert level is not None
        if any(level.available < quantity for quantity in LINES.values()):
            return "refused"
        for quantity in LINES.values():
            await tx.update(stock, "tea", available=minus(quantity))
        await place(tx, customer.name, sum(LINES.values()))
    return "bought"


async def reserve_sum(customer: Customer, ctx: Context) -> str:
    """Check what the lines need of the item together."""
    async with ctx.transaction() as tx:
        if not await take(tx, sum(LINES.values())):
            return "refused"
        await place(tx, customer.name, sum(LINES.values()))
    return "bought"


async def receive(customer: Customer, ctx: Context) -> str:
    """One more unit is received, so that the whole cart may be served."""
    async with ctx.transaction() as tx:
        await give_back(tx)
        await tx.insert(movements, id=customer.name, sku="tea", delta=1)
    return "received"


LINES = {"kit, which has one tea in it": 1, "tea": 1}


def sold_more(view: View) -> str | None:
    """I1: no more units are sold than were received."""
    sold = total(view, "orders", "quantity", *SOLD)
    received = 1 + total(view, "movements", "delta")
    return f"{sold} of tea were sold, {received} in stock." if sold > received else None


RACE = Race(
    id="G16",
    title="Two lines of one cart are checked against the same unit",
    product="Medusa",
    threads=("medusajs/medusa#16502",),
    happened=(
        "A cart has a kit, which contains the item, and the item itself. One unit is in stock; "
        "both lines are accepted, and the order needs two."
    ),
    why=(
        "Each line is checked against the same quantity, which no line has reduced yet. No second "
        "customer is needed, and no lock helps."
    ),
    mend=(
        "The proposal, open when read: what the lines need of one item is summed before it is "
        "checked."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of((stock, {"sku": "tea", "available": 1})),
    always=(Always("never-oversold", sold_more, sees_outcomes=False),),
    sometimes=(somebody_bought(),),
    breaks="never-oversold",
    broken=Variant({"customer-1": reserve_lines, "warehouse": receive}),
    mended=Variant({"customer-1": reserve_sum, "warehouse": receive}),
    figures=available_and_sold,
)
