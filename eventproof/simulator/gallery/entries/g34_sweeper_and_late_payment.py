"""G34: the sweeper cancels an order whose money is on its way."""

from __future__ import annotations

from eventproof.simulator.context import Context, equal
from eventproof.simulator.gallery.race import Race, Variant, rows_of
from eventproof.simulator.gallery.shop import (
    available_and_sold,
    give_back,
    metadata,
    never_oversold,
    orders,
    place,
    somebody_bought,
    somebody_was_refused,
    stock,
    take,
)
from eventproof.simulator.model import Customer


async def pay_by_bank(customer: Customer, ctx: Context) -> str:
    """Place the order, go to the bank; days later the money arrives."""
    async with ctx.transaction() as tx:
        if not await take(tx):
            return "refused"
        await place(tx, customer.name, status="PENDING")
    await ctx.call("bank", "transfer")
    async with ctx.transaction() as tx:
        await tx.update(orders, customer.name, status="PAID")
    return "bought"


async def pay_by_bank_on_hold(customer: Customer, ctx: Context) -> str:
    """The same, and an order that waits for the bank is in a state of its own."""
    async with ctx.transaction() as tx:
        if not await take(tx):
            return "refused"
        await place(tx, customer.name, status="AWAITING_BANK")
    await ctx.call("bank", "transfer")
    async with ctx.transaction() as tx:
        waiting = equal(status="AWAITING_BANK")
        if not await tx.update(orders, customer.name, guard=waiting, status="PAID"):
            return "refund"
    return "bought"


async def buy_at_once(customer: Customer, ctx: Context) -> str:
    """Another customer, who pays by card."""
    async with ctx.transaction() as tx:
        if not await take(tx):
            return "refused"
        await place(tx, customer.name)
    return "bought"


async def cancel_unpaid(customer: Customer, ctx: Context) -> str:
    """An hour has passed: a pending order is cancelled and its stock goes back."""
    async with ctx.transaction() as tx:
        pending = equal(status="PENDING")
        if await tx.update(orders, "customer-1", guard=pending, status="CANCELLED"):
            await give_back(tx)
    return f"{customer.name} ran"


RACE = Race(
    id="G34",
    title="The sweeper cancels an order whose bank transfer is still on its way",
    product="WooCommerce, bunq for WooCommerce",
    threads=(
        "woocommerce/woocommerce#11388",
        "woocommerce/woocommerce#28236",
    ),
    happened=(
        "Unpaid orders are cancelled after an hour. A bank transfer takes longer: the order is "
        "cancelled, the unit is sold to somebody else, and then the money arrives and the order "
        "counts as paid."
    ),
    why=(
        "Pending means two things: nobody has paid yet, and the money is on its way. The sweeper "
        "cannot tell them apart, and the late payment does not look whether the order is still "
        "there to be paid."
    ),
    mend=(
        "Another status for orders that wait for a bank, which the sweeper leaves alone, and a "
        "longer hold. A payment that finds its order in another state is a case for a refund, "
        "never for a paid order."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of((stock, {"sku": "tea", "available": 1})),
    always=(never_oversold(1),),
    sometimes=(somebody_bought(), somebody_was_refused()),
    breaks="never-oversold",
    broken=Variant(
        {"customer-1": pay_by_bank, "customer-2": buy_at_once, "sweeper": cancel_unpaid}
    ),
    mended=Variant(
        {"customer-1": pay_by_bank_on_hold, "customer-2": buy_at_once, "sweeper": cancel_unpaid}
    ),
    outcomes={"bank": ("settled",)},
    figures=available_and_sold,
)
