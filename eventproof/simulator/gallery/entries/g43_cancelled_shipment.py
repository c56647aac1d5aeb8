"""G43: a cancelled shipment gives a sold unit back to the shelf."""

from __future__ import annotations

from eventproof.simulator.context import Context, minus, plus
from eventproof.simulator.gallery.race import Race, Variant, rows_of
from eventproof.simulator.gallery.shop import (
    available_and_sold,
    metadata,
    never_oversold,
    orders,
    place,
    some_outcome,
    somebody_was_refused,
    stock,
    take,
)
from eventproof.simulator.model import Customer


async def pack_and_cancel(customer: Customer, ctx: Context) -> str:
    """The parcel is made, and taken apart again: the unit goes back on the shelf."""
    async with ctx.transaction() as tx:
        await tx.update(stock, "tea", allocated=minus(1))
    async with ctx.transaction() as tx:
        await tx.update(stock, "tea", available=plus(1))
    return f"{customer.name} cancelled"


async def pack_and_restore(customer: Customer, ctx: Context) -> str:
    """The parcel is taken apart: the unit still belongs to its order."""
    async with ctx.transaction() as tx:
        await tx.update(stock, "tea", allocated=minus(1))
    async with ctx.transaction() as tx:
        await tx.update(stock, "tea", allocated=plus(1))
    return f"{customer.name} cancelled"


async def buy(customer: Customer, ctx: Context) -> str:
    """Another customer wants it."""
    async with ctx.transaction() as tx:
        if not await take(tx):
            return "refused"
        await place(tx, customer.name)
    return "bought"


RACE = Race(
    id="G43",
    title="A cancelled shipment puts a sold unit back on the shelf",
    product="Vendure, Medusa",
    threads=(
        "vendurehq/vendure#1198",
        "vendurehq/vendure#1250",
        "medusajs/medusa#11703",
    ),
    happened=(
        "A fulfilment is cancelled; its order stays paid. The unit is given back to what can be "
        "bought, where it should have gone back to what is allocated, and the next customer buys "
        "a unit that is owed to somebody."
    ),
    why=(
        "Undoing a shipment is taken for undoing a sale. The first mend restored the quantity on "
        "hand only; a second report was needed for the allocated one."
    ),
    mend=(
        "Cancelling a shipment restores the state before the shipment: on hand and allocated. "
        "Only cancelling the order makes a unit available."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of(
        (stock, {"sku": "tea", "available": 0, "allocated": 1}),
        (orders, {"id": "order", "sku": "tea", "quantity": 1, "status": "PAID"}),
    ),
    always=(never_oversold(1),),
    sometimes=(somebody_was_refused(), some_outcome("warehouse cancelled", "a parcel was undone")),
    breaks="never-oversold",
    broken=Variant({"warehouse": pack_and_cancel, "customer-1": buy}),
    mended=Variant({"warehouse": pack_and_restore, "customer-1": buy}),
    figures=available_and_sold,
)
