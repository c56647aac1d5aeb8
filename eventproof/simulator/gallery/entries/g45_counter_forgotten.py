"""G45: a deleted reservation leaves its units in the counter."""

from __future__ import annotations

from eventproof.simulator.context import Context, equal, minus, plus
from eventproof.simulator.gallery.race import Race, Variant, rows_of, total
from eventproof.simulator.gallery.shop import at_the_end, holds, metadata, some_outcome, stock
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import View


async def delete(customer: Customer, ctx: Context) -> str:
    """Delete the reservation, and afterwards take it off the counter."""
    async with ctx.transaction() as tx:
        deleted = await tx.update(holds, "old", guard=equal(status="HELD"), status="RELEASED")
    if not deleted or await ctx.call("process", "goes on") == "no":
        return f"{customer.name} ended"
    async with ctx.transaction() as tx:
        await tx.update(stock, "tea", allocated=minus(1))
    return f"{customer.name} ended"


async def delete_with_its_count(customer: Customer, ctx: Context) -> str:
    """Both in one transaction."""
    async with ctx.transaction() as tx:
        if await tx.update(holds, "old", guard=equal(status="HELD"), status="RELEASED"):
            await tx.update(stock, "tea", allocated=minus(1))
    await ctx.call("process", "goes on")
    return f"{customer.name} ended"


async def reserve(customer: Customer, ctx: Context) -> str:
    """A new reservation, counted in the same transaction."""
    async with ctx.transaction() as tx:
        await tx.insert(holds, id=customer.name, sku="tea", quantity=1, status="HELD")
        await tx.update(stock, "tea", allocated=plus(1))
    return "reserved"


def miscounted(view: View) -> str | None:
    """I2: when all is done, what is counted as reserved is what is reserved."""
    held = total(view, "holds", "quantity", "HELD")
    counted = total(view, "stock", "allocated")
    if held == counted:
        return None
    return f"{counted} of tea are counted as reserved, and {held} are."


RACE = Race(
    id="G45",
    title="A reservation is deleted, and its units stay in the counter",
    product="Medusa",
    threads=(
        "medusajs/medusa#12401",
        "medusajs/medusa#11131",
        "medusajs/medusa#11266",
        "medusajs/medusa#13633",
    ),
    happened=(
        "Reservations are rows, and their sum is kept in a counter beside them. A path that "
        "deletes reservations leaves the counter as it was; the reserved quantity is stuck, or "
        "goes below zero when somebody corrects it twice."
    ),
    why=(
        "The row and the counter are two writes, and there is a way through the code, or a crash, "
        "with one of them alone."
    ),
    mend="The counter is adjusted in the operation that deletes the row.",
    tables=tuple(metadata.sorted_tables),
    rows=rows_of(
        (stock, {"sku": "tea", "available": 5, "allocated": 1}),
        (holds, {"id": "old", "sku": "tea", "quantity": 1, "status": "HELD"}),
    ),
    always=(at_the_end("counter-agrees", 2, miscounted),),
    sometimes=(some_outcome("reserved", "a unit was reserved"),),
    breaks="counter-agrees",
    broken=Variant({"deletion": delete, "customer-1": reserve}),
    mended=Variant({"deletion": delete_with_its_count, "customer-1": reserve}),
    outcomes={"process": ("yes", "no")},
    figures=lambda view: {
        "reserved": total(view, "holds", "quantity", "HELD"),
        "counted": total(view, "stock", "allocated"),
    },
)
