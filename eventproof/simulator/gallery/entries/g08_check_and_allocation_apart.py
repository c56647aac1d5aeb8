"""G08: the check and the allocation are in different transactions."""

from __future__ import annotations

from eventproof.simulator.context import Context, minus
from eventproof.simulator.gallery.race import Race, Variant, rows_of
from eventproof.simulator.gallery.shop import (
    available_and_sold,
    metadata,
    never_oversold,
    place,
    somebody_bought,
    stock,
)
from eventproof.simulator.model import Customer


async def pay(customer: Customer, ctx: Context) -> str:
    """Checked when the payment is arranged; allocated, without a check, when it is settled."""
    quantity = CARTS[customer.name]
    async with ctx.transaction() as tx:
        level = await tx.get(stock, "tea")
    if level is None or level.available < quantity:
        return "refused"
    await ctx.call("payment", "settle")
    async with ctx.transaction() as tx:
        await tx.update(stock, "tea", available=minus(quantity))
        await place(tx, customer.name, quantity)
    return "bought"


async def pay_with_a_locked_check(customer: Customer, ctx: Context) -> str:
    """The row is locked and checked again where it is allocated; money that is due goes back."""
    quantity = CARTS[customer.name]
    async with ctx.transaction() as tx:
        level = await tx.get(stock, "tea")
    if level is None or level.available < quantity:
        return "refused"
    await ctx.call("payment", "settle")
    async with ctx.transaction() as tx:
        level = await tx.get_for_update(stock, "tea")
        if level is None or level.available < quantity:
            return "refunded"
        await tx.update(stock, "tea", available=level.available - quantity)
        await place(tx, customer.name, quantity)
    return "bought"


CARTS = {"customer-1": 5, "customer-2": 20}


RACE = Race(
    id="G08",
    title="Stock is checked when the payment begins and allocated when it ends",
    product="Vendure",
    threads=(
        "vendurehq/vendure#3508",
        "vendurehq/vendure#1738",
        "vendurehq/vendure#4930",
    ),
    happened=(
        "Stock is checked when a customer goes on to the payment, and allocated when the payment "
        "is settled. In between somebody buys everything; the settled payment allocates what is "
        "not there."
    ),
    why=(
        "Two transactions, with a payment between them. The stock is also written without a lock, "
        "so that even two allocations can lose each other."
    ),
    mend=(
        "A pessimistic lock on the row, the check repeated under it where the allocation is made, "
        "and quantities that never go below zero."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of((stock, {"sku": "tea", "available": 20})),
    always=(never_oversold(20),),
    sometimes=(somebody_bought(),),
    breaks="never-oversold",
    broken=Variant(dict.fromkeys(CARTS, pay)),
    mended=Variant(dict.fromkeys(CARTS, pay_with_a_locked_check)),
    outcomes={"payment": ("settled",)},
    figures=available_and_sold,
)
