"""G03: the version check of the mend refuses a customer who has paid."""

from __future__ import annotations

from eventproof.simulator.context import Context, equal
from eventproof.simulator.gallery.race import Race, Variant, customers, rows_of
from eventproof.simulator.gallery.shop import (
    available_and_sold,
    metadata,
    never_oversold,
    no_money_without_stock,
    payments,
    place,
    somebody_bought,
    stock,
)
from eventproof.simulator.model import Customer


async def pay_then_write(customer: Customer, ctx: Context) -> str:
    """Pay, then write the stock with the version that was read; a conflict is an error."""
    async with ctx.transaction() as tx:
        level = await tx.get(stock, "tea")
    assert level is not None
    async with ctx.transaction() as tx:
        await tx.insert(payments, id=customer.name, status="CAPTURED", captured=1)
    if await _written(customer, ctx, level.version, level.available):
        return "bought"
    return "error 500"


async def pay_then_write_again(customer: Customer, ctx: Context) -> str:
    """The same; on a conflict the stock is read again, as often as there are customers."""
    async with ctx.transaction() as tx:
        await tx.insert(payments, id=customer.name, status="CAPTURED", captured=1)
    for _attempt in range(2):
        async with ctx.transaction() as tx:
            level = await tx.get(stock, "tea")
        assert level is not None
        if await _written(customer, ctx, level.version, level.available):
            return "bought"
    return "gave up"


async def _written(customer: Customer, ctx: Context, version: int, available: int) -> bool:
    async with ctx.transaction() as tx:
        unchanged = equal(version=version)
        if not await tx.update(
            stock, "tea", guard=unchanged, available=available - 1, version=version + 1
        ):
            return False
        await place(tx, customer.name)
    return True


RACE = Race(
    id="G03",
    title="The version check refuses a customer who has paid, with plenty in stock",
    product="Sylius",
    threads=("Sylius/Sylius#12573",),
    happened=(
        "Optimistic locking was the mend of an older race (G02). Under load the completions of "
        "orders now run into each other's versions; the loser gets an error 500 after paying, and "
        "the order stays new and paid."
    ),
    why=(
        "A version conflict says that somebody wrote the row, not that the stock is gone. Taken "
        "for a failure, it turns away customers for whom there are units."
    ),
    mend=(
        "The thread was open when read; it asks for a retry or a message that can be understood. "
        "Here the stock is read again and the write tried again: among two customers, the second "
        "try succeeds."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of((stock, {"sku": "tea", "available": 50, "version": 1})),
    always=(no_money_without_stock(2), never_oversold(50)),
    sometimes=(somebody_bought(),),
    breaks="no-money-without-stock",
    broken=Variant(customers(2, pay_then_write)),
    mended=Variant(customers(2, pay_then_write_again)),
    figures=available_and_sold,
)
