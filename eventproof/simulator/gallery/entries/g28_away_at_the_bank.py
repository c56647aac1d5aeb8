"""G28: stock goes while the customer confirms the payment at the bank."""

from __future__ import annotations

from eventproof.simulator.context import Context
from eventproof.simulator.gallery.race import Race, Variant, rows_of
from eventproof.simulator.gallery.shop import (
    at_the_end,
    available_and_sold,
    metadata,
    payments,
    place,
    somebody_bought,
    somebody_was_refused,
    stock,
    take,
)
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import View


async def complete(customer: Customer, ctx: Context) -> str:
    """Authorised at the bank; then the order is placed, if the stock is still there."""
    async with ctx.transaction() as tx:
        await tx.insert(payments, id=customer.name, status="AUTHORIZED", captured=0)
    async with ctx.transaction() as tx:
        if await take(tx):
            await place(tx, customer.name)
            await tx.update(payments, customer.name, status="CAPTURED", captured=1)
            return "bought"
    return "refused"


async def complete_or_void(customer: Customer, ctx: Context) -> str:
    """The same, and a payment for which there is no stock is void."""
    async with ctx.transaction() as tx:
        await tx.insert(payments, id=customer.name, status="AUTHORIZED", captured=0)
    async with ctx.transaction() as tx:
        if await take(tx):
            await place(tx, customer.name)
            await tx.update(payments, customer.name, status="CAPTURED", captured=1)
            return "bought"
        await tx.update(payments, customer.name, status="VOID")
    return "refused"


async def sell_out(customer: Customer, ctx: Context) -> str:
    """The merchant sets the stock to none."""
    async with ctx.transaction() as tx:
        await tx.update(stock, "tea", available=0)
    return f"{customer.name} set the stock"


def left_open(view: View) -> str | None:
    """An authorisation that nobody will capture or void."""
    count = sum(payment.status == "AUTHORIZED" for payment in view.table("payments"))
    return f"{count} authorisation stays open, and there is no order for it." if count else None


RACE = Race(
    id="G28",
    title="Stock goes while the customer is at the bank, and the payment stays open",
    product="Open Food Network",
    threads=(
        "openfoodfoundation/openfoodnetwork#7692",
        "openfoodfoundation/openfoodnetwork#7922",
        "openfoodfoundation/openfoodnetwork#7779",
        "openfoodfoundation/openfoodnetwork#7990",
    ),
    happened=(
        "The customer is sent to the bank to confirm the payment. Meanwhile the stock goes. Back "
        "in the shop the order cannot be placed; the authorisation stays, uncaptured, and a "
        "second try reserves the money once more."
    ),
    why=(
        "The failure of the stock is handled as a failure of the order alone. Nobody tells the "
        "payment."
    ),
    mend=(
        "A failure of the stock voids the payment, in the same breath in which the order is "
        "refused."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of((stock, {"sku": "tea", "available": 1})),
    always=(at_the_end("no-payment-left-open", 2, left_open),),
    sometimes=(somebody_bought(), somebody_was_refused()),
    breaks="no-payment-left-open",
    broken=Variant({"customer-1": complete, "merchant": sell_out}),
    mended=Variant({"customer-1": complete_or_void, "merchant": sell_out}),
    figures=available_and_sold,
)
