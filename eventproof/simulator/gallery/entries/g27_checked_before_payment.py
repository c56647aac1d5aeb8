"""G27: stock is looked at before the payment form, and not held."""

from __future__ import annotations

from eventproof.simulator.context import Context
from eventproof.simulator.gallery.race import Race, Variant, customers, rows_of
from eventproof.simulator.gallery.shop import (
    available_and_sold,
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


async def check_then_pay(customer: Customer, ctx: Context) -> str:
    """Look at the stock, show the payment form, charge, and only then take the unit."""
    async with ctx.transaction() as tx:
        level = await tx.get(stock, "tea")
    if level is None or level.available < 1:
        return "refused"
    async with ctx.transaction() as tx:
        await tx.insert(payments, id=customer.name, status="CAPTURED", captured=1)
    async with ctx.transaction() as tx:
        if not await take(tx):
            return "stuck"
        await place(tx, customer.name)
    return "bought"


async def hold_then_pay(customer: Customer, ctx: Context) -> str:
    """The form is shown to who holds a unit, and to nobody else."""
    async with ctx.transaction() as tx:
        if not await take(tx):
            return "refused"
    async with ctx.transaction() as tx:
        await tx.insert(payments, id=customer.name, status="CAPTURED", captured=1)
    async with ctx.transaction() as tx:
        await place(tx, customer.name)
    return "bought"


RACE = Race(
    id="G27",
    title="The slower of two payers is charged and gets no order",
    product="Vendure, Medusa",
    threads=(
        "vendurehq/vendure#3065",
        "medusajs/nextjs-starter-medusa#453",
    ),
    happened=(
        "Stock is checked before the payment form is shown. Two customers fill in the form; the "
        "faster gets the unit. The slower is charged as well, the order stays in the state of "
        "adding items, and its payment intent is used up."
    ),
    why=(
        "Between the check and the charge nothing is held. The check says what was true when the "
        "form was shown, which is no promise for the moment of paying."
    ),
    mend=(
        "The threads were open when read. The standard mend holds the unit before the form is "
        "shown, so that only who can get it is asked for money."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of((stock, {"sku": "tea", "available": 1})),
    always=(no_money_without_stock(2), never_oversold(1)),
    sometimes=(somebody_bought(), somebody_was_refused()),
    breaks="no-money-without-stock",
    broken=Variant(customers(2, check_then_pay)),
    mended=Variant(customers(2, hold_then_pay)),
    figures=available_and_sold,
)
