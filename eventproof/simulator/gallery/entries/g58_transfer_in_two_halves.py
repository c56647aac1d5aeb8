"""G58: a transfer is two adjustments, and the process ends between them."""

from __future__ import annotations

from eventproof.simulator.context import Context, equal
from eventproof.simulator.gallery.race import Race, Variant, rows_of, total
from eventproof.simulator.gallery.shop import (
    at_the_end,
    give_back,
    holds,
    metadata,
    some_outcome,
    stock,
    take,
)
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import View


async def transfer(customer: Customer, ctx: Context) -> str:
    """Take five from one warehouse; put five into the other."""
    async with ctx.transaction() as tx:
        if not await take(tx, 5, sku="here"):
            return "refused"
    if await ctx.call("process", "goes on") == "no":
        return "crashed"
    async with ctx.transaction() as tx:
        await give_back(tx, 5, sku="there")
    return "transferred"


async def transfer_by_record(customer: Customer, ctx: Context) -> str:
    """The same, and what is on its way is written down with the first half."""
    async with ctx.transaction() as tx:
        if not await take(tx, 5, sku="here"):
            return "refused"
        await tx.insert(holds, id="transfer", sku="there", quantity=5, status="IN_TRANSIT")
    if await ctx.call("process", "goes on") == "no":
        return "crashed"
    await _receive(ctx)
    return "transferred"


async def receive_what_is_in_transit(customer: Customer, ctx: Context) -> str:
    """Runs when a process has ended, or at any other time."""
    await _receive(ctx)
    return f"{customer.name} ran"


async def _receive(ctx: Context) -> None:
    async with ctx.transaction() as tx:
        moving = equal(status="IN_TRANSIT")
        if await tx.update(holds, "transfer", guard=moving, status="RECEIVED"):
            await give_back(tx, 5, sku="there")


def units_gone(view: View) -> str | None:
    """I10: when all is done, five units are in a warehouse or on their way."""
    there_are = total(view, "stock", "available") + total(view, "holds", "quantity", "IN_TRANSIT")
    return f"{there_are} of 5 units are anywhere." if there_are != 5 else None


RACE = Race(
    id="G58",
    title="A transfer is two adjustments, and ends after the first",
    product="Dolibarr, tezgah",
    threads=(
        "Dolibarr/dolibarr#2858",
        "productdevbook/tezgah#147",
    ),
    happened=(
        "Moving units between warehouses is done as a correction here and a correction there. "
        "When something fails in between, the units are nowhere; the source can also go below "
        "zero."
    ),
    why=(
        "The two halves are two transactions, and nothing says that the second is still to be "
        "done."
    ),
    mend=(
        "One record of the transfer, with units in transit, written with the first half. Whoever "
        "finds it may finish it, once."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of(
        (stock, {"sku": "here", "available": 5}), (stock, {"sku": "there", "available": 0})
    ),
    always=(at_the_end("units-are-conserved", 2, units_gone),),
    sometimes=(
        some_outcome("transferred", "a transfer was finished"),
        some_outcome("crashed", "the process ended half way"),
    ),
    breaks="units-are-conserved",
    broken=Variant({"clerk": transfer, "recovery": receive_what_is_in_transit}),
    mended=Variant({"clerk": transfer_by_record, "recovery": receive_what_is_in_transit}),
    outcomes={"process": ("yes", "no")},
    figures=lambda view: {row.sku: row.available for row in sorted(view.table("stock"))},
)
