"""What must hold of stock, and what should happen at least once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import NamedTuple

from eventproof.simulator.inventory import invariants_of_counts as of_counts
from eventproof.simulator.inventory import invariants_of_orders as of_orders
from eventproof.simulator.inventory.alarms import ALARMS
from eventproof.simulator.inventory.ledger import digest, drifts
from eventproof.simulator.inventory.quantities import (
    EFFECTS,
    RECEIVED,
    Quantities,
    quantities_of,
)
from eventproof.simulator.properties import Always, Sometimes, View


def oversold(view: View) -> str | None:
    """More units are paid for than were ever in stock."""
    received, sold = units_received(view), units_sold(view)
    for product in sorted(sold):
        if sold[product] > received[product]:
            return (
                f"{sold[product]} of {product} were paid for, "
                f"{received[product]} {'was' if received[product] == 1 else 'were'} in stock."
            )
    return None


def out_of_balance(view: View) -> str | None:
    """The quantities of a product are not what its ledger entries add up to."""
    levels = [*view.table("stock"), *view.table("warehouse_stock")]
    drifted = drifts(levels, view.table("ledger"))
    if drifted:
        return str(drifted[0])
    for level in sorted(levels, key=repr):
        now = quantities_of(level) or Quantities()
        if now.total != now.available + now.allocated + now.held + now.safety_stock:
            return (
                f"{level.product_id}: total {now.total} is not available plus allocated, "
                "held and safety stock."
            )
    return None


def command_failed(view: View) -> str | None:
    """A journey ended with a database error: the customer is neither served nor refused."""
    failed = [outcome for outcome in view.outcomes if outcome.startswith("failed")]
    return f"a customer's request {failed[0]}." if failed else None


def observe(view: View, product: str) -> dict[str, int]:
    """The figures that a timeline shows at its right, for one product."""
    level = next((row for row in view.table("stock") if row.product_id == product), None)
    return {
        "available": level.available if level else 0,
        "allocated": level.allocated if level else 0,
        "paid": units_sold(view)[product],
    }


def units_received(view: View) -> dict[str, int]:
    """Units of each product that ever came into stock, less those taken out again."""
    units: dict[str, int] = defaultdict(int)
    for entry in view.table("ledger"):
        if entry.action in RECEIVED:
            units[entry.product_id] += EFFECTS[entry.action]["total"] * entry.quantity
    return units


def units_sold(view: View) -> dict[str, int]:
    """Units of each product that customers have paid for, and do not wait for."""
    units: dict[str, int] = defaultdict(int)
    for line in view.table("order_lines"):
        if line.status in ("PAID", "SHIPPED"):
            units[line.product_id] += line.quantity - (line.backordered or 0)
    return units


def unit_figures(view: View) -> dict[str, int]:
    """Units received, paid for and oversold, over all products."""
    received, sold = units_received(view), units_sold(view)
    return {
        "received_units": sum(received.values()),
        "paid_units": sum(sold.values()),
        "oversold_units": sum(max(0, sold[p] - received.get(p, 0)) for p in sold),
    }


def units_unsold(view: View) -> dict[str, int]:
    """Units of each product that came into stock and that nobody has paid for."""
    sold = units_sold(view)
    return {product: n - sold.get(product, 0) for product, n in units_received(view).items()}


def _refused(view: View) -> bool:
    lines = view.table("order_lines")
    return any("refused" in o for o in view.outcomes) or any(x.status == "REFUSED" for x in lines)


def _any_line(*statuses: str) -> Sometimes:
    name = f"a customer {statuses[0].lower()}"
    return Sometimes(
        name, lambda v: any(line.status in statuses for line in v.table("order_lines"))
    )


ALWAYS = {
    prop.name: replace(prop, alarm=ALARMS.get(prop.name))
    for prop in (
        Always("never-oversold", oversold, sees_outcomes=False),
        Always("counters-agree", of_counts.counters_disagree, sees_outcomes=False),
        Always("ledger-balances", out_of_balance, sees_outcomes=False),
        Always("ledger-unbroken", of_orders.ledger_has_gaps, sees_outcomes=False),
        Always("nothing-given-back-twice", of_orders.given_back_twice, sees_outcomes=False),
        Always("paid-orders-have-units", of_orders.paid_without_units, sees_outcomes=False),
        Always("no-false-refusal", of_orders.refused_falsely, sees_outcomes=False),
        Always("no-money-without-units", of_orders.money_without_units, sees_outcomes=False),
        Always("no-stuck-reservation", of_orders.reservation_stuck, sees_outcomes=False),
        Always("every-command-ends", command_failed),
        Always("transfers-conserve", of_orders.units_lost_in_transfer, sees_outcomes=False),
        Always("told-levels-are-true", of_orders.told_wrongly, sees_outcomes=False),
        Always("order-states-fit", of_orders.states_do_not_fit, sees_outcomes=False),
        Always("backorders-in-turn", of_counts.served_out_of_turn, sees_outcomes=False),
        Always("every-change-is-told", of_orders.changed_in_silence, sees_outcomes=False),
        Always("no-more-leaves", of_orders.more_left_than_was_there, sees_outcomes=False),
    )
}
"""The `always` properties that a scenario may name."""


class Invariant(NamedTuple):
    """What must hold of a shop on this engine."""

    number: str
    names: tuple[str, ...]
    """The `always` properties that check it; for I16 the function."""
    sentence: str
    checked: str
    """In which state."""


_COMMITTED = "after every commit"

INVARIANTS = (
    Invariant(
        "I1",
        ("never-oversold",),
        "No more units of a product are paid for than were ever in stock.",
        _COMMITTED,
    ),
    Invariant(
        "I2",
        ("counters-agree",),
        "What is counted twice is counted alike: by lines, warehouses, reservations and ledger.",
        _COMMITTED,
    ),
    Invariant(
        "I3",
        ("ledger-balances", "ledger-unbroken"),
        "The ledger adds up to the stock, and each entry follows the one before.",
        _COMMITTED,
    ),
    Invariant(
        "I4",
        ("nothing-given-back-twice",),
        "No cause gives back or ships more than was bound for it.",
        _COMMITTED,
    ),
    Invariant(
        "I5",
        ("paid-orders-have-units",),
        "A paid line has all its units: allocated, shipped, or waited for.",
        _COMMITTED,
    ),
    Invariant(
        "I6",
        ("no-false-refusal",),
        "No line is refused that everything ever taken would have left enough for.",
        _COMMITTED,
    ),
    Invariant(
        "I7",
        ("no-money-without-units",),
        "Money of an order that gets nothing is owed back.",
        _COMMITTED,
    ),
    Invariant(
        "I8",
        ("no-stuck-reservation",),
        "Nothing is held for a cart that has bought, given up, or been refused.",
        _COMMITTED,
    ),
    Invariant(
        "I9",
        ("every-command-ends",),
        "Every customer is served or refused; no journey ends with a database error.",
        "when a journey ends",
    ),
    Invariant(
        "I10",
        ("transfers-conserve",),
        "Units of a transfer are at its source, on their way, at its target, or lost.",
        _COMMITTED,
    ),
    Invariant(
        "I11",
        ("told-levels-are-true",),
        "A level that is told is what the product had at that moment.",
        _COMMITTED,
    ),
    Invariant(
        "I12",
        ("order-states-fit",),
        "An order, its payments and its lines are in states that go together.",
        _COMMITTED,
    ),
    Invariant(
        "I13",
        ("backorders-in-turn",),
        "No line is served while another waits longer.",
        _COMMITTED,
    ),
    Invariant(
        "I14",
        ("every-change-is-told",),
        "Where levels are told, every change of a level has its message.",
        _COMMITTED,
    ),
    Invariant(
        "I15",
        ("no-more-leaves",),
        "No more is picked than allocated, shipped than ordered, returned than shipped.",
        _COMMITTED,
    ),
    Invariant(
        "I16",
        ("ledgers_differ",),
        "Two runs of one seed have the same ledger.",
        "at the end of two runs",
    ),
)
"""Everything that must hold, in the order of their numbers."""


def ledgers_differ(first: View, second: View) -> str | None:
    """I16: two runs that should be the same have written different ledgers."""
    one, other = ({*view.table("ledger")} for view in (first, second))
    if digest(one) == digest(other):
        return None
    return f"{len(one ^ other)} ledger entries are in one run and not in the other."


SOMETIMES = {
    prop.name: prop
    for prop in (
        _any_line("PAID", "SHIPPED"),
        Sometimes("a customer was refused", _refused),
        Sometimes("a payment was declined", lambda v: any("declined" in o for o in v.outcomes)),
        Sometimes(
            "an order was shipped",
            lambda v: any(line.status == "SHIPPED" for line in v.table("order_lines")),
        ),
    )
}
"""The `sometimes` properties that a scenario may name."""
