"""When the invariants of the engine may be broken: their alarms, which go by sums.

Each says the same as the function of its invariant, of one group of rows: a product, a level, an
order, a cause. `ALARMS` has them by the names of the properties. The others have none, since what
they say of one row depends on any number of others: what was refused falsely, told wrongly or in
silence, and served out of turn.

What could be wrong is said in `simulator.alarms`; above all an alarm that knows less than its
function does.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable
from typing import Any

from eventproof.simulator.alarms import Alarm, Part, Sums, adding
from eventproof.simulator.inventory.invariants_of_orders import BOUND, ENDED, MONEY, wrong_count
from eventproof.simulator.inventory.quantities import (
    EFFECTS,
    NAMES,
    RECEIVED,
    Quantities,
    quantities_of,
)
from eventproof.simulator.inventory.transfers import in_transit

NONE_OF_IT = Quantities()

CLOSED = ("CANCELLED", "REFUSED")

RECORDED = ("held", "incoming", "backordered")
"""The quantities that other records count as well."""

COUNTED = ("allocated", "backordered")
"""The quantities that lines and their shares at warehouses count as well as the ledger."""

MOVES = ("transfer_out", "receive", "expect_cancel")


def _came(entry: Any) -> Iterable[Part]:
    if entry.action in RECEIVED:
        yield entry.product_id, "units", EFFECTS[entry.action]["total"] * entry.quantity


def _paid(line: Any) -> Iterable[Part]:
    if line.status in ("PAID", "SHIPPED"):
        yield line.product_id, "units", (line.backordered or 0) - line.quantity


def _level_of(row: Any) -> tuple[str, str | None]:
    return row.product_id, getattr(row, "warehouse_id", None)


def _moved(before: Any, after: Any) -> Iterable[Part]:
    """What a level's row says; only what has changed, for most of it does not."""
    level = _level_of(after if after is not None else before)
    if before is None or after is None:
        yield level, "rows", 1 if before is None else -1
    was = quantities_of(before) or NONE_OF_IT
    now = quantities_of(after) or NONE_OF_IT
    for name, then, units in zip(NAMES, was, now, strict=True):
        if then != units:
            yield level, name, units - then
    if _unplaced(now) != _unplaced(was):
        yield level, "unplaced", _unplaced(now) - _unplaced(was)


def _unplaced(q: Quantities) -> int:
    return q.total - q.available - q.allocated - q.held - q.safety_stock


def _booked(entry: Any) -> Iterable[Part]:
    level = _level_of(entry)
    for name, sign in EFFECTS[entry.action].items():
        yield level, name, -sign * entry.quantity


def _is_unbalanced(sums: Sums) -> bool:
    return bool(sums.get("rows")) and any(n for name, n in sums.items() if name != "rows")


def _bound(entry: Any) -> Iterable[Part]:
    for name, key in BOUND.items():
        sign = EFFECTS[entry.action].get(name)
        if sign is not None:
            cause = getattr(entry, key) or entry.cause
            yield (name, cause, entry.product_id), "units", sign * entry.quantity


def _follows(entry: Any) -> Iterable[Part]:
    """An entry stands at its own number, and says what the next one must begin with."""
    number = entry.sequence
    if number is None:
        return
    chain = _level_of(entry)
    yield (chain, number), "entries", 1
    yield (chain, number), ("before", entry.before), 1
    yield (chain, number + 1), ("after", entry.after), 1
    if number == 1:
        yield (chain, number), "first", 1


def _is_broken_off(sums: Sums) -> bool:
    if not sums.get("entries"):
        return False
    if sums["entries"] > 1:
        return True
    before, after = (_texts(sums, which) for which in ("before", "after"))
    return bool(after) if sums.get("first") else before != after


def _texts(sums: Sums, which: str) -> set[str]:
    named = (name for name, n in sums.items() if n and isinstance(name, tuple))
    return {text for said, text in named if said == which}


def _cancelled(order: Any) -> Iterable[Part]:
    if order.status == "CANCELLED":
        yield order.order_id, "cancelled", 1


def _short(line: Any) -> Iterable[Part]:
    if line.allocated is not None and line.status == "PAID":
        has = line.allocated + line.shipped + line.backordered
        if has != line.quantity:
            yield line.order_id, "short", 1


def _closed(order: Any) -> Iterable[Part]:
    if order.status in CLOSED:
        yield order.order_id, "closed", 1


def _money(payment: Any) -> Iterable[Part]:
    if payment.status in MONEY:
        yield payment.order_id, "money", 1


def _ended(line: Any) -> Iterable[Part]:
    if line.status in ENDED:
        yield line.order_id, "paid" if line.status in ("PAID", "SHIPPED") else "gone", 1


def _holds(reservation: Any) -> Iterable[Part]:
    if reservation.status == "HELD":
        kind = "kept" if reservation.expires_at_s is None else "held"
        yield reservation.cart_id, kind, 1


def _is_stuck(sums: Sums) -> bool:
    paid, gone = sums.get("paid"), sums.get("gone")
    return bool(sums.get("held") and (paid or gone)) or bool(sums.get("kept") and gone)


def _transfer(transfer: Any) -> Iterable[Part]:
    name = transfer.transfer_id
    yield name, "transfers", 1
    for action, units in zip(
        MOVES, (transfer.quantity, transfer.received, transfer.lost), strict=True
    ):
        yield name, action, -units


def _transferred(entry: Any) -> Iterable[Part]:
    if entry.action in MOVES:
        for reference in {entry.cause, entry.command_id}:  # sums, to which order means nothing
            yield reference, entry.action, entry.quantity


def _is_lost(sums: Sums) -> bool:
    return bool(sums.get("transfers")) and any(sums.get(action) for action in MOVES)


def _order_state(order: Any) -> Iterable[Part]:
    yield order.order_id, "orders", 1
    fits = {"COMPLETE": "PAID", "PROCESSING": "AUTHORISED"}.get(order.status)
    if fits is not None and order.payment != fits:
        yield order.order_id, "unfit", 1
    yield from _cancelled(order)


def _line_state(line: Any) -> Iterable[Part]:
    if line.allocated is None:
        return
    if line.allocated or line.backordered or line.picked:
        yield line.order_id, "bound", 1
    if line.status == "SHIPPED" and (line.shipped != line.quantity or line.allocated):
        yield line.order_id, "half shipped", 1


def _does_not_fit(sums: Sums) -> bool:
    unfit = sums.get("unfit") or (sums.get("cancelled") and sums.get("bound"))
    return bool(unfit or (sums.get("orders") and sums.get("half shipped")))


def _wrong_counts(line: Any) -> Iterable[Part]:
    if line.allocated is not None and wrong_count(line) is not None:
        yield (line.order_id, line.product_id), "wrong", 1


def _counted(line: Any) -> Iterable[Part]:
    if line.allocated is not None:
        yield from _units_of(line, (line.order_id, line.product_id))
        yield ("level", line.product_id, None), "backordered", -line.backordered


def _share(share: Any) -> Iterable[Part]:
    yield from _units_of(share, (share.order_id, share.product_id, share.warehouse_id, "share"))
    yield ("level", share.product_id, share.warehouse_id), "backordered", -share.backordered
    yield ("level", share.product_id, None), "backordered", share.backordered


def _units_of(row: Any, place: Hashable) -> Iterable[Part]:
    yield place, "kept", 1
    for name in COUNTED:
        yield place, name, getattr(row, name) or 0


def _entered(entry: Any) -> Iterable[Part]:
    for name in COUNTED:
        units = EFFECTS[entry.action].get(name, 0) * entry.quantity
        if units:
            yield (entry.cause, entry.product_id), name, -units
            if entry.warehouse_id is not None:
                yield (entry.cause, entry.product_id, entry.warehouse_id, "share"), name, -units


def _kept_level(row: Any) -> Iterable[Part]:
    level = ("level", *_level_of(row))
    yield level, "levels", 1
    for name in RECORDED:
        yield level, name, getattr(row, name) or 0


def _held_units(reservation: Any) -> Iterable[Part]:
    if reservation.status == "HELD" and reservation.expires_at_s is not None:
        for product, quantity in json.loads(reservation.lines):
            yield ("level", product, reservation.warehouse_id), "held", -quantity


def _expected(order: Any) -> Iterable[Part]:
    if order.status != "CLOSED":
        units = order.quantity - order.received
        yield ("level", order.product_id, order.warehouse_id), "incoming", -units


def _on_the_way(transfer: Any) -> Iterable[Part]:
    level = ("level", transfer.product_id, transfer.target)
    yield level, "incoming", -in_transit(transfer)


def _do_not_agree(sums: Sums) -> bool:
    if sums.get("kept") and any(sums.get(name) for name in COUNTED):
        return True
    short = sums.get("incoming", 0) < 0 or sums.get("backordered", 0) < 0
    return bool(sums.get("levels")) and (short or bool(sums.get("held")))


def _below_zero(sums: Sums) -> bool:
    return sums.get("units", 0) < 0


def _any(sums: Sums) -> bool:
    return any(sums.values())


ALARMS = {
    "never-oversold": Alarm({"ledger": adding(_came), "order_lines": adding(_paid)}, _below_zero),
    "ledger-balances": Alarm(
        {"stock": _moved, "warehouse_stock": _moved, "ledger": adding(_booked)}, _is_unbalanced
    ),
    "ledger-unbroken": Alarm({"ledger": adding(_follows)}, _is_broken_off),
    "nothing-given-back-twice": Alarm({"ledger": adding(_bound)}, _below_zero),
    "paid-orders-have-units": Alarm(
        {"orders": adding(_cancelled), "order_lines": adding(_short)},
        lambda sums: bool(sums.get("short")) and not sums.get("cancelled"),
    ),
    "no-money-without-units": Alarm(
        {"orders": adding(_closed), "payments": adding(_money)},
        lambda sums: bool(sums.get("closed") and sums.get("money")),
    ),
    "no-stuck-reservation": Alarm(
        {"order_lines": adding(_ended), "reservations": adding(_holds)}, _is_stuck
    ),
    "transfers-conserve": Alarm(
        {"transfers": adding(_transfer), "ledger": adding(_transferred)}, _is_lost
    ),
    "order-states-fit": Alarm(
        {"orders": adding(_order_state), "order_lines": adding(_line_state)}, _does_not_fit
    ),
    "no-more-leaves": Alarm({"order_lines": adding(_wrong_counts)}, _any),
    "counters-agree": Alarm(
        {
            "order_lines": adding(_counted),
            "allocations": adding(_share),
            "ledger": adding(_entered),
            "stock": adding(_kept_level),
            "warehouse_stock": adding(_kept_level),
            "reservations": adding(_held_units),
            "purchase_orders": adding(_expected),
            "transfers": adding(_on_the_way),
        },
        _do_not_agree,
    ),
}
"""Property -> its alarm."""


__all__ = ["ALARMS"]
