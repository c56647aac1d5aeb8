"""Fulfilment: shipments of a part or all of an order, and what comes back.

A shipment is made of allocated units, which stay allocated until it leaves; cancelled before, they
are allocated still. Returned units are in the house again, and for sale only when restocked.

Three things that could be wrong: a unit in two shipments, a cancelled shipment whose units become
available although the order still wants them, and more coming back than left.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from eventproof.simulator.context import Transaction, equal, plus
from eventproof.simulator.errors import Refused
from eventproof.simulator.inventory.allocation import bound_of, leave, lines_of, pick
from eventproof.simulator.inventory.ledger import book
from eventproof.simulator.inventory.messaging import first_time
from eventproof.simulator.inventory.orders import NOT_FOUND, PAID_FOR, TOO_LATE, open_order
from eventproof.simulator.inventory.reservations import one_line_a_product
from eventproof.simulator.inventory.tables import order_lines, orders, shipments

NOT_KEPT = 422


async def create_shipment(
    tx: Transaction,
    shipment_id: str,
    order_id: str,
    lines: Iterable[tuple[str, int]],
    *,
    warehouse: str | None = None,
) -> bool:
    """Pick allocated units for a shipment, of one warehouse or the shop's own; whether it is new.

    `Refused` 409 where the order is not authorised or paid, or has not so many allocated units
    that are in no other shipment.
    """
    order = await open_order(tx, order_id)
    if order.status not in PAID_FOR:
        raise Refused(TOO_LATE, "the order is not paid")
    wanted = one_line_a_product(lines)
    new = await tx.insert(
        shipments,
        shipment_id=shipment_id,
        order_id=order_id,
        lines=json.dumps(wanted),
        status="CREATED",
        warehouse_id=warehouse,
        on_conflict="nothing",
    )
    if not new:
        return False
    for product, quantity in wanted:
        line: Any = await tx.get(order_lines, (order_id, product))
        bound = await bound_of(tx, line) if line is not None else []
        if quantity > sum(at.unpicked for at in bound if at.warehouse == warehouse):
            raise Refused(TOO_LATE, f"too few of {product} are allocated")
        await pick(tx, line, warehouse, quantity)
    return True


async def dispatch(tx: Transaction, shipment_id: str) -> bool:
    """The shipment leaves the house: allocated and total shrink. Whether it left now."""
    shipment, order = await _open_shipment(tx, shipment_id)
    if not await _becomes(tx, shipment_id, "SHIPPED"):
        return False
    for product, quantity in json.loads(shipment.lines):
        shipped: Any = await tx.get(order_lines, (order.order_id, product))
        await leave(tx, order, shipped, shipment.warehouse_id, quantity)
    for line in await lines_of(tx, order.order_id):
        if line.status == "PAID" and line.shipped == line.quantity:
            await tx.update(order_lines, (order.order_id, line.product_id), status="SHIPPED")
    return True


async def cancel_shipment(tx: Transaction, shipment_id: str) -> bool:
    """The shipment does not leave; its units are allocated still. Whether it was cancelled now."""
    shipment, order = await _open_shipment(tx, shipment_id)
    if not await _becomes(tx, shipment_id, "CANCELLED"):
        return False
    for product, quantity in json.loads(shipment.lines):
        line: Any = await tx.get(order_lines, (order.order_id, product))
        await pick(tx, line, shipment.warehouse_id, -quantity)
    return True


async def receive_return(
    tx: Transaction,
    return_id: str,
    order_id: str,
    lines: Iterable[tuple[str, int]],
    *,
    restock: bool,
    warehouse: str | None = None,
) -> bool:
    """Shipped units came back, for sale again if `restock`; whether this return is new.

    They come to `warehouse`, else to the shop's own stock. `Refused` 409 where more would be back
    than left, 422 where the product is not kept.
    """
    order: Any = await tx.get_for_update(orders, order_id)
    if order is None:
        raise Refused(NOT_FOUND)
    if not await first_time(tx, f"return:{return_id}"):
        return False
    for product, quantity in one_line_a_product(lines):
        line: Any = await tx.get(order_lines, (order_id, product))
        if line is None or line.returned + quantity > line.shipped:
            raise Refused(TOO_LATE, f"too few of {product} have left")
        restocked = quantity if restock else 0
        if restocked and not await book(
            tx,
            "restock",
            product,
            quantity,
            command=return_id,
            cause=order_id,
            warehouse=warehouse,
        ):
            raise Refused(NOT_KEPT, f"{product} is not kept there")
        await tx.update(
            order_lines, (order_id, product), returned=plus(quantity), restocked=plus(restocked)
        )
    return True


def fulfilment_of(lines: Iterable[Any]) -> str:
    """How far an order's lines have been shipped: UNFULFILLED, PARTIALLY_FULFILLED or FULFILLED.

    RETURNED once all that left is back.
    """
    counts = [(line.quantity, line.shipped, line.returned) for line in lines]
    if not any(shipped for _, shipped, _ in counts):
        return "UNFULFILLED"
    if any(shipped < quantity for quantity, shipped, _ in counts):
        return "PARTIALLY_FULFILLED"
    return "RETURNED" if all(r == s for _, s, r in counts) else "FULFILLED"


async def _open_shipment(tx: Transaction, shipment_id: str) -> tuple[Any, Any]:
    """The shipment, and its order, locked and with a new version."""
    shipment: Any = await tx.get(shipments, shipment_id)
    if shipment is None:
        raise Refused(NOT_FOUND)
    await tx.update(orders, shipment.order_id, version=plus(1))
    return shipment, await tx.get(orders, shipment.order_id)


async def _becomes(tx: Transaction, shipment_id: str, status: str) -> bool:
    return await tx.update(shipments, shipment_id, status=status, guard=equal(status="CREATED"))


__all__ = [
    "cancel_shipment",
    "create_shipment",
    "dispatch",
    "fulfilment_of",
    "receive_return",
]
