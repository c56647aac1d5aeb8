"""What must hold between orders, payments, reservations, supply, messages and the ledger.

Each function looks at committed rows and says what is wrong, in a sentence, or None. Rows that do
not keep a count (null) are passed over: the documented order flow keeps none on its lines.

Three things that could be wrong: a state that is only on its way taken for a broken one, a count
compared with itself, and a breach of one order hidden by another's surplus.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import Any

from eventproof.simulator.inventory.invariants_of_counts import counted_lines, in_order
from eventproof.simulator.inventory.quantities import EFFECTS
from eventproof.simulator.properties import View

MONEY = ("AUTHORISED", "CAPTURED")
"""Payments that hold money which nobody owes back."""

ENDED = ("PAID", "SHIPPED", "CANCELLED", "REFUSED")

NOT_JUDGED = 10**9
"""Units taken, of a product of which that many can never have been there."""

BOUND = {"allocated": "cause", "held": "command_id"}
"""The quantities in which units are bound, and what the entries of one binding have in common."""


def ledger_has_gaps(view: View) -> str | None:
    """I3: the sequence of a product's entries has a gap, or an entry does not follow the last."""
    chains: dict[tuple[str, str | None], list[Any]] = defaultdict(list)
    for entry in view.table("ledger"):
        chains[entry.product_id, entry.warehouse_id].append(entry)
    for (product, _), entries in sorted(chains.items(), key=repr):
        if any(entry.sequence is None for entry in entries):
            continue  # short entries say nothing of their order
        entries.sort(key=lambda entry: entry.sequence)
        last = None
        for number, entry in enumerate(entries, start=1):
            if entry.sequence != number:
                return f"{product}: entry {number} of its ledger is missing."
            if last is not None and entry.before != last.after:
                return f"{product}: entry {number} of its ledger does not follow the one before."
            last = entry
    return None


def given_back_twice(view: View) -> str | None:
    """I4: more was given back, shipped or ended for a cause than was ever bound for it."""
    for name, key in BOUND.items():
        for (cause, product), left in sorted(_by_cause(view, name, key).items(), key=repr):
            if left < 0:
                return f"{-left} more of {product} than were {name} for {cause} were given back."
    return None


def paid_without_units(view: View) -> str | None:
    """I5: a paid order's line has not all its units: allocated, shipped, or waited for."""
    cancelled = {o.order_id for o in view.table("orders") if o.status == "CANCELLED"}
    for line in counted_lines(view):
        has = line.allocated + line.shipped + line.backordered
        if line.status == "PAID" and line.order_id not in cancelled and has != line.quantity:
            return (
                f"{line.order_id} is paid for {line.quantity} of {line.product_id} and has {has}."
            )
    return None


def refused_falsely(view: View) -> str | None:
    """I6: a line was refused although what everybody ever took would have left enough."""
    received: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    for entry in view.table("ledger"):
        effect = EFFECTS[entry.action].get("available", 0) * entry.quantity
        # What was given back, or came in later, may have come after the refusal: it counts for
        # nobody, and a product that was received again is not judged at all.
        if entry.action in ("increment", "receive", "restock", "set"):
            taken[entry.product_id] = NOT_JUDGED
        if entry.action == "create":
            received[entry.product_id] += effect
        elif effect < 0:
            taken[entry.product_id] -= effect
    for line in in_order(view.table("order_lines")):
        there, gone = received[line.product_id], taken[line.product_id]
        if line.status == "REFUSED" and gone + line.quantity <= there:
            return (
                f"{line.order_id} was refused {line.quantity} of {line.product_id}, "
                f"though of {there} only {gone} were ever taken."
            )
    return None


def money_without_units(view: View) -> str | None:
    """I7: money is held for an order that is cancelled or refused, and nobody owes it back."""
    closed = {o.order_id for o in view.table("orders") if o.status in ("CANCELLED", "REFUSED")}
    for payment in in_order(view.table("payments")):
        if payment.status in MONEY and payment.order_id in closed:
            status = payment.status.lower()
            return f"{payment.payment_id} is {status}, and {payment.order_id} gets nothing."
    return None


def reservation_stuck(view: View) -> str | None:
    """I8: units are held for a cart that has already bought, given up, or been refused."""
    ended = defaultdict(set)
    for line in view.table("order_lines"):
        if line.status in ENDED:
            ended[line.order_id].add(line.status)
    for held in in_order(view.table("reservations")):
        # One without a time to live has its units allocated, and they stay so when it is paid.
        kept = ("PAID", "SHIPPED") if held.expires_at_s is None else ()
        wrong = sorted(ended[held.cart_id].difference(kept))
        if held.status == "HELD" and wrong:
            return (
                f"{held.reservation_id} is held for {held.cart_id}, which is {wrong[0].lower()}."
            )
    return None


def units_lost_in_transfer(view: View) -> str | None:
    """I10: what the ledger says of a transfer is not what the transfer says."""
    moved: Counter[tuple[str, str]] = Counter()
    for entry in view.table("ledger"):
        for reference in {entry.cause, entry.command_id}:
            moved[reference, entry.action] += entry.quantity
    for transfer in in_order(view.table("transfers")):
        name = transfer.transfer_id
        for action, units, verb in (
            ("transfer_out", transfer.quantity, "left"),
            ("receive", transfer.received, "arrived"),
            ("expect_cancel", transfer.lost, "were lost"),
        ):
            if moved[name, action] != units:
                return f"{units} of {name} {verb}, its ledger says {moved[name, action]}."
    return None


def told_wrongly(view: View) -> str | None:
    """I11: a level that was published is not what the product had at that moment."""
    after = {(e.product_id, e.sequence): e.after for e in view.table("ledger") if e.after}
    for message in _levels_told(view):
        payload = json.loads(message.payload)
        text = after.get((payload["product"], message.revision))
        true = json.loads(text)[1] if text is not None else None
        if payload["available"] != true:
            return (
                f"{message.message_id} says {payload['available']} of {payload['product']}, "
                f"there were {true}."
            )
    return None


def states_do_not_fit(view: View) -> str | None:
    """I12: an order, its payments and its lines are in states that do not go together."""
    lines = defaultdict(list)
    for line in counted_lines(view):
        lines[line.order_id].append(line)
    for order in in_order(view.table("orders")):
        own = lines[order.order_id]
        if order.status == "CANCELLED" and any(
            line.allocated or line.backordered or line.picked for line in own
        ):
            return f"{order.order_id} is cancelled and still has units."
        fits = {"COMPLETE": "PAID", "PROCESSING": "AUTHORISED"}.get(order.status)
        if fits is not None and order.payment != fits:
            return f"{order.order_id} is {order.status.lower()} and {order.payment.lower()}."
        for line in own:
            if line.status == "SHIPPED" and (line.shipped != line.quantity or line.allocated):
                return f"{order.order_id} is shipped, with {line.shipped} of {line.quantity}."
    return None


def changed_in_silence(view: View) -> str | None:
    """I14: a product whose levels are told has changed, and no message says so."""
    newest: dict[str, int] = {}
    for message in _levels_told(view):
        product = json.loads(message.payload)["product"]
        newest[product] = max(newest.get(product, 0), message.revision)
    for level in in_order(view.table("stock")):
        told = newest.get(level.product_id)
        if told is not None and told != level.version:
            return f"{level.product_id} changed {level.version - told} times and nobody is told."
    return None


def more_left_than_was_there(view: View) -> str | None:
    """I15: more was picked than allocated, returned than shipped, or restocked than returned."""
    return next(filter(None, map(wrong_count, counted_lines(view))), None)


def wrong_count(line: Any) -> str | None:
    """I15 of one line that keeps counts."""
    for less, more in (
        ("picked", "allocated"),
        ("shipped", "quantity"),
        ("returned", "shipped"),
        ("restocked", "returned"),
    ):
        if not 0 <= getattr(line, less) <= getattr(line, more):
            return (
                f"{line.order_id}: {getattr(line, less)} of {line.product_id} are {less}, "
                f"{getattr(line, more)} {more}."
            )
    return None


def _by_cause(view: View, name: str, key: str = "cause") -> Counter[tuple[str, str]]:
    """What the ledger leaves bound, for each cause and product."""
    left: Counter[tuple[str, str]] = Counter()
    for entry in view.table("ledger"):
        units = EFFECTS[entry.action].get(name, 0) * entry.quantity
        left[getattr(entry, key) or entry.cause, entry.product_id] += units
    return left


def _levels_told(view: View) -> list[Any]:
    return [m for m in in_order(view.table("outbox")) if m.entity.startswith("stock:")]


__all__ = [
    "changed_in_silence",
    "given_back_twice",
    "ledger_has_gaps",
    "money_without_units",
    "more_left_than_was_there",
    "paid_without_units",
    "refused_falsely",
    "reservation_stuck",
    "states_do_not_fit",
    "told_wrongly",
    "units_lost_in_transfer",
    "wrong_count",
]
