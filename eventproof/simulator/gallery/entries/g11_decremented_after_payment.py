"""G11: orders are only checked, and the stock is reduced when they are paid."""

from __future__ import annotations

from eventproof.simulator.context import Context, minus
from eventproof.simulator.gallery.race import Race, Variant, customers, rows_of
from eventproof.simulator.gallery.shop import (
    available_and_sold,
    give_back,
    metadata,
    never_oversold,
    place,
    somebody_bought,
    somebody_was_refused,
    stock,
    take,
)
from eventproof.simulator.model import Customer


async def validate_then_pay(customer: Customer, ctx: Context) -> str:
    """Awaiting validation checks; the event of the payment reduces."""
    async with ctx.transaction() as tx:
        level = await tx.get(stock, "tea")
    if level is None or level.available < 1:
        return "refused"
    await ctx.call("payment", "pay")
    async with ctx.transaction() as tx:
        await tx.update(stock, "tea", available=minus(1))
        await place(tx, customer.name)
    return "bought"


async def reserve_then_pay(customer: Customer, ctx: Context) -> str:
    """Awaiting validation reserves; a payment that fails gives it back."""
    async with ctx.transaction() as tx:
        if not await take(tx):
            return "refused"
    if await ctx.call("payment", "pay") == "failed":
        async with ctx.transaction() as tx:
            await give_back(tx)
        return "not paid"
    async with ctx.transaction() as tx:
        await place(tx, customer.name)
    return "bought"


RACE = Race(
    id="G11",
    title="Orders are validated by a look, and the stock is reduced by the payment's event",
    product="eShop",
    threads=(
        "dotnet/eShop#888",
        "dotnet/eShop#732",
        "dotnet-architecture/eShopOnContainers#2001",
    ),
    happened=(
        "When an order awaits validation, the catalog service confirms that there is stock. It "
        "reduces the stock when the event comes that the order was paid. Two orders can be "
        "confirmed for one unit, and both be paid."
    ),
    why=(
        "The events are handled in order and exactly once, and still: the first one looks and the "
        "second one acts, and other orders come in between."
    ),
    mend=(
        "None in the product, which is a reference application. The suggestion is to reserve at "
        "the validation."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of((stock, {"sku": "tea", "available": 1})),
    always=(never_oversold(1),),
    sometimes=(somebody_bought(), somebody_was_refused()),
    breaks="never-oversold",
    broken=Variant(customers(2, validate_then_pay)),
    mended=Variant(customers(2, reserve_then_pay)),
    outcomes={"payment": ("paid", "failed")},
    figures=available_and_sold,
)
