"""G24: what others have reserved is left out of what is shown."""

from __future__ import annotations

from eventproof.simulator.context import Context, equal
from eventproof.simulator.gallery.race import Race, Variant, rows_of, total
from eventproof.simulator.gallery.shop import holds, metadata, some_outcome, stock
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import Always, View


async def browse_and_reserve(customer: Customer, ctx: Context) -> str:
    """Shown as in stock by quantity less allocated; reserved by what is really free."""
    async with ctx.transaction() as tx:
        level = await tx.get(stock, "tea")
        assert level is not None
        shown = level.available - level.allocated > 0
    if not shown:
        return "seen as gone"
    return await _reserve(customer, ctx)


async def browse_by_what_is_free(customer: Customer, ctx: Context) -> str:
    """Shown by the rule by which it is reserved."""
    async with ctx.transaction() as tx:
        level = await tx.get(stock, "tea")
        held = await tx.select(holds, where=equal(status="HELD"))
        assert level is not None
    if level.available - level.allocated - len(held) < 1:
        return "seen as gone"
    return await _reserve(customer, ctx)


async def _reserve(customer: Customer, ctx: Context) -> str:
    async with ctx.transaction() as tx:
        level = await tx.get_for_update(stock, "tea")
        held = await tx.select(holds, where=equal(status="HELD"))
        assert level is not None
        if level.available - level.allocated - len(held) < 1:
            return "cannot be reserved"
        await tx.insert(holds, id=customer.name, sku="tea", quantity=1, status="HELD")
    return "reserved"


async def release(customer: Customer, ctx: Context) -> str:
    """Another cart gives its unit up, at some time."""
    async with ctx.transaction() as tx:
        await tx.update(holds, "other", status="RELEASED")
    return f"{customer.name} ran"


def promised(view: View) -> str | None:
    """I11: what is shown as in stock can be reserved, as long as nobody else comes."""
    if "cannot be reserved" not in view.outcomes:
        return None
    return "1 of tea is shown as in stock, and cannot be reserved."


RACE = Race(
    id="G24",
    title="A product is shown as in stock that others have reserved",
    product="Saleor",
    threads=("saleor/saleor#10877",),
    happened=(
        "The filter for products in stock counts the quantity less what is allocated. "
        "Reservations of other checkouts are left out of it: the product is listed, and cannot be "
        "put into a cart."
    ),
    why=(
        "Two places compute what is free, by two rules, and one of them is older than "
        "reservations."
    ),
    mend=(
        "The thread names no mend. The standard one: what is shown is computed by the rule by "
        "which it is reserved."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of(
        (stock, {"sku": "tea", "available": 1, "allocated": 0}),
        (holds, {"id": "other", "sku": "tea", "quantity": 1, "status": "HELD"}),
    ),
    always=(Always("what-is-shown-can-be-reserved", promised),),
    sometimes=(some_outcome("reserved", "it was reserved"),),
    breaks="what-is-shown-can-be-reserved",
    broken=Variant({"customer-1": browse_and_reserve, "other cart": release}),
    mended=Variant({"customer-1": browse_by_what_is_free, "other cart": release}),
    figures=lambda view: {"held": total(view, "holds", "quantity", "HELD")},
)
