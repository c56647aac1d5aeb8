"""EP-2: one cart is filled from two windows, and each request is checked by itself."""

from __future__ import annotations

from eventproof.simulator.context import Context, plus
from eventproof.simulator.gallery.race import Race, Variant, rows_of, total
from eventproof.simulator.gallery.shop import holds, metadata, orders, some_outcome, stock
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import Always, View

WANTED = {"window-1": 60, "window-2": 50}


async def add_what_is_in_stock(customer: Customer, ctx: Context) -> str:
    """Check the requested units against what is available, and add a line to the cart."""
    units = WANTED[customer.name]
    async with ctx.transaction() as tx:
        level = await tx.get(stock, "tea")
        assert level is not None
        if level.available < units:
            return "refused"
        await tx.insert(holds, id=customer.name, sku="tea", quantity=units, status="IN_CART")
    return "added"


async def add_to_what_is_in_the_cart(customer: Customer, ctx: Context) -> str:
    """Check what the cart would then have of the product, with the cart locked."""
    units = WANTED[customer.name]
    async with ctx.transaction() as tx:
        cart = await tx.get_for_update(orders, "cart")
        level = await tx.get(stock, "tea")
        assert cart is not None
        assert level is not None
        if level.available < cart.quantity + units:
            return "refused"
        await tx.update(orders, "cart", quantity=plus(units))
        await tx.insert(holds, id=customer.name, sku="tea", quantity=units, status="IN_CART")
    return "added"


def more_than_there_is(view: View) -> str | None:
    """I6, seen from the other side: who is told that it can be added can also buy it."""
    units = total(view, "holds", "quantity")
    return f"the cart has {units} of tea, of which there are 100." if units > 100 else None


RACE = Race(
    id="EP-2",
    title="One cart takes 60 and then 50 of the 100 there are",
    product="Elastic Path",
    threads=("Order flow and stock (documentation)",),
    happened=(
        "Adding to a cart compares the requested quantity with what is available, and not with "
        "what carts have already, the same one included. Of 100 in stock, 60 are added and then "
        "50, both are accepted, and the order cannot be paid."
    ),
    why=(
        "The check looks at the request and not at what the request leads to. No interleaving is "
        "needed. Summing the cart's lines without a lock would leave the race of two windows."
    ),
    mend=(
        "The sum of what the cart has and what is requested is checked, and the cart's row is "
        "locked for it. Other carts may still have as much: that is the documented race to pay."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of(
        (stock, {"sku": "tea", "available": 100}),
        (orders, {"id": "cart", "sku": "tea", "quantity": 0, "status": "CART"}),
    ),
    always=(Always("a-cart-can-be-bought", more_than_there_is, sees_outcomes=False),),
    sometimes=(some_outcome("added", "a line was added"),),
    breaks="a-cart-can-be-bought",
    broken=Variant(dict.fromkeys(WANTED, add_what_is_in_stock)),
    mended=Variant(dict.fromkeys(WANTED, add_to_what_is_in_the_cart)),
    figures=lambda view: {"in the cart": total(view, "holds", "quantity")},
)
