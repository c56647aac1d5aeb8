"""Replenishment: orders to suppliers when stock runs low, and what is to be told of a level.

A product is reordered when what is available and what is coming, less what is owed, are no more
than its reorder point; and so many lots of its reorder quantity that they are more again. The look
and the order are one transaction that locks the product's row, so a second trigger sees the units
that the first has ordered, and orders none. All of it is of one level: the shop's own stock, or a
warehouse's.

Three things that could be wrong: two orders for one shortage, units received twice, and an event
that is told again though nothing crossed its mark.
"""

from __future__ import annotations

from typing import Any

from eventproof.simulator.context import Transaction, plus
from eventproof.simulator.errors import Refused
from eventproof.simulator.inventory.ledger import Level, book
from eventproof.simulator.inventory.messaging import first_time, put_out
from eventproof.simulator.inventory.quantities import Quantities, demand_amounts, quantities_of
from eventproof.simulator.inventory.tables import (
    level_of,
    purchase_orders,
    reorder_rules,
    warehouse_reorder_rules,
)

OUT_OF_STOCK, BACK_IN_STOCK, LOW_STOCK = "OutOfStock", "BackInStock", "LowStock"


def stock_events(before: Quantities, after: Quantities, *, low: int = 0) -> tuple[str, ...]:
    """What a change of a level is to be told as: only a mark that it has crossed.

    `low` is the number of available units at which stock is low; 0: never.
    """
    was, is_now = before.available, after.available
    events = []
    if was > 0 >= is_now:
        events.append(OUT_OF_STOCK)
    if is_now > 0 >= was:
        events.append(BACK_IN_STOCK)
    if was > low >= is_now > 0:
        events.append(LOW_STOCK)
    return tuple(events)


async def tell_crossings(
    tx: Transaction,
    product: str,
    before: Quantities,
    *,
    low: int = 0,
    warehouse: str | None = None,
) -> tuple[str, ...]:
    """Write the events of this transaction's change of a level down, in the outbox; which.

    `before` is the level before the change. The payload of each is the product, the warehouse if
    it is one's, and what is now available.
    """
    table, key = level_of(product, warehouse)
    level: Any = await tx.get(table, key)
    after = quantities_of(level) or Quantities()
    events = stock_events(before, after, low=low)
    place = {"product": product} | ({"warehouse": warehouse} if warehouse is not None else {})
    for number, event in enumerate(events):
        name = f"{event}:{Level(product, warehouse)}"
        await put_out(
            tx,
            f"{name}:{level.version}",
            {"event": event, **place, "available": after.available},
            entity=name,
            revision=level.version + number,
        )
    return events


async def reorder(
    tx: Transaction, product: str, *, warehouse: str | None = None, now_s: float = 0.0
) -> str | None:
    """Order from the supplier if the product's rule says so; the purchase order's id, or None."""
    table, key = level_of(product, warehouse)
    rules = reorder_rules if warehouse is None else warehouse_reorder_rules
    rule: Any = await tx.get(rules, key)
    level_row: Any = await tx.get_for_update(table, key)
    level = quantities_of(level_row)
    if rule is None or level is None:
        return None
    position = level.available + level.incoming - level.backordered
    if position > rule.reorder_point:
        return None
    lots = (rule.reorder_point - position) // rule.reorder_quantity + 1
    quantity = lots * rule.reorder_quantity
    identity = f"{Level(product, warehouse)}#{level_row.version + 1}"
    await book(tx, "expect", product, quantity, command=identity, warehouse=warehouse)
    await tx.insert(
        purchase_orders,
        purchase_order_id=identity,
        product_id=product,
        quantity=quantity,
        received=0,
        due_s=now_s + rule.lead_time_s,
        status="SENT",
        warehouse_id=warehouse,
    )
    return identity


async def receive(
    tx: Transaction, purchase_order_id: str, quantity: int, *, delivery_id: str
) -> Quantities | None:
    """Units of a purchase order came in; the level after, or None for a delivery known already.

    `Refused` 404 and 409: no such order, or more than is still to come.
    """
    demand_amounts(quantity)
    order: Any = await tx.get_for_update(purchase_orders, purchase_order_id)
    if order is None:
        raise Refused(404)
    if not await first_time(tx, f"delivery:{delivery_id}"):
        return None
    received = order.received + quantity
    if order.status == "CLOSED" or received > order.quantity:
        raise Refused(409, f"no {quantity} of {order.product_id} are still to come")
    status = "RECEIVED" if received == order.quantity else "PARTIALLY_RECEIVED"
    await tx.update(purchase_orders, purchase_order_id, received=plus(quantity), status=status)
    return await book(
        tx,
        "receive",
        order.product_id,
        quantity,
        command=delivery_id,
        cause=purchase_order_id,
        warehouse=order.warehouse_id,
    )


async def close(tx: Transaction, purchase_order_id: str) -> int:
    """The rest will not come; how many units that is."""
    order: Any = await tx.get_for_update(purchase_orders, purchase_order_id)
    if order is None or order.status == "CLOSED" or order.received == order.quantity:
        return 0
    missing: int = order.quantity - order.received
    place = {"command": purchase_order_id, "warehouse": order.warehouse_id}
    await book(tx, "expect_cancel", order.product_id, missing, **place)
    await tx.update(purchase_orders, purchase_order_id, status="CLOSED")
    return missing


__all__ = ["close", "receive", "reorder", "stock_events", "tell_crossings"]
