"""G33: an error after the payment makes the customer buy again."""

from __future__ import annotations

from eventproof.simulator.context import Context
from eventproof.simulator.errors import DatabaseError
from eventproof.simulator.gallery.race import Race, Variant, rows_of, total
from eventproof.simulator.gallery.shop import (
    SOLD,
    available_and_sold,
    metadata,
    place,
    some_outcome,
    somebody_bought,
    stock,
    take,
)
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import Always, View


async def buy_again_on_error(customer: Customer, ctx: Context) -> str:
    """The customer sees an error, fills a new cart, and pays for that."""
    for attempt in ("first cart", "second cart"):
        async with ctx.transaction() as tx:
            if not await take(tx):
                return "refused"
            await place(tx, f"{customer.name}, {attempt}")
        if await ctx.call("answer", "of the shop") == "seen":
            return "bought"
    return "gave up"


async def buy_by_key(customer: Customer, ctx: Context) -> str:
    """Each purchase has a key; an order under that key is there at most once."""
    for _attempt in ("first cart", "second cart"):
        try:
            async with ctx.transaction() as tx:
                await place(tx, customer.name)
                if not await take(tx):
                    await tx.rollback()
                    return "refused"
        except DatabaseError:  # 23505: the first try has made the order
            return "bought"
        if await ctx.call("answer", "of the shop") == "seen":
            return "bought"
    return "bought"


def bought_twice(view: View) -> str | None:
    """I4: there are no more orders than customers who wanted one."""
    count = total(view, "orders", "quantity", *SOLD)
    return f"one customer wanted 1 and has {count} orders." if count > 1 else None


RACE = Race(
    id="G33",
    title="An error after the payment, and the customer buys a second time",
    product="PrestaShop Checkout",
    threads=("PrestaShopCorp/ps_checkout#1546",),
    happened=(
        "The webhook of a payment runs into an error while the order is made. The customer sees a "
        "failure and tries again, with a second cart, and has two orders for one purchase."
    ),
    why=(
        "The order is made under the cart's name, and the second try is a new cart. Nothing says "
        "that both are the same purchase."
    ),
    mend=(
        "A lock, and the error itself was mended. Here the order's key is the purchase, not the "
        "try: the second insert fails with a duplicate key, which tells the customer that the "
        "order exists."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of((stock, {"sku": "tea", "available": 2})),
    always=(Always("bought-once", bought_twice, sees_outcomes=False),),
    sometimes=(somebody_bought(), some_outcome("bought", "the customer saw it")),
    breaks="bought-once",
    broken=Variant({"customer-1": buy_again_on_error}),
    mended=Variant({"customer-1": buy_by_key}),
    outcomes={"answer": ("seen", "lost")},
    figures=available_and_sold,
)
