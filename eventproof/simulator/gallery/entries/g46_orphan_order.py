"""G46: the undoing of a failed reservation fails, and leaves an order behind."""

from __future__ import annotations

from eventproof.simulator.context import Context, equal
from eventproof.simulator.gallery.race import Race, Variant, customers, rows_of, total
from eventproof.simulator.gallery.shop import (
    at_the_end,
    available_and_sold,
    holds,
    metadata,
    never_oversold,
    orders,
    place,
    somebody_bought,
    stock,
    take,
)
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import Sometimes, View


async def check_out(customer: Customer, ctx: Context) -> str:
    """Make the order and the reservation; when one fails, undo both."""
    async with ctx.transaction() as tx:
        await place(tx, customer.name, status="PENDING")
    async with ctx.transaction() as tx:
        reserved = await take(tx)
        if reserved:
            await tx.insert(holds, id=customer.name, sku="tea", quantity=1, status="HELD")
            await tx.update(orders, customer.name, status="PAID")
    if reserved:
        return "bought"
    async with ctx.transaction() as tx:
        if await tx.get(holds, customer.name) is None:
            return "failed"  # the undoing raises here: there is no reservation to release
        await tx.update(orders, customer.name, status="CANCELLED")
    return "refused"


async def check_out_and_undo_each(customer: Customer, ctx: Context) -> str:
    """The same; releasing nothing is no error, and each part is undone by itself."""
    async with ctx.transaction() as tx:
        await place(tx, customer.name, status="PENDING")
    async with ctx.transaction() as tx:
        if await take(tx):
            await tx.insert(holds, id=customer.name, sku="tea", quantity=1, status="HELD")
            await tx.update(orders, customer.name, status="PAID")
            return "bought"
    async with ctx.transaction() as tx:
        await tx.update(holds, customer.name, guard=equal(status="HELD"), status="RELEASED")
        await tx.update(orders, customer.name, status="CANCELLED")
    return "refused"


def orphaned(view: View) -> str | None:
    """I12: when all is done no order waits for anything."""
    count = total(view, "orders", "quantity", "PENDING")
    if not count:
        return None
    return f"{count} order is left that has no reservation and no payment."


RACE = Race(
    id="G46",
    title="Undoing a failed reservation fails too, and an order is orphaned",
    product="Medusa",
    threads=("medusajs/medusa#16825",),
    happened=(
        "The steps of a checkout run side by side. For two carts and one unit one reservation "
        "fails; the steps beside it have succeeded, and undoing them throws. An order stays "
        "behind without reservation or payment."
    ),
    why=(
        "The compensation assumes that what it releases exists. After a failure it is the one "
        "thing that does not."
    ),
    mend=(
        "The thread was open when read. The standard mend: releasing what is not there does "
        "nothing, and each step is undone whatever becomes of the others."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of((stock, {"sku": "tea", "available": 1})),
    always=(at_the_end("no-orphan-order", 2, orphaned), never_oversold(1)),
    sometimes=(
        somebody_bought(),
        Sometimes("one was not served", lambda v: len(set(v.outcomes)) == 2),
    ),
    breaks="no-orphan-order",
    broken=Variant(customers(2, check_out)),
    mended=Variant(customers(2, check_out_and_undo_each)),
    figures=available_and_sold,
)
