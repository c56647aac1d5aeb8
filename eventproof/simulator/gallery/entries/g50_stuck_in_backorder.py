"""G50: two deliveries fill the same backorder."""

from __future__ import annotations

from eventproof.simulator.context import Context, equal
from eventproof.simulator.gallery.race import Race, Variant, customers, rows_of, total
from eventproof.simulator.gallery.shop import (
    at_the_end,
    give_back,
    metadata,
    orders,
    some_outcome,
    somebody_bought,
    stock,
)
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import View


async def receive(customer: Customer, ctx: Context) -> str:
    """A unit has come: give it to the first order that waits, or put it on the shelf."""
    async with ctx.transaction() as tx:
        for order in WAITING:
            waiting = await tx.get(orders, order)
            if waiting is not None and waiting.status == "BACKORDERED":
                await tx.update(orders, order, status="PAID")
                return "filled"
        await give_back(tx)
    return "shelved"


async def receive_for_who_waits(customer: Customer, ctx: Context) -> str:
    """The same, and an order takes a unit only while it still waits."""
    async with ctx.transaction() as tx:
        for order in WAITING:
            if await tx.update(orders, order, guard=equal(status="BACKORDERED"), status="PAID"):
                return "filled"
        await give_back(tx)
    return "shelved"


WAITING = ("first", "second")


def stuck(view: View) -> str | None:
    """I8: when both units have come, nobody waits any more."""
    waiting = total(view, "orders", "quantity", "BACKORDERED")
    return f"2 of tea were received for 2 orders, and {waiting} still waits." if waiting else None


RACE = Race(
    id="G50",
    title="Two deliveries fill one backorder, and the other waits for ever",
    product="Spree, Sylius",
    threads=(
        "spree/spree#5163",
        "Sylius/Sylius#3857",
    ),
    happened=(
        "Stock is received for orders that wait for it. The units that wait are looked at in "
        "memory, where they are stale: the order stays in backorder although its unit has come."
    ),
    why=(
        "Two receipts read the same first order as waiting, and both fill it. One unit has gone "
        "to nobody, and the second order is never looked at again."
    ),
    mend=(
        "The units are read again before they are filled. Here filling is a guarded update, and a "
        "receipt that finds the order filled goes on to the next."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of(
        (stock, {"sku": "tea", "available": 0}),
        (orders, {"id": "first", "sku": "tea", "quantity": 1, "status": "BACKORDERED"}),
        (orders, {"id": "second", "sku": "tea", "quantity": 1, "status": "BACKORDERED"}),
    ),
    always=(at_the_end("nobody-is-stuck", 2, stuck),),
    sometimes=(somebody_bought(), some_outcome("filled", "a backorder was filled")),
    breaks="nobody-is-stuck",
    broken=Variant(customers(2, receive)),
    mended=Variant(customers(2, receive_for_who_waits)),
    figures=lambda view: {
        "waiting": total(view, "orders", "quantity", "BACKORDERED"),
        "filled": total(view, "orders", "quantity", "PAID"),
    },
)
