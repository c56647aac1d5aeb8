"""EP-1: two customers have the last unit in their carts, and pay."""

from __future__ import annotations

from eventproof.simulator.context import Context
from eventproof.simulator.gallery.race import Race, Variant, customers, rows_of
from eventproof.simulator.gallery.shop import (
    available_and_sold,
    give_back,
    metadata,
    never_oversold,
    place,
    somebody_bought,
    somebody_was_refused,
    stock,
    take,
)
from eventproof.simulator.model import Customer


async def buy(customer: Customer, ctx: Context) -> str:
    """Checked when added to the cart and at checkout; allocated as it was read."""
    for _stage in ("cart", "checkout"):
        async with ctx.transaction() as tx:
            level = await tx.get(stock, "tea")
        if level is None or level.available < 1:
            return "refused"
    async with ctx.transaction() as tx:
        level = await tx.get(stock, "tea")
        if level is None or level.available < 1:
            return "refused"
        await tx.update(stock, "tea", available=level.available - 1)
    return await _pay(customer, ctx)


async def buy_if_allocated(customer: Customer, ctx: Context) -> str:
    """The same; the allocation just before the payment decides who gets it."""
    for _stage in ("cart", "checkout"):
        async with ctx.transaction() as tx:
            level = await tx.get(stock, "tea")
        if level is None or level.available < 1:
            return "refused"
    async with ctx.transaction() as tx:
        if not await take(tx):
            return "refused"
    return await _pay(customer, ctx)


async def _pay(customer: Customer, ctx: Context) -> str:
    if await ctx.call("payment", "authorise") == "declined":
        async with ctx.transaction() as tx:
            await give_back(tx)
        return "declined"
    async with ctx.transaction() as tx:
        await place(tx, customer.name)
    return "bought"


RACE = Race(
    id="EP-1",
    title="It is a race for your customers to pay, and both can win it",
    product="Elastic Path",
    threads=("Order flow and stock (documentation)",),
    happened=(
        "Adding to a cart and checking out look at the stock and hold nothing, so more can be "
        "checked out than there is. The documentation says that the stock is allocated just "
        "before the payment, and that no more can be paid for than is in stock."
    ),
    why=(
        "The promise stands or falls with how the allocation is made. One that reads the "
        "available quantity and writes it back lets two customers allocate the same unit."
    ),
    mend=(
        "The allocation is one guarded statement: it takes the unit only while it is there. The "
        "first two checks are then a courtesy, and harmless."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of((stock, {"sku": "tea", "available": 1})),
    always=(never_oversold(1),),
    sometimes=(somebody_bought(), somebody_was_refused()),
    breaks="never-oversold",
    broken=Variant(customers(2, buy)),
    mended=Variant(customers(2, buy_if_allocated)),
    outcomes={"payment": ("approved", "declined")},
    figures=available_and_sold,
)
