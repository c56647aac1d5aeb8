"""G02: two requests read one unit, and both write that none is left."""

from __future__ import annotations

from eventproof.simulator.context import Context, equal
from eventproof.simulator.gallery.race import Race, Variant, customers, rows_of
from eventproof.simulator.gallery.shop import (
    available_and_sold,
    metadata,
    never_oversold,
    orders,
    somebody_bought,
    somebody_was_refused,
    stock,
)
from eventproof.simulator.model import Customer


async def complete(customer: Customer, ctx: Context) -> str:
    """Read the quantity, decide, write the new quantity."""
    async with ctx.transaction() as tx:
        level = await tx.get(stock, "tea")
        if level is None or level.available < 1:
            return "refused"
        await tx.update(stock, "tea", available=level.available - 1)
        await tx.insert(orders, id=customer.name, sku="tea", quantity=1, status="PAID")
    return "bought"


async def complete_by_version(customer: Customer, ctx: Context) -> str:
    """The same, and the write demands that the version is still the one that was read."""
    async with ctx.transaction() as tx:
        level = await tx.get(stock, "tea")
        if level is None or level.available < 1:
            return "refused"
        written = await tx.update(
            stock,
            "tea",
            guard=equal(version=level.version),
            available=level.available - 1,
            version=level.version + 1,
        )
        if not written:
            return "refused"
        await tx.insert(orders, id=customer.name, sku="tea", quantity=1, status="PAID")
    return "bought"


RACE = Race(
    id="G02",
    title="Two requests read one unit, and both write that none is left",
    product="Sylius",
    threads=("Sylius/Sylius#2776", "Sylius/Sylius#3138"),
    happened=(
        "Two customers complete their orders for the last unit at the same moment. Both succeed, "
        "and the quantity afterwards is 0, which looks right: only the orders tell that one unit "
        "was sold twice."
    ),
    why=(
        "Each request reads the quantity, decides in memory, and writes an absolute value. The "
        "second write does not subtract from the first; it overwrites it with the same 0."
    ),
    mend=(
        "A quantity on hold beside the quantity on hand, and an optimistic lock: the write "
        "demands the version that was read, and a request that comes too late changes nothing."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of((stock, {"sku": "tea", "available": 1, "version": 1})),
    always=(never_oversold(1),),
    sometimes=(somebody_bought(), somebody_was_refused()),
    breaks="never-oversold",
    broken=Variant(customers(2, complete)),
    mended=Variant(customers(2, complete_by_version)),
    figures=available_and_sold,
)
