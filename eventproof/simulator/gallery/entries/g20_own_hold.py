"""G20: a shopper's own old order is not counted against the new one, and both can be paid."""

from __future__ import annotations

from eventproof.simulator.context import Context, equal
from eventproof.simulator.gallery.race import Race, Variant, rows_of
from eventproof.simulator.gallery.shop import (
    available_and_sold,
    holds,
    metadata,
    never_oversold,
    orders,
    place,
    some_outcome,
    somebody_bought,
    stock,
    take,
)
from eventproof.simulator.model import Customer


async def pay_the_old_order(customer: Customer, ctx: Context) -> str:
    """Pay the order that has been pending in the other window."""
    return await _pay(ctx, "old order")


async def check_out_beside_the_own_hold(customer: Customer, ctx: Context) -> str:
    """Make a new order: what the shopper holds itself is not in its way."""
    async with ctx.transaction() as tx:
        level = await tx.get_for_update(stock, "tea")
        held = await tx.select(holds, where=equal(status="HELD"))
        assert level is not None
        if level.available - sum(h.quantity for h in held if h.id != "old order") < 1:
            return "refused"
        await place(tx, "new order", status="PENDING")
    return await _pay(ctx, "new order")


async def check_out_in_place_of_the_old_order(customer: Customer, ctx: Context) -> str:
    """Make a new order that ends the old one, if nobody has paid that; its hold goes over."""
    async with ctx.transaction() as tx:
        pending = equal(status="PENDING")
        if not await tx.update(orders, "old order", guard=pending, status="CANCELLED"):
            return "refused"
        await tx.update(holds, "old order", status="RELEASED")
        await tx.insert(holds, id="new order", sku="tea", quantity=1, status="HELD")
        await place(tx, "new order", status="PENDING")
    return await _pay(ctx, "new order")


async def _pay(ctx: Context, order: str) -> str:
    async with ctx.transaction() as tx:
        if not await tx.update(orders, order, guard=equal(status="PENDING"), status="PAID"):
            return "refused"
        await tx.update(holds, order, status="CONSUMED")
        await take(tx)
    return "bought"


RACE = Race(
    id="G20",
    title="A shopper's own hold is passed over, and two orders hold one unit",
    product="WooCommerce",
    threads=("woocommerce/woocommerce#67354", "woocommerce/woocommerce#67931"),
    happened=(
        "A shopper whose pending order holds the last unit comes back with the same cart and is "
        "told that there is none. The change that let the own order's hold be passed over was "
        "reverted: then two orders of the shopper could be paid, in two windows, for one unit."
    ),
    why=(
        "Whose hold it is does not say whether it will still be used. Passing over it is right "
        "only if the old order can no longer be paid, and nothing ended it."
    ),
    mend=(
        "It was open after the revert. The mend here ends the old order in the transaction that "
        "makes the new one, by a guarded update: either the old one is paid, or the new one is."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of(
        (stock, {"sku": "tea", "available": 1}),
        (orders, {"id": "old order", "sku": "tea", "quantity": 1, "status": "PENDING"}),
        (holds, {"id": "old order", "sku": "tea", "quantity": 1, "status": "HELD"}),
    ),
    always=(never_oversold(1),),
    sometimes=(somebody_bought(), some_outcome("bought", "an order was paid")),
    breaks="never-oversold",
    broken=Variant({"window-1": pay_the_old_order, "window-2": check_out_beside_the_own_hold}),
    mended=Variant(
        {"window-1": pay_the_old_order, "window-2": check_out_in_place_of_the_old_order}
    ),
    figures=available_and_sold,
)
