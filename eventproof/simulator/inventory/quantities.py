"""The quantities of a product at one place, and what each ledger action does to them. Pure.

total = available + allocated + held + safety stock: every unit in the house is in one of the four.
Incoming units are not in the house yet, and backordered ones are owed. An action moves units from
some quantities to others, so it has a precondition: nothing is taken from where there is none.

Three things that could be wrong: an action that breaks the identity, an effect without its
precondition, and "not managed" (no quantities at all) taken for "none left".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from eventproof.simulator.context import Operand, at_least, plus
from eventproof.simulator.errors import Refused
from eventproof.simulator.steps import Guard


class Quantities(NamedTuple):
    """Units of one product, at one warehouse or in the whole shop."""

    total: int = 0
    """In the house."""
    available: int = 0
    """For sale."""
    allocated: int = 0
    """Bound to an order until it is shipped."""
    held: int = 0
    """Bound to a cart until its reservation ends."""
    safety_stock: int = 0
    """Kept back from sale."""
    incoming: int = 0
    """Ordered from a supplier, or on the way from another warehouse."""
    backordered: int = 0
    """Promised to orders beyond what there is."""

    def after(self, action: str, quantity: int) -> Quantities:
        """The quantities after an action."""
        effect = EFFECTS[action]
        return Quantities(
            *(n + effect.get(name, 0) * quantity for name, n in self._asdict().items())
        )

    def plus(self, other: Quantities) -> Quantities:
        """Both together, as a product's quantities over its warehouses are."""
        return Quantities(*(mine + its for mine, its in zip(self, other, strict=True)))

    def wrong(self) -> str | None:
        """What is wrong with them, in a few words; None when nothing is."""
        below = [f"{name} is {n}" for name, n in self._asdict().items() if n < 0]
        if below:
            return below[0]
        if self.total != self.available + self.allocated + self.held + self.safety_stock:
            return f"total {self.total} is not the sum of where its units are"
        return None


NAMES = Quantities._fields

EFFECTS: Mapping[str, Mapping[str, int]] = {
    "create": {"total": +1, "available": +1},
    "increment": {"total": +1, "available": +1},
    "decrement": {"total": -1, "available": -1},
    # The quantity of a `set` is the difference to what was, so it may be negative.
    "set": {"total": +1, "available": +1},
    "allocate": {"available": -1, "allocated": +1},
    "deallocate": {"available": +1, "allocated": -1},
    "ship": {"total": -1, "allocated": -1},
    "hold": {"available": -1, "held": +1},
    "hold_release": {"available": +1, "held": -1},
    "hold_expire": {"available": +1, "held": -1},
    "hold_commit": {"held": -1, "allocated": +1},
    "backorder": {"backordered": +1},
    "backorder_cancel": {"backordered": -1},
    "backorder_fill": {"available": -1, "allocated": +1, "backordered": -1},
    "expect": {"incoming": +1},
    "expect_cancel": {"incoming": -1},
    "receive": {"incoming": -1, "total": +1, "available": +1},
    "restock": {"total": +1, "available": +1},
    "transfer_out": {"total": -1, "available": -1},
    "set_aside": {"available": -1, "safety_stock": +1},
    "put_back": {"available": +1, "safety_stock": -1},
}
"""Ledger action -> what one unit of it does to each quantity.

The documented ones are create, increment, decrement, set, allocate, deallocate and ship.
"""

RECEIVED = ("create", "increment", "decrement", "set", "receive", "restock", "transfer_out")
"""The actions by which units come into the house, or leave it without being sold."""


INVALID = 400
MOST_UNITS = 2**31 - 1
"""What the columns of the tables can hold, on any database."""


def demand_amounts(*amounts: int) -> None:
    """`Refused` 400 unless each is a whole number of units, or of money, and not below zero."""
    for amount in amounts:
        if type(amount) is not int or not 0 <= amount <= MOST_UNITS:
            raise Refused(INVALID, "Your request was invalid")


def preconditions(action: str, quantity: int) -> tuple[Guard, ...]:
    """The guards of an action: enough wherever it takes units away, and a product that is managed.

    Null is not at least anything, so any guard tells a product that is not.
    """
    taken = {name: -sign * quantity for name, sign in EFFECTS[action].items()}
    demanded = {name: units for name, units in taken.items() if units > 0}
    return at_least(**(demanded or {"total": 0}))


def movements(action: str, quantity: int) -> dict[str, Operand]:
    """The columns that an action changes, each by how much."""
    return {name: plus(sign * quantity) for name, sign in EFFECTS[action].items()}


def quantities_of(level: Any) -> Quantities | None:
    """The quantities of a stock row; None where the product is not managed."""
    if level is None or level.total is None:
        return None
    return Quantities(*(getattr(level, name) or 0 for name in NAMES))


__all__ = [
    "EFFECTS",
    "INVALID",
    "NAMES",
    "RECEIVED",
    "Quantities",
    "demand_amounts",
    "movements",
    "preconditions",
    "quantities_of",
]
