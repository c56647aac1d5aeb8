"""Payments: what a provider says, whenever and however often it says it.

An order may have several. Its units are bound before the first is asked for, and go back when none
is left that could still be paid. Whatever the provider says arrives at `settle`: the answer to the
request, a webhook, late, twice, or after a time-out that left the outcome unknown.

Three things that could be wrong: money taken for an order that has no units, an outcome applied
twice, and money kept for an order that was cancelled meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from eventproof.simulator.context import Context, Transaction, equal, plus
from eventproof.simulator.errors import Refused
from eventproof.simulator.inventory.allocation import lines_of
from eventproof.simulator.inventory.messaging import first_time
from eventproof.simulator.inventory.orders import (
    ON_CANCELLING,
    PAID_FOR,
    TOO_LATE,
    allocate_order,
    open_order,
    release_order,
)
from eventproof.simulator.inventory.quantities import INVALID, demand_amounts
from eventproof.simulator.inventory.sourcing import Sourcing
from eventproof.simulator.inventory.tables import order_lines, orders, payments

BINDING = ("PENDING", "UNKNOWN", "AUTHORISED", "CAPTURED", "PARTIALLY_REFUNDED")
"""While an order has such a payment, its units stay bound: it may still be paid for."""

OUTCOMES = {"approve": "AUTHORISED", "decline": "DECLINED", "time out": "UNKNOWN"}
"""What a provider may answer, and what the payment is then."""

BECOMES = {
    "PENDING": ("AUTHORISED", "CAPTURED", "DECLINED", "UNKNOWN"),
    "UNKNOWN": ("AUTHORISED", "CAPTURED", "DECLINED"),
    "AUTHORISED": ("CAPTURED",),
    "VOID_DUE": ("CAPTURED",),
    "DECLINED": ("AUTHORISED", "CAPTURED"),
    "VOIDED": ("CAPTURED",),
}
"""What may become of a payment; anything else that is said of it is late or said twice."""

GIVEN_UP = ("DECLINED", "VOIDED", "VOID_DUE")
"""Nobody reckons with such a payment any more: money that comes after all is owed back."""

_ORDER_STATUS = {"PAID": "COMPLETE", "AUTHORISED": "PROCESSING"}


async def pay(
    ctx: Context,
    order_id: str,
    payment_id: str,
    amount: int,
    *,
    backorder_up_to: int = 0,
    sourcing: Sourcing | None = None,
) -> str:
    """Bind the units, ask the provider, and settle what it says; the payment's status.

    `Refused` 400 before any money moves when stock is short.
    """
    async with ctx.transaction() as tx:
        await begin(
            tx, payment_id, order_id, amount, backorder_up_to=backorder_up_to, sourcing=sourcing
        )
    outcome = outcome_of(await ctx.call("payment", "authorise"))
    async with ctx.transaction() as tx:
        await settle(tx, payment_id, outcome)
        payment: Any = await tx.get(payments, payment_id)
    status: str = payment.status
    return status


def outcome_of(answer: str) -> str:
    """What becomes of a payment by a provider's answer; one that is none leaves it unknown."""
    return OUTCOMES.get(answer, "UNKNOWN")


async def begin(
    tx: Transaction,
    payment_id: str,
    order_id: str,
    amount: int,
    *,
    backorder_up_to: int = 0,
    sourcing: Sourcing | None = None,
    bind: bool = True,
) -> bool:
    """Bind the order's units and write the payment down, before it is asked for.

    Whether it was not begun before. Without `bind`, who takes the money first binds later.
    `Refused` 400 when stock is short, 409 when the order is cancelled or less is left to pay.
    """
    demand_amounts(amount)
    order = await open_order(tx, order_id)
    if await tx.get(payments, payment_id) is not None:
        return False
    paid = _money_of(await tx.select(payments, equal(order_id=order_id)))
    left = 0 if order.status in PAID_FOR else order.amount - paid
    if amount > left or order.status in PAID_FOR:
        raise Refused(TOO_LATE, f"{left} is left to pay")
    begun = await tx.insert(
        payments,
        payment_id=payment_id,
        order_id=order_id,
        amount=amount,
        captured=0,
        refunded=0,
        status="PENDING",
        on_conflict="nothing",
    )
    if begun and bind:
        await allocate_order(tx, order_id, backorder_up_to=backorder_up_to, sourcing=sourcing)
    if begun:
        await _sum_up(tx, order_id)
    return begun


async def settle(tx: Transaction, payment_id: str, outcome: str) -> bool:
    """Apply what the provider says of a payment; whether it says anything new.

    Where the order was cancelled meanwhile, has its money from elsewhere, or nobody reckoned with
    this any more, the money is to be given back.
    """
    known: Any = await tx.get(payments, payment_id)
    if known is None:
        raise Refused(404)
    order: Any = await tx.get_for_update(orders, known.order_id)
    payment: Any = await tx.get_for_update(payments, payment_id)
    if outcome not in BECOMES.get(payment.status, ()):
        return False
    captured = payment.amount if outcome == "CAPTURED" else 0
    owed_back = payment.status in GIVEN_UP or await _beyond(tx, order, payment)
    if order.status == "CANCELLED" or owed_back:
        outcome = ON_CANCELLING.get(outcome, outcome)
    await tx.update(payments, payment_id, status=outcome, captured=captured)
    await _unless_cancelled(tx, order.order_id)
    return True


async def capture(tx: Transaction, payment_id: str, *, succeeded: bool = True) -> bool:
    """The authorised money is taken, or that failed and it stays authorised; whether it is taken.

    The units stay bound either way. What is not authorised, or owed back, is not taken.
    """
    payment = await _locked(tx, payment_id)
    if not succeeded or payment.status != "AUTHORISED":
        return False
    return await settle(tx, payment_id, "CAPTURED")


async def void(tx: Transaction, payment_id: str) -> bool:
    """The authorised money is let go; whether it was not before."""
    payment = await _locked(tx, payment_id)
    if payment.status not in ("AUTHORISED", "VOID_DUE"):
        return False
    await tx.update(payments, payment_id, status="VOIDED")
    await _unless_cancelled(tx, payment.order_id)
    return True


async def refund(tx: Transaction, payment_id: str, amount: int, *, refund_id: str) -> bool:
    """Captured money goes back; whether this refund is new. `Refused` 409 beyond what was taken.

    The units of an order that was paid are not touched: they come back by a return, or by
    cancelling. 400 for no money.
    """
    demand_amounts(amount)
    if not amount:
        raise Refused(INVALID, "Your request was invalid")
    payment = await _locked(tx, payment_id)
    if not await first_time(tx, f"refund:{refund_id}"):
        return False
    refunded = payment.refunded + amount
    if refunded > payment.captured:
        raise Refused(TOO_LATE, f"{payment.captured - payment.refunded} is left to refund")
    status = "REFUND_DUE" if payment.status == "REFUND_DUE" else "PARTIALLY_REFUNDED"
    if refunded == payment.captured:
        status = "REFUNDED"
    await tx.update(payments, payment_id, status=status, refunded=plus(amount))
    await _unless_cancelled(tx, payment.order_id)
    return True


async def _locked(tx: Transaction, payment_id: str) -> Any:
    known: Any = await tx.get(payments, payment_id)
    if known is None:
        raise Refused(404)
    await tx.get_for_update(orders, known.order_id)
    return await tx.get_for_update(payments, payment_id)


async def _unless_cancelled(tx: Transaction, order_id: str) -> None:
    order: Any = await tx.get(orders, order_id)
    if order.status != "CANCELLED":
        await _sum_up(tx, order_id)


async def _beyond(tx: Transaction, order: Any, payment: Any) -> bool:
    """Whether the payment's money is more than the order costs, with what others have paid."""
    found = await tx.select(payments, equal(order_id=order.order_id))
    others = _money_of(p for p in found if p.payment_id != payment.payment_id)
    return bool(others) and others + payment.amount > order.amount


async def _sum_up(tx: Transaction, order_id: str) -> None:
    """The order's statuses follow its payments; its units go when nobody can pay for it.

    An order that was paid once stays so: what is refunded later is for its returns.
    """
    order: Any = await tx.get(orders, order_id)
    if order.status == "COMPLETE":
        return
    found = await tx.select(payments, equal(order_id=order_id))
    status = payment_status(order.amount, found)
    if not any(payment.status in BINDING for payment in found):
        await release_order(tx, order_id)
    await tx.update(
        orders, order_id, payment=status, status=_ORDER_STATUS.get(status, "INCOMPLETE")
    )
    line_status = "PAID" if status in _ORDER_STATUS else "UNPAID"
    for line in await lines_of(tx, order_id):
        if line.status in ("PAID", "UNPAID") and line.status != line_status:
            await tx.update(order_lines, (order_id, line.product_id), status=line_status)


def payment_status(amount: int, found: Iterable[Any]) -> str:
    """The payment status of an order over `amount`, from its payments."""
    paying = [payment for payment in found if payment.status in BINDING]
    captured = [p for p in paying if p.status in ("CAPTURED", "PARTIALLY_REFUNDED")]
    authorised = [p for p in paying if p.status == "AUTHORISED"]
    if captured and _money_of(captured) >= amount:
        return "PAID"
    if authorised and _money_of(paying) >= amount:
        return "AUTHORISED"
    if captured:
        return "PARTIALLY_PAID"
    if authorised:
        return "PARTIALLY_AUTHORISED"
    pending = any(payment.status in ("PENDING", "UNKNOWN") for payment in paying)
    return "PENDING" if pending else "UNPAID"


def _money_of(found: Iterable[Any]) -> int:
    """Money that payments hold for their order: taken and not given back, or authorised."""
    held: int = sum(
        p.amount if p.status == "AUTHORISED" else p.captured - p.refunded
        for p in found
        if p.status in BINDING
    )
    return held


__all__ = [
    "begin",
    "capture",
    "outcome_of",
    "pay",
    "payment_status",
    "refund",
    "settle",
    "void",
]
