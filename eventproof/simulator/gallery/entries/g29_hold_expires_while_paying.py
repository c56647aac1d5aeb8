"""G29: the hold expires between the payment and the order."""

from __future__ import annotations

from eventproof.simulator.context import Context, equal
from eventproof.simulator.gallery.race import Race, Variant, rows_of
from eventproof.simulator.gallery.shop import (
    available_and_sold,
    give_back,
    holds,
    metadata,
    never_oversold,
    no_money_without_stock,
    payments,
    place,
    somebody_bought,
    stock,
    take,
)
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import Sometimes


async def pay_on_a_hold(customer: Customer, ctx: Context) -> str:
    """Hold a unit, pay, and turn the hold into an order."""
    async with ctx.transaction() as tx:
        if not await take(tx):
            return "refused"
        await tx.insert(holds, id=customer.name, sku="tea", quantity=1, status="HELD")
    async with ctx.transaction() as tx:
        await tx.insert(payments, id=customer.name, status="CAPTURED", captured=1)
    async with ctx.transaction() as tx:
        held = equal(status="HELD")
        if not await tx.update(holds, customer.name, guard=held, status="CONSUMED"):
            return "paid too late"
        await place(tx, customer.name)
    return "bought"


async def extend_and_pay(customer: Customer, ctx: Context) -> str:
    """The same, and a hold that is about to be paid for does not expire."""
    async with ctx.transaction() as tx:
        if not await take(tx):
            return "refused"
        await tx.insert(holds, id=customer.name, sku="tea", quantity=1, status="HELD")
    async with ctx.transaction() as tx:
        if not await tx.update(holds, customer.name, guard=equal(status="HELD"), status="PAYING"):
            return "expired"
    async with ctx.transaction() as tx:
        await tx.insert(payments, id=customer.name, status="CAPTURED", captured=1)
    async with ctx.transaction() as tx:
        await tx.update(holds, customer.name, status="CONSUMED")
        await place(tx, customer.name)
    return "bought"


async def expire(customer: Customer, ctx: Context) -> str:
    """The time to live of the hold is over, whenever that is."""
    async with ctx.transaction() as tx:
        if await tx.update(holds, "customer-1", guard=equal(status="HELD"), status="EXPIRED"):
            await give_back(tx)
    return f"{customer.name} ran"


RACE = Race(
    id="G29",
    title="The hold expires after the payment and before the order",
    product="Saleor",
    threads=("saleor/saleor#15246",),
    happened=(
        "A customer pays shortly before the reservation ends. The payment takes a while; when the "
        "checkout is completed, the reservation has expired and somebody else may have the unit. "
        "The money is gone, the order cannot be made."
    ),
    why=(
        "The time to live runs on while the customer is paying. The payment asks nobody whether "
        "the hold will last."
    ),
    mend=(
        "The idea in the thread: extend the hold when the payment begins. Here the hold changes "
        "into a state that does not expire, by an update that fails where it has expired already, "
        "and only then is there a payment."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of((stock, {"sku": "tea", "available": 1})),
    always=(no_money_without_stock(2), never_oversold(1)),
    sometimes=(
        somebody_bought(),
        Sometimes(
            "a hold expired", lambda view: any(h.status == "EXPIRED" for h in view.table("holds"))
        ),
    ),
    breaks="no-money-without-stock",
    broken=Variant({"customer-1": pay_on_a_hold, "sweeper": expire}),
    mended=Variant({"customer-1": extend_and_pay, "sweeper": expire}),
    figures=available_and_sold,
)
