"""G32: the confirmation and the webhook both capture the payment."""

from __future__ import annotations

from eventproof.simulator.context import Context, equal, plus
from eventproof.simulator.gallery.race import Race, Variant, rows_of, total
from eventproof.simulator.gallery.shop import metadata, payments, some_outcome
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import Always, View


async def process(customer: Customer, ctx: Context) -> str:
    """Capture at the provider if the payment is authorised, and write that down."""
    async with ctx.transaction() as tx:
        payment = await tx.get(payments, "payment")
    if payment is None or payment.status != "AUTHORIZED":
        return f"{customer.name} came late"
    await ctx.call("provider", "capture")
    async with ctx.transaction() as tx:
        await tx.update(payments, "payment", status="CAPTURED", captured=plus(1))
    return "captured"


async def claim_and_process(customer: Customer, ctx: Context) -> str:
    """Claim the payment first: who does not get it leaves it alone."""
    async with ctx.transaction() as tx:
        mine = equal(status="AUTHORIZED")
        if not await tx.update(payments, "payment", guard=mine, status="CAPTURING"):
            return f"{customer.name} came late"
    await ctx.call("provider", "capture")
    async with ctx.transaction() as tx:
        await tx.update(payments, "payment", status="CAPTURED", captured=plus(1))
    return "captured"


def captured_twice(view: View) -> str | None:
    """I4: one payment is captured at most once."""
    times = total(view, "payments", "captured")
    return f"one payment was captured {times} times." if times > 1 else None


RACE = Race(
    id="G32",
    title="Confirmation and webhook both capture one payment",
    product="Medusa",
    threads=("medusajs/medusa#13301",),
    happened=(
        "Confirming a payment and the provider's webhook both run the processing of it. Depending "
        "on who is first, orders are missing or the payment is captured twice."
    ),
    why=(
        "The call to the provider lies between reading that the payment is authorised and writing "
        "that it is captured, and takes long. Whoever reads in between calls as well."
    ),
    mend=(
        "The thread is acknowledged, without a mend that was seen. The standard one claims the "
        "payment by a guarded update before the provider is called."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of((payments, {"id": "payment", "status": "AUTHORIZED", "captured": 0})),
    always=(Always("captured-once", captured_twice, sees_outcomes=False),),
    sometimes=(some_outcome("captured", "the payment was captured"),),
    breaks="captured-once",
    broken=Variant({"confirmation": process, "webhook": process}),
    mended=Variant({"confirmation": claim_and_process, "webhook": claim_and_process}),
    outcomes={"provider": ("done",)},
    figures=lambda view: {"captured": total(view, "payments", "captured")},
)
