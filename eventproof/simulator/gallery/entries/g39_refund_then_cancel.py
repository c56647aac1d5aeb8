"""G39: a refund puts the units back, and the cancellation does so again."""

from __future__ import annotations

from eventproof.simulator.context import Context, at_least, minus
from eventproof.simulator.gallery.race import Race, Variant, found, rows_of
from eventproof.simulator.gallery.shop import (
    available_and_sold,
    give_back,
    metadata,
    orders,
    some_outcome,
    stock,
)
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import Always, View


async def restock(customer: Customer, ctx: Context) -> str:
    """Refund or cancel: put the order's unit back unless the order shows that it was done."""
    async with ctx.transaction() as tx:
        order = await tx.get(orders, "order")
    if order is None or order.status != "PAID":
        return f"{customer.name} had nothing to do"
    async with ctx.transaction() as tx:
        await give_back(tx)
        await tx.update(orders, "order", status="RETURNED")
    return "restocked"


async def restock_what_is_not_back(customer: Customer, ctx: Context) -> str:
    """The quantity of the order that is not back yet is taken off it in the same statement."""
    async with ctx.transaction() as tx:
        outstanding = at_least(quantity=1)
        if not await tx.update(orders, "order", guard=outstanding, quantity=minus(1)):
            return f"{customer.name} had nothing to do"
        await give_back(tx)
    return "restocked"


def more_than_ever(view: View) -> str | None:
    """I4: at most the 100 units that there were are on the shelf."""
    level = found(view, "stock", "tea")
    if level is None or level.available <= 100:
        return None
    return f"{level.available} of tea are available, and there were never more than 100."


RACE = Race(
    id="G39",
    title="A refund restocks, and the cancellation restocks once more",
    product="WooCommerce, PrestaShop",
    threads=(
        "woocommerce/woocommerce#22489",
        "PrestaShop/PrestaShop#35460",
        "PrestaShop/PrestaShop#16869",
        "PrestaShop/PrestaShop#42612",
    ),
    happened=(
        "An order of one is refunded with its unit put back, and then cancelled, which puts the "
        "full quantity back: 100, 99, 100, 101."
    ),
    why=(
        "Refunding and cancelling each know the order's quantity, and neither knows how much of "
        "it is back on the shelf already."
    ),
    mend=(
        "The quantity less what was put back already. Here that difference is a column, taken "
        "down by the statement that puts the unit back."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of(
        (stock, {"sku": "tea", "available": 99}),
        (orders, {"id": "order", "sku": "tea", "quantity": 1, "status": "PAID"}),
    ),
    always=(Always("restocked-once", more_than_ever, sees_outcomes=False),),
    sometimes=(some_outcome("restocked", "the unit was put back"),),
    breaks="restocked-once",
    broken=Variant({"refund": restock, "cancellation": restock}),
    mended=Variant({"refund": restock_what_is_not_back, "cancellation": restock_what_is_not_back}),
    figures=available_and_sold,
)
