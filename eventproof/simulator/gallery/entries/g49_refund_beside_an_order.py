"""G49: a refund and an order write the same stock."""

from __future__ import annotations

from eventproof.simulator.context import Context
from eventproof.simulator.gallery.race import Race, Variant, rows_of
from eventproof.simulator.gallery.shop import (
    available_and_sold,
    metadata,
    orders,
    place,
    some_outcome,
    stock,
    stock_is_what_was_sold,
)
from eventproof.simulator.model import Customer


async def order_one(customer: Customer, ctx: Context) -> str:
    """Read the stock, subtract, write it."""
    async with ctx.transaction() as tx:
        level = await tx.get(stock, "tea")
        assert level is not None
        await tx.update(stock, "tea", available=level.available - 1)
        await place(tx, customer.name)
    return "bought"


async def refund_one(customer: Customer, ctx: Context) -> str:
    """Read the stock, add, write it."""
    async with ctx.transaction() as tx:
        level = await tx.get(stock, "tea")
        assert level is not None
        await tx.update(stock, "tea", available=level.available + 1)
        await tx.update(orders, "old", status="REFUNDED")
    return "refunded"


async def order_one_locked(customer: Customer, ctx: Context) -> str:
    """The same, and the row is locked by the read."""
    async with ctx.transaction() as tx:
        level = await tx.get_for_update(stock, "tea")
        assert level is not None
        await tx.update(stock, "tea", available=level.available - 1)
        await place(tx, customer.name)
    return "bought"


async def refund_one_locked(customer: Customer, ctx: Context) -> str:
    """The same, and the row is locked by the read."""
    async with ctx.transaction() as tx:
        level = await tx.get_for_update(stock, "tea")
        assert level is not None
        await tx.update(stock, "tea", available=level.available + 1)
        await tx.update(orders, "old", status="REFUNDED")
    return "refunded"


RACE = Race(
    id="G49",
    title="A refund and an order at the same time: the last writer wins",
    product="WooCommerce",
    threads=("woocommerce/woocommerce#44273",),
    happened=(
        "A refund puts a unit back while an order takes one. The transaction that began first and "
        "ended last wins, and the change of the other is gone."
    ),
    why=(
        "Each reads the quantity, changes it in memory, and writes an absolute value. The second "
        "write is computed from what was there before the first."
    ),
    mend=(
        "The report was open when read. A lock from the read on is one of the standard mends; "
        "letting the database add and subtract is the other, and the one that WooCommerce took "
        "elsewhere (G63)."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of(
        (stock, {"sku": "tea", "available": 10}),
        (orders, {"id": "old", "sku": "tea", "quantity": 1, "status": "PAID"}),
    ),
    always=(stock_is_what_was_sold(11),),
    sometimes=(
        some_outcome("bought", "the order was placed"),
        some_outcome("refunded", "the old order was refunded"),
    ),
    breaks="stock-is-what-was-sold",
    broken=Variant({"customer-1": order_one, "merchant": refund_one}),
    mended=Variant({"customer-1": order_one_locked, "merchant": refund_one_locked}),
    figures=available_and_sold,
)
