"""Orders: placed, allocated, amended, cancelled, and waiting for what is not there yet.

Whoever changes an order locks its row first and the stock of its products after it, in their
order; so two commands for one order come one after the other, and two orders never wait for each
other in a circle. What is given back is what the line itself has, never what was ordered.

Three things that could be wrong: a cancelled order that gets units, units given back twice, and an
amendment that overtakes the one before it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from eventproof.simulator.context import Context, Transaction, at_least, equal, plus
from eventproof.simulator.errors import Refused
from eventproof.simulator.inventory.allocation import (
    SHORT,
    allocate_line,
    bound_of,
    command_of,
    fill_line,
    follow,
    lines_of,
    missing_of,
    pick,
    release_line,
    take_over,
)
from eventproof.simulator.inventory.quantities import demand_amounts
from eventproof.simulator.inventory.reservations import consume, one_line_a_product
from eventproof.simulator.inventory.sourcing import Sourcing
from eventproof.simulator.inventory.tables import (
    allocations,
    order_lines,
    orders,
    payments,
    reservations,
    shipments,
)

NOT_FOUND = 404
TOO_LATE = 409
"""The order has come too far, or the message is not the next one."""

PAID_FOR = ("PROCESSING", "COMPLETE")
"""The statuses of an order that is authorised or paid: its units may leave."""

ON_CANCELLING = {
    "AUTHORISED": "VOID_DUE",
    "CAPTURED": "REFUND_DUE",
    "PARTIALLY_REFUNDED": "REFUND_DUE",
}
"""What becomes of a payment when its order is cancelled: the money is owed back."""


async def place(
    tx: Transaction,
    order_id: str,
    *,
    customer_id: str,
    lines: Iterable[tuple[str, int]],
    amount: int,
    subscription_id: str | None = None,
) -> bool:
    """Write down an unpaid order, which has no units yet; whether it is new."""
    demand_amounts(amount)
    new = await tx.insert(
        orders,
        order_id=order_id,
        customer_id=customer_id,
        subscription_id=subscription_id,
        amount=amount,
        status="INCOMPLETE",
        payment="UNPAID",
        revision=1,
        version=1,
        on_conflict="nothing",
    )
    if new:
        for product, quantity in one_line_a_product(lines):
            await _insert_line(tx, order_id, product, quantity, "UNPAID")
    return new


async def allocate_order(
    tx: Transaction,
    order_id: str,
    *,
    partial: bool = False,
    backorder_up_to: int = 0,
    sourcing: Sourcing | None = None,
) -> None:
    """Bind units to every line that has too few. Again, it does nothing more.

    `Refused` 400 when something is short, unless so few units of it are owed to all orders that
    the rest can be backordered (`backorder_up_to`), or `partial` leaves it open. With `sourcing`,
    from the warehouses that it names instead of the shop's own stock; what they owe together
    counts.
    """
    order = await open_order(tx, order_id)
    for line in await lines_of(tx, order_id):
        await allocate_line(
            tx,
            order,
            line,
            partial=partial,
            backorder_up_to=backorder_up_to,
            sourcing=sourcing,
        )


async def cut_to_allocated(tx: Transaction, order_id: str) -> None:
    """The order wants no more than it has: for who takes what there is. 400 when that is none."""
    await open_order(tx, order_id)
    found = 0
    for line in await lines_of(tx, order_id):
        quantity = line.quantity - missing_of(line)
        found += quantity
        if quantity != line.quantity:
            await tx.update(order_lines, (order_id, line.product_id), quantity=quantity)
    if not found:
        raise Refused(SHORT)


async def allocate_held(
    tx: Transaction, order_id: str, reservation_id: str, *, cart_id: str, now_s: float
) -> bool:
    """Bind the units of a cart's reservation to its order; whether it was held and in time."""
    await open_order(tx, order_id)
    if not await consume(tx, reservation_id, cart_id=cart_id, now_s=now_s, order_id=order_id):
        return False
    row: Any = await tx.get(reservations, reservation_id)
    for product, quantity in json.loads(row.lines):
        await take_over(tx, order_id, product, quantity, row.warehouse_id)
    return True


async def release_order(tx: Transaction, order_id: str) -> None:
    """Take from every line what it has and has not shipped: a payment failed. The order stays.

    What is packed does not leave.
    """
    order = await open_order(tx, order_id)
    await _cancel_open_shipments(tx, order_id)
    for line in await lines_of(tx, order_id):
        await release_line(tx, order, line)


async def amend(
    tx: Transaction,
    order_id: str,
    *,
    revision: int,
    lines: Mapping[str, int],
    backorder_up_to: int = 0,
    sourcing: Sourcing | None = None,
) -> None:
    """Change the quantities of some lines; what is bound to a line follows, if anything is.

    More units come from where `sourcing` says, or are owed as in `allocate_order`; fewer go back
    to where they came from.

    `Refused` 409 where `revision` is not the next one, the order is cancelled, or more is shipped
    already; 400 where stock is short. Nothing is changed then.
    """
    demand_amounts(*lines.values())
    order = await open_order(tx, order_id)
    if revision != order.revision + 1:
        raise Refused(TOO_LATE, f"revision {revision} does not follow {order.revision}")
    await tx.update(orders, order_id, revision=revision)
    has = {line.product_id: line for line in await lines_of(tx, order_id)}
    bound = any(line.allocated + line.backordered + line.shipped for line in has.values())
    for product, quantity in sorted(lines.items()):
        if product not in has:
            status = "PAID" if order.status in PAID_FOR else "UNPAID"
            await _insert_line(tx, order_id, product, 0, status)
        line: Any = await tx.get(order_lines, (order_id, product))
        if quantity < line.shipped + line.picked:
            raise Refused(TOO_LATE, f"{line.shipped + line.picked} of {product} are on their way")
        status = _status_of(line, quantity)
        await tx.update(order_lines, (order_id, product), quantity=quantity, status=status)
        if bound:
            options: dict[str, Any] = {"backorder_up_to": backorder_up_to, "sourcing": sourcing}
            await follow(tx, order, line, quantity, **options)


async def cancel(tx: Transaction, order_id: str, *, reason: str) -> bool:
    """Cancel an order that has not left the house; whether it was not cancelled before.

    Units that have not shipped become available; authorised money is to be voided, captured money
    to be refunded. `Refused` 409 where everything is shipped: that is for a return.
    """
    order: Any = await tx.get_for_update(orders, order_id)
    if order is None:
        raise Refused(NOT_FOUND)
    if order.status == "CANCELLED":
        return False
    lines = await lines_of(tx, order_id)
    left = [line.shipped == line.quantity for line in lines if line.quantity]
    if left and all(left):
        raise Refused(TOO_LATE, "the order is shipped")
    await release_order(tx, order_id)
    for line in await lines_of(tx, order_id):
        status = "SHIPPED" if line.shipped else "CANCELLED"
        key = (order_id, line.product_id)
        await tx.update(order_lines, key, status=status, quantity=line.shipped or line.quantity)
    for payment in await tx.select(payments, equal(order_id=order_id)):
        if payment.status in ON_CANCELLING:
            due = ON_CANCELLING[payment.status]
            await tx.update(payments, payment.payment_id, status=due)
    await tx.update(orders, order_id, status="CANCELLED", reason=reason)
    return True


async def cancel_subscription(ctx: Context, subscription_id: str) -> tuple[str, ...]:
    """Cancel the subscription's orders that have not left the house; which were cancelled now."""
    async with ctx.transaction() as tx:
        found = await tx.select(orders, equal(subscription_id=subscription_id))
    cancelled = []
    for order in found:
        try:
            async with ctx.transaction() as tx:
                if await cancel(tx, order.order_id, reason="SUBSCRIPTION_CANCELLED"):
                    cancelled.append(order.order_id)
        except Refused:
            continue  # shipped: what is on its way is delivered
    return tuple(cancelled)


async def fill_backorders(
    ctx: Context, product: str, *, warehouse: str | None = None
) -> tuple[tuple[str, int], ...]:
    """Give what is available to the lines that wait, who waits longest first; who got how much.

    At one place: the shop's own stock, or a warehouse, after a delivery, a transfer or a return
    has come there. Also how the units of a fraudulent order reach others: cancel it, then fill.
    """
    table, place = order_lines, equal(product_id=product)
    if warehouse is not None:
        table, place = allocations, place + equal(warehouse_id=warehouse)
    async with ctx.transaction() as tx:
        waiting = await tx.select(
            table, place + at_least(backordered=1), order_by=("waits_since",)
        )
    filled = []
    for row in waiting:
        async with ctx.transaction() as tx:
            quantity = await _fill(tx, row.order_id, product, warehouse)
        if quantity == 0:
            break
        if quantity is not None:
            filled.append((row.order_id, quantity))
    return tuple(filled)


async def open_order(tx: Transaction, order_id: str) -> Any:
    """The order, locked and with a new version. `Refused` 404 or 409 (it is cancelled)."""
    if not await tx.update(orders, order_id, version=plus(1)):
        raise Refused(NOT_FOUND)
    order: Any = await tx.get(orders, order_id)
    if order.status == "CANCELLED":
        raise Refused(TOO_LATE, "the order is cancelled")
    return order


def _status_of(line: Any, quantity: int) -> str:
    """A shipped line that wants more is open again; one that wants no more is shipped."""
    if line.status in ("PAID", "SHIPPED"):
        return "SHIPPED" if line.shipped and line.shipped == quantity else "PAID"
    status: str = line.status
    return status


async def _insert_line(
    tx: Transaction, order_id: str, product: str, quantity: int, status: str
) -> None:
    counts = ("allocated", "backordered", "picked", "shipped", "returned", "restocked")
    values: dict[str, Any] = {"quantity": quantity, "status": status, **dict.fromkeys(counts, 0)}
    await tx.insert(order_lines, order_id=order_id, product_id=product, **values)


async def _fill(tx: Transaction, order_id: str, product: str, warehouse: str | None) -> int | None:
    """How much the line got; None where it waits for nothing there any more."""
    order: Any = await tx.get_for_update(orders, order_id)
    line: Any = await tx.get(order_lines, (order_id, product))
    waiting = [at.waiting for at in await bound_of(tx, line) if at.warehouse == warehouse]
    if order.status == "CANCELLED" or not any(waiting):
        return None
    return await fill_line(tx, await open_order(tx, order_id), line, warehouse)


async def _cancel_open_shipments(tx: Transaction, order_id: str) -> None:
    for shipment in await tx.select(shipments, equal(order_id=order_id, status="CREATED")):
        await tx.update(shipments, shipment.shipment_id, status="CANCELLED")
        for product, quantity in json.loads(shipment.lines):
            line: Any = await tx.get(order_lines, (order_id, product))
            await pick(tx, line, shipment.warehouse_id, -quantity)


__all__ = [
    "allocate_held",
    "allocate_order",
    "amend",
    "cancel",
    "cancel_subscription",
    "command_of",
    "cut_to_allocated",
    "fill_backorders",
    "lines_of",
    "open_order",
    "place",
    "release_order",
]
