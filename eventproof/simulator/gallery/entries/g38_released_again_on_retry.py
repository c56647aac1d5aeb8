"""G38: a release that failed half way is retried for the whole order."""

from __future__ import annotations

from eventproof.simulator.context import Context, equal
from eventproof.simulator.gallery.race import Race, Variant, rows_of, total
from eventproof.simulator.gallery.shop import give_back, holds, metadata, some_outcome, stock
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import Always, Sometimes, View


async def cancel_with_retry(customer: Customer, ctx: Context) -> str:
    """Give back both lines, one after the other; if that fails, do all of it again."""
    for _attempt in range(2):
        async with ctx.transaction() as tx:
            await give_back(tx, sku="tea")
        if await ctx.call("second line", "give back") == "done":
            async with ctx.transaction() as tx:
                await give_back(tx, sku="cup")
            return f"{customer.name} done"
    return "failed"


async def cancel_each_line_once(customer: Customer, ctx: Context) -> str:
    """The same, and a line is given back by whoever turns it from allocated to released."""
    for _attempt in range(2):
        await _release(ctx, "tea")
        if await ctx.call("second line", "give back") == "done":
            await _release(ctx, "cup")
            return f"{customer.name} done"
    return "failed"


async def _release(ctx: Context, sku: str) -> None:
    async with ctx.transaction() as tx:
        if await tx.update(holds, sku, guard=equal(status="ALLOCATED"), status="RELEASED"):
            await give_back(tx, sku=sku)


def released_twice(view: View) -> str | None:
    """I4: no more is given back than was allocated."""
    for level in sorted(view.table("stock")):
        if level.available > 1:
            return (
                f"{level.available} of {level.sku} are available, and there was never more than 1."
            )
    return None


RACE = Race(
    id="G38",
    title="A release that failed half way is done again from the start",
    product="Elastic Path",
    threads=("Elastic Path changelog, 2023-02-06",),
    happened=(
        "An order of two products is cancelled. The stock of the first is given back, that of the "
        "second fails; the release is retried, for the whole order. The first product is given "
        "back twice, and there is more of it than there ever was."
    ),
    why=(
        "The compensation has no memory of what it has done. It is repeated as a whole, while its "
        "parts are not repeatable."
    ),
    mend=(
        "The changelog says that it is fixed. The standard mend keeps the state with each line, "
        "and gives back only what the line still holds, in the same transaction: then a "
        "repetition, even by two at once, does nothing."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of(
        (stock, {"sku": "tea", "available": 0}),
        (stock, {"sku": "cup", "available": 0}),
        (holds, {"id": "tea", "sku": "tea", "quantity": 1, "status": "ALLOCATED"}),
        (holds, {"id": "cup", "sku": "cup", "quantity": 1, "status": "ALLOCATED"}),
    ),
    always=(Always("released-once", released_twice, sees_outcomes=False),),
    sometimes=(
        some_outcome("failed", "the second line failed both times"),
        Sometimes("all was given back", lambda v: total(v, "stock", "available") == 2),
    ),
    breaks="released-once",
    broken=Variant({"cancellation": cancel_with_retry, "payment error": cancel_with_retry}),
    mended=Variant(
        {"cancellation": cancel_each_line_once, "payment error": cancel_each_line_once}
    ),
    outcomes={"second line": ("done", "failed")},
    figures=lambda view: {row.sku: row.available for row in sorted(view.table("stock"))},
)
