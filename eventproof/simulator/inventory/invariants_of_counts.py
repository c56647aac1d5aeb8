"""What is counted more than once must be counted alike, and who waits longest is served first.

Units bound or owed are counted by order lines, by what warehouses give to them, by levels, and by
the ledger. Each function looks at committed rows and says what is wrong, in a sentence, or None.

Three things that could be wrong: a count compared with itself, a breach of one order hidden by
another's surplus, and a line that waits at two places taken for one that waits twice.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from eventproof.simulator.inventory.quantities import EFFECTS
from eventproof.simulator.inventory.transfers import in_transit
from eventproof.simulator.properties import View


def counters_disagree(view: View) -> str | None:
    """I2: a count kept twice is not the same: lines and ledger, reservations and held units."""
    return _lines_disagree(view) or _levels_disagree(view)


def served_out_of_turn(view: View) -> str | None:
    """I13: a line that waited less got units while one that waits longer still has too few."""
    filled = defaultdict(list)
    for entry in view.table("ledger"):
        if entry.action == "backorder_fill":
            filled[entry.cause, entry.product_id, entry.warehouse_id].append(entry.sequence)
    waits = _waits(view)
    for late in waits:
        served = filled[late.order, late.product, late.warehouse]
        for early in waits:
            overtaken = (
                (early.product, early.warehouse) == (late.product, late.warehouse)
                and early.units
                and early.since < late.since
                and any(sequence > late.since for sequence in served)
            )
            if overtaken:
                return f"{late.order} was served before {early.order}, which waits longer."
    return None


def counted_lines(view: View) -> list[Any]:
    """The lines that keep counts: the documented order flow keeps none."""
    return [line for line in in_order(view.table("order_lines")) if line.allocated is not None]


def in_order(rows: Iterable[Any]) -> list[Any]:
    """Rows in one order, whatever order they are kept in."""
    return sorted(rows, key=repr)


def _lines_disagree(view: View) -> str | None:
    """What a line has or waits for, in all or at a warehouse, is not what its entries say."""
    for name in ("allocated", "backordered"):
        entered = _entered(view, name)
        for counted, place in _counted(view):
            is_now, should_be = getattr(counted, name) or 0, entered[place]
            if is_now != should_be:
                order, product, *at = place
                where = f" at {at[0]}" if at else ""
                return (
                    f"{order} has {is_now} of {product} {name}{where}, "
                    f"its ledger entries say {should_be}."
                )
    return None


def _levels_disagree(view: View) -> str | None:
    """What a level has bound, or expects, is not what reservations, orders and transfers say."""
    expected = {
        "held": _held(view),
        "incoming": _incoming(view),
        "backordered": _backordered(view),
    }
    for level in in_order([*view.table("stock"), *view.table("warehouse_stock")]):
        place = (level.product_id, getattr(level, "warehouse_id", None))
        for name, units in expected.items():
            is_now, should_be = getattr(level, name) or 0, units[place]
            # Units that are incoming for a reason of the shop's own have no record here.
            if is_now != should_be and (is_now < should_be or name == "held"):
                return f"{level.product_id}: {name} is {is_now}, its records say {should_be}."
    return None


def _entered(view: View, name: str) -> Counter[tuple[str, ...]]:
    """What the ledger leaves bound of each product to each order: in all, and at a warehouse."""
    left: Counter[tuple[str, ...]] = Counter()
    for entry in view.table("ledger"):
        units = EFFECTS[entry.action].get(name, 0) * entry.quantity
        left[entry.cause, entry.product_id] += units
        if entry.warehouse_id is not None:
            left[entry.cause, entry.product_id, entry.warehouse_id] += units
    return left


def _counted(view: View) -> list[tuple[Any, tuple[str, ...]]]:
    """The lines that keep counts, and their shares at warehouses; each with its place."""
    lines = [(line, (line.order_id, line.product_id)) for line in counted_lines(view)]
    shares = in_order(view.table("allocations"))
    return [*lines, *((s, (s.order_id, s.product_id, s.warehouse_id)) for s in shares)]


class _Wait(NamedTuple):
    """A line that waits at a place, or has waited there."""

    order: str
    product: str
    warehouse: str | None
    units: int
    since: int


def _waits(view: View) -> list[_Wait]:
    """Who waits where: at warehouses, and what is left of each line at the shop's own stock."""
    waits, elsewhere = [], Counter[tuple[str, str]]()
    for share in in_order(view.table("allocations")):
        order, product, warehouse = share.order_id, share.product_id, share.warehouse_id
        elsewhere[order, product] += share.backordered
        waits.append(_Wait(order, product, warehouse, share.backordered, share.waits_since or 0))
    for line in counted_lines(view):
        order, product = line.order_id, line.product_id
        own = line.backordered - elsewhere[order, product]
        waits.append(_Wait(order, product, None, own, line.waits_since or 0))
    return [wait for wait in waits if wait.since or wait.units]


def _held(view: View) -> Counter[tuple[str, str | None]]:
    units: Counter[tuple[str, str | None]] = Counter()
    for held in view.table("reservations"):
        if held.status == "HELD" and held.expires_at_s is not None:
            for product, quantity in json.loads(held.lines):
                units[product, held.warehouse_id] += quantity
    return units


def _incoming(view: View) -> Counter[tuple[str, str | None]]:
    units: Counter[tuple[str, str | None]] = Counter()
    for order in view.table("purchase_orders"):
        if order.status != "CLOSED":
            units[order.product_id, order.warehouse_id] += order.quantity - order.received
    for transfer in view.table("transfers"):
        units[transfer.product_id, transfer.target] += in_transit(transfer)
    return units


def _backordered(view: View) -> Counter[tuple[str, str | None]]:
    """What is owed at warehouses, and what is left of each line at the shop's own stock."""
    units: Counter[tuple[str, str | None]] = Counter()
    for line in counted_lines(view):
        units[line.product_id, None] += line.backordered
    for share in view.table("allocations"):
        units[share.product_id, share.warehouse_id] += share.backordered
        units[share.product_id, None] -= share.backordered
    return units


__all__ = ["counted_lines", "counters_disagree", "in_order", "served_out_of_turn"]
