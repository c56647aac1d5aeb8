"""EP-4: a capture fails, the order goes back to authorised, and its stock stays allocated."""

from __future__ import annotations

from eventproof.simulator.context import Context
from eventproof.simulator.gallery.race import Race, Variant, customers, rows_of, total
from eventproof.simulator.gallery.shop import (
    at_the_end,
    available_and_sold,
    give_back,
    metadata,
    orders,
    place,
    some_outcome,
    somebody_bought,
    somebody_was_refused,
    stock,
    take,
)
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import View

TRIES = 2


async def authorise_and_capture(customer: Customer, ctx: Context) -> str:
    """Allocate, authorise, capture; a capture that fails is reported, and that is all."""
    if not await _allocate(customer, ctx):
        return "refused"
    return await _capture(customer, ctx)


async def capture_or_void(customer: Customer, ctx: Context) -> str:
    """The same; a capture is tried again, and after the last try the order ends."""
    if not await _allocate(customer, ctx):
        return "refused"
    for _ in range(TRIES):
        if await _capture(customer, ctx) == "bought":
            return "bought"
    async with ctx.transaction() as tx:
        await tx.update(orders, customer.name, status="VOIDED")
        await give_back(tx)
    return "capture failed"


async def _allocate(customer: Customer, ctx: Context) -> bool:
    async with ctx.transaction() as tx:
        if not await take(tx):
            return False
        await place(tx, customer.name, status="AUTHORISED")
    return True


async def _capture(customer: Customer, ctx: Context) -> str:
    if await ctx.call("payment", "capture") == "failed":
        return "capture failed"
    async with ctx.transaction() as tx:
        await tx.update(orders, customer.name, status="PAID")
    return "bought"


def kept_for_nobody(view: View) -> str | None:
    """I8: when all is done, what is allocated was paid for."""
    units = total(view, "orders", "quantity", "AUTHORISED")
    return f"{units} of tea stays allocated to an order that nobody captures." if units else None


RACE = Race(
    id="EP-4",
    title="A capture fails, and the unit stays allocated while another customer is refused",
    product="Elastic Path",
    threads=("Order flow and stock (documentation)",),
    happened=(
        "A payment is authorised, and its capture fails. The order goes back to authorised, and "
        "its stock stays allocated, as documented. If nobody captures or cancels it, the unit "
        "is on the shelf for ever, and everybody else is told that there is none."
    ),
    why=(
        "An error has no owner: the customer sees it, and the state that it leaves behind needs "
        "somebody who ends it."
    ),
    mend=(
        "The capture is tried again, and after the last try the authorisation is voided and the "
        "stock given back, in one transaction."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of((stock, {"sku": "tea", "available": 1})),
    always=(at_the_end("no-stuck-allocation", 2, kept_for_nobody),),
    sometimes=(
        somebody_bought(),
        somebody_was_refused(),
        some_outcome("capture failed", "a capture failed"),
    ),
    breaks="no-stuck-allocation",
    broken=Variant(customers(2, authorise_and_capture)),
    mended=Variant(customers(2, capture_or_void)),
    outcomes={"payment": ("captured", "failed")},
    figures=available_and_sold,
)
