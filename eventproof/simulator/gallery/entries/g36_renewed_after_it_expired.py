"""G36: an expired hold is renewed after somebody else has the unit."""

from __future__ import annotations

from eventproof.simulator.context import Context, Transaction, equal, minus
from eventproof.simulator.gallery.race import Race, Variant, rows_of
from eventproof.simulator.gallery.shop import (
    at_the_end,
    available_and_sold,
    holds,
    metadata,
    never_oversold,
    place,
    somebody_bought,
    somebody_was_refused,
    stock,
)
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import View


async def touch_and_buy(customer: Customer, ctx: Context) -> str:
    """Hold, change the cart (which renews the hold), and buy."""
    if not await _acquire(customer, ctx):
        return "refused"
    async with ctx.transaction() as tx:
        await tx.update(holds, customer.name, status="HELD")
    return await _buy(customer, ctx)


async def touch_what_is_held(customer: Customer, ctx: Context) -> str:
    """The same, and only a hold that is still there is renewed."""
    if not await _acquire(customer, ctx):
        return "refused"
    async with ctx.transaction() as tx:
        renewed = await tx.update(holds, customer.name, guard=equal(status="HELD"), status="HELD")
    if not renewed:
        return "expired"
    return await _buy(customer, ctx)


async def hold_and_buy(customer: Customer, ctx: Context) -> str:
    """The other customer, who does not change the cart."""
    if not await _acquire(customer, ctx):
        return "refused"
    return await _buy(customer, ctx)


async def expire(customer: Customer, ctx: Context) -> str:
    """The first customer's time is over."""
    async with ctx.transaction() as tx:
        await tx.update(holds, "customer-1", guard=equal(status="HELD"), status="EXPIRED")
    return f"{customer.name} ran"


async def _acquire(customer: Customer, ctx: Context) -> bool:
    """Hold the unit unless it is held or sold; the stock's row is the lock."""
    async with ctx.transaction() as tx:
        level = await tx.get_for_update(stock, "tea")
        if level is None or level.available < 1 or await _held_by_another(customer, tx):
            return False
        await tx.update(holds, customer.name, status="HELD")
    return True


async def _buy(customer: Customer, ctx: Context) -> str:
    async with ctx.transaction() as tx:
        level = await tx.get_for_update(stock, "tea")
        if level is None or level.available < 1 or await _held_by_another(customer, tx):
            return "out of stock"
        await tx.update(stock, "tea", available=minus(1))
        await tx.update(holds, customer.name, status="CONSUMED")
        await place(tx, customer.name)
    return "bought"


async def _held_by_another(customer: Customer, tx: Transaction) -> bool:
    other = await tx.get(holds, "customer-1" if customer.name == "customer-2" else "customer-2")
    return other is not None and other.status == "HELD"


def both_refused(view: View) -> str | None:
    """I6: a unit that nobody bought was refused to everybody."""
    if "bought" in view.outcomes or "expired" in view.outcomes:
        return None
    return "1 of tea is left, and both customers were told that there is none."


RACE = Race(
    id="G36",
    title="An expired hold comes back, and both customers are told that nothing is left",
    product="be-BOP",
    threads=("be-BOP-io-SA/be-BOP#533",),
    happened=(
        "A customer's hold expires; another customer gets the unit. Then the first changes the "
        "cart, which renews the old hold. Each now sees the other's hold, and both are told that "
        "the product is out of stock."
    ),
    why=(
        "The renewal writes that the hold is held, whatever it was before. A hold that has "
        "expired is given new life without asking whether the unit is still free."
    ),
    mend=(
        "The proposal in the thread: a change of the cart does not extend the hold. Here it "
        "extends only what is still held, by a guarded update; an expired hold has to be acquired "
        "anew."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of(
        (stock, {"sku": "tea", "available": 1}),
        (holds, {"id": "customer-1", "status": "NONE"}),
        (holds, {"id": "customer-2", "status": "NONE"}),
    ),
    always=(never_oversold(1), at_the_end("no-false-refusal", 3, both_refused)),
    sometimes=(somebody_bought(), somebody_was_refused()),
    breaks="no-false-refusal",
    broken=Variant({"customer-1": touch_and_buy, "customer-2": hold_and_buy, "sweeper": expire}),
    mended=Variant(
        {"customer-1": touch_what_is_held, "customer-2": hold_and_buy, "sweeper": expire}
    ),
    figures=available_and_sold,
)
