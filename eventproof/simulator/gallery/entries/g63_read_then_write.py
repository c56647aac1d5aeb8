"""G63: the data store reads the stock and writes it back."""

from __future__ import annotations

from eventproof.simulator.context import Context, minus
from eventproof.simulator.gallery.race import Race, Variant, rows_of
from eventproof.simulator.gallery.shop import (
    available_and_sold,
    give_back,
    metadata,
    orders,
    place,
    some_outcome,
    stock,
    stock_is_what_was_sold,
)
from eventproof.simulator.model import Customer


async def sell(customer: Customer, ctx: Context) -> str:
    """An order takes one: read, subtract, write."""
    async with ctx.transaction() as tx:
        level = await tx.get(stock, "tea")
        assert level is not None
        await tx.update(stock, "tea", available=level.available - 1)
        await place(tx, customer.name)
    return "bought"


async def cancel(customer: Customer, ctx: Context) -> str:
    """A cancelled order gives one back: read, add, write."""
    async with ctx.transaction() as tx:
        level = await tx.get(stock, "tea")
        assert level is not None
        await tx.update(stock, "tea", available=level.available + 1)
        await tx.update(orders, "old", status="CANCELLED")
    return "cancelled"


async def sell_in_one_statement(customer: Customer, ctx: Context) -> str:
    """The database subtracts."""
    async with ctx.transaction() as tx:
        await tx.update(stock, "tea", available=minus(1))
        await place(tx, customer.name)
    return "bought"


async def cancel_in_one_statement(customer: Customer, ctx: Context) -> str:
    """The database adds."""
    async with ctx.transaction() as tx:
        await give_back(tx)
        await tx.update(orders, "old", status="CANCELLED")
    return "cancelled"


RACE = Race(
    id="G63",
    title="The data store reads the stock, and writes it back changed",
    product="WooCommerce",
    threads=("woocommerce/woocommerce#26039",),
    happened=(
        "The function that changes a product's stock reads it and writes the result. An order and "
        "a cancellation at the same time leave the stock one off."
    ),
    why=(
        "Two statements with the computation between them, in the program. Whatever is written "
        "between the two is lost."
    ),
    mend=(
        "Increment and decrement became one atomic statement each, in which the database computes."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of(
        (stock, {"sku": "tea", "available": 10}),
        (orders, {"id": "old", "sku": "tea", "quantity": 1, "status": "PAID"}),
    ),
    always=(stock_is_what_was_sold(11),),
    sometimes=(
        some_outcome("bought", "the order was placed"),
        some_outcome("cancelled", "the old order was cancelled"),
    ),
    breaks="stock-is-what-was-sold",
    broken=Variant({"customer-1": sell, "customer service": cancel}),
    mended=Variant(
        {"customer-1": sell_in_one_statement, "customer service": cancel_in_one_statement}
    ),
    figures=available_and_sold,
)
