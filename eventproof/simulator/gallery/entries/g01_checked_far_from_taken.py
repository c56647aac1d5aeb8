"""G01: availability is checked far from where the stock is taken."""

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
    take,
)
from eventproof.simulator.model import Customer


async def check_then_take(customer: Customer, ctx: Context) -> str:
    """The cart is checked when it is shown; the stock is reduced when the order is placed."""
    async with ctx.transaction() as tx:
        level = await tx.get(stock, "tea")
    if level is None or level.available < WANTED:
        return "refused"
    async with ctx.transaction() as tx:
        await tx.update(stock, "tea", available=minus(WANTED))
        await place(tx, customer.name, WANTED)
    return "bought"


async def check_where_it_is_taken(customer: Customer, ctx: Context) -> str:
    """The statement that reduces the stock is the check."""
    async with ctx.transaction() as tx:
        if not await take(tx, WANTED):
            return "refused"
        await place(tx, customer.name, WANTED)
    return "bought"


WANTED = 6


RACE = Race(
    id="G01",
    title="Availability is checked far from where the stock is taken",
    product="Magento, OpenCart, Shoppe, WooCommerce",
    threads=(
        "magento/magento2#6363",
        "opencart/opencart#4811",
        "tryshoppe/shoppe#403",
        "woocommerce/woocommerce#12467",
        "woocommerce/woocommerce#22521",
        "woocommerce/woocommerce#27953",
        "magento/magento2#11488",
    ),
    happened=(
        "Ten units are in stock, and two customers have six each in their carts. Both checkouts "
        "pass the check, both reduce the stock, and it ends at minus two. One author reported the "
        "same class of fault for several shops at once."
    ),
    why=(
        "The check and the reduction are two statements, and in some of the shops two requests. "
        "Nothing holds what the check has seen."
    ),
    mend=(
        "WooCommerce keeps a table of reserved stock; others were closed without a mend. The "
        "smallest mend lets one guarded statement check and reduce at once."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of((stock, {"sku": "tea", "available": 10})),
    always=(never_oversold(10),),
    sometimes=(somebody_bought(), somebody_was_refused()),
    breaks="never-oversold",
    broken=Variant(customers(2, check_then_take)),
    mended=Variant(customers(2, check_where_it_is_taken)),
    figures=available_and_sold,
)
