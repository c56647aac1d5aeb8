"""G62: buying one of three held units releases the hold of all three."""

from __future__ import annotations

from eventproof.simulator.context import Context, equal, minus
from eventproof.simulator.gallery.race import Race, Variant, found, rows_of
from eventproof.simulator.gallery.shop import (
    available_and_sold,
    holds,
    metadata,
    never_oversold,
    place,
    some_outcome,
    somebody_bought,
    stock,
)
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import Always, View


async def buy_and_delete_the_hold(customer: Customer, ctx: Context) -> str:
    """Buy one of the three that are held, and then the other two."""
    async with ctx.transaction() as tx:
        await tx.delete(holds, "three")
        await tx.update(stock, "tea", available=minus(1))
        await place(tx, "first order", 1)
    async with ctx.transaction() as tx:  # the cart says that they are held, so nothing is asked
        await tx.update(stock, "tea", available=minus(2))
        await place(tx, "second order", 2)
    return "bought all"


async def buy_and_reduce_the_hold(customer: Customer, ctx: Context) -> str:
    """The same; the hold keeps the units that were not bought."""
    async with ctx.transaction() as tx:
        await tx.update(holds, "three", quantity=minus(1))
        await tx.update(stock, "tea", available=minus(1))
        await place(tx, "first order", 1)
    async with ctx.transaction() as tx:
        await tx.update(holds, "three", quantity=minus(2))
        await tx.update(stock, "tea", available=minus(2))
        await place(tx, "second order", 2)
    return "bought all"


async def buy_what_nobody_holds(customer: Customer, ctx: Context) -> str:
    """Another customer: two units, if there are so many that nobody holds."""
    async with ctx.transaction() as tx:
        level = await tx.get_for_update(stock, "tea")
        held = await tx.select(holds, where=equal(status="HELD"))
        assert level is not None
        if level.available - sum(hold.quantity for hold in held) < 2:
            return "refused"
        await tx.update(stock, "tea", available=minus(2))
        await place(tx, "another order", 2)
    return "bought"


def below_none(view: View) -> str | None:
    """No more is available than not at all."""
    level = found(view, "stock", "tea")
    return f"{level.available} of tea are available." if level and level.available < 0 else None


RACE = Race(
    id="G62",
    title="One of three held units is bought, and all three are let go",
    product="compressor",
    threads=("AnthropicBots/compressor#1215", "AnthropicBots/compressor#1198"),
    happened=(
        "A cart holds three units. One is bought; the hold is a row with a quantity, and buying "
        "deletes the row. The other two are open to everybody, while the cart still counts on "
        "them."
    ),
    why="Consuming a hold counts rows where it should count units.",
    mend=(
        "The hold is reduced by what was bought, in the transaction that buys. (A small project; "
        "the fault is one that larger ones had as well.)"
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of(
        (stock, {"sku": "tea", "available": 3}),
        (holds, {"id": "three", "sku": "tea", "quantity": 3, "status": "HELD"}),
    ),
    always=(never_oversold(3), Always("stock-is-not-negative", below_none, sees_outcomes=False)),
    sometimes=(somebody_bought(), some_outcome("refused", "the other customer was refused")),
    breaks="never-oversold",
    broken=Variant({"customer-1": buy_and_delete_the_hold, "customer-2": buy_what_nobody_holds}),
    mended=Variant({"customer-1": buy_and_reduce_the_hold, "customer-2": buy_what_nobody_holds}),
    figures=available_and_sold,
)
