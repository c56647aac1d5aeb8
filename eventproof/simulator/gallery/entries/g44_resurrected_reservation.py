"""G44: the undoing of a failed edit revives a reservation that was consumed."""

from __future__ import annotations

from eventproof.simulator.context import Context, equal
from eventproof.simulator.gallery.race import Race, Variant, found, rows_of
from eventproof.simulator.gallery.shop import holds, metadata, orders, some_outcome
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import Always, View


async def edit(customer: Customer, ctx: Context) -> str:
    """Edit the order: release its reservation; the edit fails, so put it back as it was."""
    async with ctx.transaction() as tx:
        await tx.update(holds, "order", status="RELEASED")
    async with ctx.transaction() as tx:
        await tx.update(holds, "order", status="HELD")
    return "edit undone"


async def edit_what_is_held(customer: Customer, ctx: Context) -> str:
    """The same on a reservation that is held; only what this edit released is put back."""
    async with ctx.transaction() as tx:
        if not await tx.update(holds, "order", guard=equal(status="HELD"), status="RELEASED"):
            return "nothing to edit"
    async with ctx.transaction() as tx:
        await tx.update(holds, "order", guard=equal(status="RELEASED"), status="HELD")
    return "edit undone"


async def fulfil(customer: Customer, ctx: Context) -> str:
    """Ship the order and consume its reservation."""
    async with ctx.transaction() as tx:
        if not await tx.update(holds, "order", guard=equal(status="HELD"), status="CONSUMED"):
            return "not now"
        await tx.update(orders, "order", status="SHIPPED")
    return "shipped"


def shipped_and_held(view: View) -> str | None:
    """I2: an order that was shipped holds nothing."""
    order, hold = found(view, "orders", "order"), found(view, "holds", "order")
    if order.status != "SHIPPED" or hold.status == "CONSUMED":
        return None
    return f"the order is shipped, and its reservation is {hold.status.lower()} again."


RACE = Race(
    id="G44",
    title="Undoing a failed edit revives a reservation that was consumed",
    product="Medusa",
    threads=(
        "medusajs/medusa#16406",
        "medusajs/medusa#16441",
        "medusajs/medusa#16465",
    ),
    happened=(
        "The price of an order is edited. The edit releases and makes anew the reservation of the "
        "whole line, fails, and is compensated: reservations that a shipment has consumed are "
        "there again."
    ),
    why=(
        "The compensation writes the state that it believes was there before. It does not know "
        "what happened to the reservation meanwhile, nor whether there was one to release."
    ),
    mend=(
        "The edit leaves reservations alone unless a quantity changes, and the compensation "
        "restores exactly what it has deleted. Here both are guarded updates."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of(
        (orders, {"id": "order", "sku": "tea", "quantity": 1, "status": "PAID"}),
        (holds, {"id": "order", "sku": "tea", "quantity": 1, "status": "HELD"}),
    ),
    always=(Always("consumed-stays-consumed", shipped_and_held, sees_outcomes=False),),
    sometimes=(
        some_outcome("shipped", "the order was shipped"),
        some_outcome("edit undone", "an edit was undone"),
    ),
    breaks="consumed-stays-consumed",
    broken=Variant({"edit": edit, "fulfilment": fulfil}),
    mended=Variant({"edit": edit_what_is_held, "fulfilment": fulfil}),
)
