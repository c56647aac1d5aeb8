"""G31: the webhook and the browser both complete the payment."""

from __future__ import annotations

from eventproof.simulator.context import Context, equal, minus
from eventproof.simulator.gallery.race import Race, Variant, rows_of
from eventproof.simulator.gallery.shop import (
    available_and_sold,
    metadata,
    orders,
    some_outcome,
    somebody_bought,
    stock,
    stock_is_what_was_sold,
)
from eventproof.simulator.model import Customer


async def complete(customer: Customer, ctx: Context) -> str:
    """Complete the payment of the order unless that was done."""
    async with ctx.transaction() as tx:
        order = await tx.get(orders, "order")
        if order is None or order.status == "PAID":
            return f"{customer.name} came late"
        await tx.update(stock, "tea", available=minus(1))
        await tx.update(orders, "order", status="PAID")
    return "completed"


async def complete_once(customer: Customer, ctx: Context) -> str:
    """Who turns the order from pending to paid takes the stock; the other does nothing."""
    async with ctx.transaction() as tx:
        if not await tx.update(orders, "order", guard=equal(status="PENDING"), status="PAID"):
            return f"{customer.name} came late"
        await tx.update(stock, "tea", available=minus(1))
    return "completed"


RACE = Race(
    id="G31",
    title="Webhook and redirect both complete one payment, and stock is reduced twice",
    product="WooPayments",
    threads=(
        "Automattic/woocommerce-payments#3345",
        "Automattic/woocommerce-payments#3520",
        "Automattic/woocommerce-payments#8292",
        "Automattic/woocommerce-payments#10846",
    ),
    happened=(
        "The provider calls the shop's webhook at the moment in which the customer's browser "
        "comes back. Both complete the payment: the stock goes from 10 to 8 for an order of one, "
        "and the customer gets two mails."
    ),
    why="Both read that the order is not paid yet, before either has written that it is.",
    mend=(
        "A mutex for each order, and a flag that the stock was reduced. Here the flag is the "
        "status itself: one guarded update from pending to paid, which only one of the two can "
        "win."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of(
        (stock, {"sku": "tea", "available": 10}),
        (orders, {"id": "order", "sku": "tea", "quantity": 1, "status": "PENDING"}),
    ),
    always=(stock_is_what_was_sold(10),),
    sometimes=(somebody_bought(), some_outcome("completed", "the payment was completed")),
    breaks="stock-is-what-was-sold",
    broken=Variant({"redirect": complete, "webhook": complete}),
    mended=Variant({"redirect": complete_once, "webhook": complete_once}),
    figures=available_and_sold,
)
