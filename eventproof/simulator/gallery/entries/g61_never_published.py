"""G61: a cancellation is stored, and the process ends before it is told."""

from __future__ import annotations

from eventproof.simulator.context import Context, equal
from eventproof.simulator.gallery.race import Race, Variant, found, rows_of, total
from eventproof.simulator.gallery.shop import (
    at_the_end,
    give_back,
    metadata,
    movements,
    orders,
    some_outcome,
    stock,
)
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import View


async def cancel_then_publish(customer: Customer, ctx: Context) -> str:
    """Cancel the order and log the event; then send it."""
    async with ctx.transaction() as tx:
        await tx.update(orders, "order", status="CANCELLED")
        await tx.insert(movements, id="order cancelled", sku="tea", delta=0)
    if await ctx.call("process", "goes on") == "no":
        return "crashed"
    await _deliver(ctx)
    return "cancelled"


async def cancel_and_leave_it(customer: Customer, ctx: Context) -> str:
    """Cancel the order and log the event; sending it is the relay's business."""
    async with ctx.transaction() as tx:
        await tx.update(orders, "order", status="CANCELLED")
        await tx.insert(movements, id="order cancelled", sku="tea", delta=0)
    await ctx.call("process", "goes on")
    return "cancelled"


async def idle(customer: Customer, ctx: Context) -> str:
    """No relay is running."""
    await ctx.sleep(1)
    return f"{customer.name} ended"


async def relay(customer: Customer, ctx: Context) -> str:
    """Send what is logged, looking again until the order's end is in the log."""
    await ctx.sleep(1)
    async with ctx.transaction() as tx:
        await tx.get_for_update(orders, "order")
        logged = await tx.get(movements, "order cancelled")
    if logged is None:
        return "nothing to relay yet"
    await _deliver(ctx)
    return f"{customer.name} ended"


async def _deliver(ctx: Context) -> None:
    """What the inventory does with the event: it puts the unit back, once."""
    async with ctx.transaction() as tx:
        unsent = equal(delta=0)
        if await tx.update(movements, "order cancelled", guard=unsent, delta=1):
            await give_back(tx)


def never_told(view: View) -> str | None:
    """I14: when all is done, what was logged was delivered."""
    logged = found(view, "movements", "order cancelled")
    if logged is None or logged.delta == 1 or "nothing to relay yet" in view.outcomes:
        return None
    return "the order is cancelled, and the inventory was never told."


RACE = Race(
    id="G61",
    title="An event is stored with its order, and never published",
    product="eShop",
    threads=("dotnet/eShop#159",),
    happened=(
        "Cancelling an order stores an event in the log table, as an outbox demands. The event is "
        "never published, and the stock of the order is never given back."
    ),
    why=(
        "Writing the event beside the data is half of an outbox. The other half, somebody who "
        "sends what is written and not yet sent, is not there; sending it from the request alone "
        "fails with the request."
    ),
    mend=(
        "The report is acknowledged, without a mend that was seen. The standard one is a relay "
        "that sends what the log has, as often as need be, to consumers that handle each event "
        "once."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of(
        (stock, {"sku": "tea", "available": 0}),
        (orders, {"id": "order", "sku": "tea", "quantity": 1, "status": "PAID"}),
    ),
    always=(at_the_end("what-is-logged-is-told", 2, never_told),),
    sometimes=(some_outcome("cancelled", "the order was cancelled"),),
    breaks="what-is-logged-is-told",
    broken=Variant({"customer service": cancel_then_publish, "relay": idle}),
    mended=Variant({"customer service": cancel_and_leave_it, "relay": relay}),
    outcomes={"process": ("yes", "no")},
    figures=lambda view: {"available": total(view, "stock", "available")},
)
