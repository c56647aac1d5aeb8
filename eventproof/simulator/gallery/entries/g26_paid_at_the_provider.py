"""G26: the money moves at the provider before any stock is taken."""

from __future__ import annotations

from eventproof.simulator.context import Context
from eventproof.simulator.gallery.race import Race, Variant, customers, rows_of
from eventproof.simulator.gallery.shop import (
    available_and_sold,
    give_back,
    metadata,
    never_oversold,
    no_money_without_stock,
    payments,
    place,
    somebody_bought,
    somebody_was_refused,
    stock,
    take,
)
from eventproof.simulator.model import Customer


async def pay_then_take(customer: Customer, ctx: Context) -> str:
    """The provider is paid by the browser; the shop learns of it afterwards, and takes stock."""
    if await ctx.call("payment", "capture") != "approve":
        return "declined"
    async with ctx.transaction() as tx:
        await tx.insert(payments, id=customer.name, status="CAPTURED", captured=1)
    async with ctx.transaction() as tx:
        if not await take(tx):
            return "refused"
        await place(tx, customer.name)
    return "bought"


async def take_then_pay(customer: Customer, ctx: Context) -> str:
    """Stock first; a payment that fails gives it back."""
    async with ctx.transaction() as tx:
        if not await take(tx):
            return "refused"
    if await ctx.call("payment", "capture") != "approve":
        async with ctx.transaction() as tx:
            await give_back(tx)
        return "declined"
    async with ctx.transaction() as tx:
        await tx.insert(payments, id=customer.name, status="CAPTURED", captured=1)
        await place(tx, customer.name)
    return "bought"


RACE = Race(
    id="G26",
    title="Two customers pay the provider for one unit",
    product="Elastic Path",
    threads=("Elastic Path carts specification, Cart Payment Intent",),
    happened=(
        "With a payment intent the customer pays at the provider, and the shop hears of it when "
        "it synchronises. The specification says that the time between the payment and the "
        "allocation raises the chance of paying for items that are not in stock."
    ),
    why=(
        "The money is captured before any stock is allocated. Two customers can both have paid "
        "when the first allocation takes the last unit; the second has paid for nothing."
    ),
    mend=(
        "The specification only documents the hole. The flow that has none allocates just before "
        "the payment, and gives the stock back when the payment fails."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of((stock, {"sku": "tea", "available": 1})),
    always=(no_money_without_stock(2), never_oversold(1)),
    sometimes=(somebody_bought(), somebody_was_refused()),
    breaks="no-money-without-stock",
    broken=Variant(customers(2, pay_then_take)),
    mended=Variant(customers(2, take_then_pay)),
    outcomes={"payment": ("approve", "decline")},
    figures=available_and_sold,
)
