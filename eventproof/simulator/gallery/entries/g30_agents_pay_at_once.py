"""G30: two agents are told that they can buy, and both pay."""

from __future__ import annotations

from eventproof.simulator.context import Context, minus
from eventproof.simulator.gallery.race import Race, Variant, customers, rows_of
from eventproof.simulator.gallery.shop import (
    available_and_sold,
    metadata,
    never_oversold,
    place,
    somebody_bought,
    somebody_was_refused,
    stock,
    stock_is_what_was_sold,
    take,
)
from eventproof.simulator.model import Customer


async def validate_then_capture(customer: Customer, ctx: Context) -> str:
    """Validate, capture, and make the order out of the captured payment."""
    async with ctx.transaction() as tx:
        level = await tx.get(stock, "tea")
    if level is None or level.available < 1:
        return "refused"
    await ctx.call("payment", "capture")
    async with ctx.transaction() as tx:
        await tx.update(stock, "tea", available=minus(1))
        await place(tx, customer.name)
    return "bought"


async def hold_then_capture(customer: Customer, ctx: Context) -> str:
    """Capture, take the stock with a guard; an order that gets none waits for a person."""
    async with ctx.transaction() as tx:
        level = await tx.get(stock, "tea")
    if level is None or level.available < 1:
        return "refused"
    await ctx.call("payment", "capture")
    async with ctx.transaction() as tx:
        held = await take(tx)
        await place(tx, customer.name, status="PAID" if held else "ON_HOLD")
    return "bought" if held else "on hold"


RACE = Race(
    id="G30",
    title="Two shopping agents finish at once, and both orders are made",
    product="WooCommerce Stripe",
    threads=("woocommerce/woocommerce-gateway-stripe#5720",),
    happened=(
        "Agents that buy for people validate the stock when they finish, without holding it. The "
        "order is made after the money was captured, from whatever sessions there are; two of "
        "them sell the same unit."
    ),
    why=(
        "The validation reads, and nothing keeps what it read true until the order is made. The "
        "reduction of the stock afterwards has no guard: the money has moved, so it must not "
        "fail."
    ),
    mend=(
        "The stock is taken by one guarded statement before the payment counts as complete. An "
        "order that gets none is put on hold for a person to see to, and its stock is not "
        "reduced, so that a later refund does not put back units that were never taken."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of((stock, {"sku": "tea", "available": 1})),
    always=(never_oversold(1), stock_is_what_was_sold(1)),
    sometimes=(somebody_bought(), somebody_was_refused()),
    breaks="never-oversold",
    broken=Variant(customers(2, validate_then_capture)),
    mended=Variant(customers(2, hold_then_capture)),
    outcomes={"payment": ("approve",)},
    figures=available_and_sold,
)
