"""G42: a cancellation releases what was never allocated."""

from __future__ import annotations

from eventproof.simulator.context import Context, equal, minus, plus
from eventproof.simulator.gallery.race import Race, Variant, found, rows_of, total
from eventproof.simulator.gallery.shop import metadata, orders, some_outcome, stock
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import Always, View


async def pay(customer: Customer, ctx: Context) -> str:
    """Allocate the unit when the payment is settled."""
    async with ctx.transaction() as tx:
        paid = await tx.update(orders, "order", guard=ARRANGING, status="PAID")
        if not paid:
            return "refused"
        await tx.update(stock, "tea", available=minus(1), allocated=plus(1))
    return "paid"


async def cancel(customer: Customer, ctx: Context) -> str:
    """Cancel the order and release its allocation."""
    async with ctx.transaction() as tx:
        await tx.update(orders, "order", status="CANCELLED")
        await tx.update(stock, "tea", available=plus(1), allocated=minus(1))
    return "cancelled"


async def cancel_and_release_what_there_is(customer: Customer, ctx: Context) -> str:
    """Cancel the order; release an allocation only if the order came so far."""
    async with ctx.transaction() as tx:
        if await tx.update(orders, "order", guard=ARRANGING, status="CANCELLED"):
            return "cancelled"
        await tx.update(orders, "order", status="CANCELLED")
        await tx.update(stock, "tea", available=plus(1), allocated=minus(1))
    return "cancelled"


ARRANGING = equal(status="ARRANGING_PAYMENT")


def allocated_below_none(view: View) -> str | None:
    """I2: nothing can be allocated less than not at all."""
    level = found(view, "stock", "tea")
    if level is None or level.allocated >= 0:
        return None
    return f"{level.allocated} of tea are allocated, and {level.available} of 1 are available."


RACE = Race(
    id="G42",
    title="An order is cancelled before it is paid, and releases what it never had",
    product="Vendure",
    threads=(
        "vendurehq/vendure#1557",
        "vendurehq/vendure#1571",
        "vendurehq/vendure#661",
        "vendurehq/vendure#2874",
    ),
    happened=(
        "An order is cancelled while its payment is being arranged. The cancellation releases the "
        "allocation, which there was none of: the allocated quantity goes to minus one, and a "
        "unit that does not exist can be bought."
    ),
    why=(
        "The release is done for every cancelled order, not for every allocation. Whether there "
        "is something to release depends on a race between the payment and the cancellation."
    ),
    mend=(
        "The reports were closed; the mend was not seen. The rule that prevents it: release only "
        "what was allocated, decided by the same transition that ends the order."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of(
        (stock, {"sku": "tea", "available": 1, "allocated": 0}),
        (orders, {"id": "order", "sku": "tea", "quantity": 1, "status": "ARRANGING_PAYMENT"}),
    ),
    always=(Always("allocated-is-not-negative", allocated_below_none, sees_outcomes=False),),
    sometimes=(
        some_outcome("paid", "the order was paid"),
        some_outcome("cancelled", "the order was cancelled"),
    ),
    breaks="allocated-is-not-negative",
    broken=Variant({"customer-1": pay, "customer service": cancel}),
    mended=Variant({"customer-1": pay, "customer service": cancel_and_release_what_there_is}),
    figures=lambda view: {
        "available": total(view, "stock", "available"),
        "allocated": total(view, "stock", "allocated"),
    },
)
