"""G57: the warehouse system sets a quantity that it computed before a sale."""

from __future__ import annotations

from eventproof.simulator.context import Context, equal
from eventproof.simulator.gallery.race import Race, Variant, rows_of, total
from eventproof.simulator.gallery.shop import (
    SOLD,
    at_the_end,
    available_and_sold,
    metadata,
    place,
    some_outcome,
    somebody_bought,
    stock,
    take,
)
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import View


async def set_level(customer: Customer, ctx: Context) -> str:
    """The warehouse system reads 25, counts 10 more, and sets 35."""
    async with ctx.transaction() as tx:
        level = await tx.get(stock, "tea")
    assert level is not None
    async with ctx.transaction() as tx:
        await tx.update(stock, "tea", available=level.available + 10)
    return "level set"


async def compare_and_set_level(customer: Customer, ctx: Context) -> str:
    """The same, and the new level is set only where the old one is what was read."""
    for _attempt in range(2):
        async with ctx.transaction() as tx:
            level = await tx.get(stock, "tea")
        assert level is not None
        async with ctx.transaction() as tx:
            unchanged = equal(available=level.available)
            if await tx.update(stock, "tea", guard=unchanged, available=level.available + 10):
                return "level set"
    return "gave up"


async def buy(customer: Customer, ctx: Context) -> str:
    """A sale."""
    async with ctx.transaction() as tx:
        if not await take(tx):
            return "refused"
        await place(tx, customer.name)
    return "bought"


def sale_undone(view: View) -> str | None:
    """I3: when both are done, there are 25 and 10 less the one that was sold."""
    level, sold = total(view, "stock", "available"), total(view, "orders", "quantity", *SOLD)
    if level == 35 - sold:
        return None
    return f"{level} of tea are available, where {35 - sold} should be left."


RACE = Race(
    id="G57",
    title="A warehouse system sets an absolute level and undoes a sale",
    product="WooCommerce.NET, BricklinkSharp",
    threads=(
        "XiaoFaye/WooCommerce.NET#507",
        "gebirgslok/BricklinkSharp#10",
    ),
    happened=(
        "A client of the shop's interface reads a quantity, works on it, and writes the new "
        "quantity back. Sales and receipts in between are overwritten."
    ),
    why=(
        "The interface takes levels, not changes. A level is right for the moment in which it was "
        "computed only."
    ),
    mend=(
        "Either send changes and let the database add them, or send the quantity that was read "
        "beside the new one, and be refused where it is stale. Here it is the second, with one "
        "more try."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of((stock, {"sku": "tea", "available": 25})),
    always=(at_the_end("sales-are-kept", 2, sale_undone),),
    sometimes=(somebody_bought(), some_outcome("level set", "the level was set")),
    breaks="sales-are-kept",
    broken=Variant({"customer-1": buy, "warehouse": set_level}),
    mended=Variant({"customer-1": buy, "warehouse": compare_and_set_level}),
    figures=available_and_sold,
)
