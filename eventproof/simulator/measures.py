"""What a timed run is measured by: counts on the way, figures at the end.

The driver fills a `Tally` and tells a `Till` what is booked and who leaves; the `Till` gives the
`Sales`, and a `TimedRun` holds it all. Units are told by the ledger alone, which every way of
allocating writes, right or wrong. What could be wrong: an entry counted twice (only those behind
the last one seen are read), a unit given back under another cause than it was taken for (it does
not count as waste), journeys whose outcomes have names of their own (`TURNED_AWAY`, `UNPAID`).
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any, NamedTuple

from eventproof.simulator.attempts import ABANDONED, Attempts
from eventproof.simulator.errors import (
    BUSY,
    BUSY_SNAPSHOT,
    DEADLOCK_DETECTED,
    SERIALIZATION_FAILURE,
    TimedOut,
)
from eventproof.simulator.events import Event
from eventproof.simulator.inventory.quantities import EFFECTS
from eventproof.simulator.model import Customer
from eventproof.simulator.programs import Thrown
from eventproof.simulator.properties import Breach

TURNED_AWAY = ("refused", "refunded", "failed")
"""How the outcomes begin of journeys that the shop sent away without what they wanted."""

FAILURES = {
    SERIALIZATION_FAILURE: "serialization failures",
    DEADLOCK_DETECTED: "deadlocks",
    BUSY: "busy answers",
    BUSY_SNAPSHOT: "busy answers",
}
"""What the database says -> what it is counted as."""

CONFLICTS = ("lock waits", "serialization failures", "deadlocks", "busy answers")
"""What a step met that another transaction had done."""

CONFLICTS_AGAIN = "conflicts of later attempts"
"""Those that customers met who had come again."""

UNPAID = ("declined", "unknown", ABANDONED)
"""How the outcomes begin of journeys whose own payment, or patience, was the reason."""


@dataclass
class Tally:
    """What happened in a run; grows while it runs."""

    steps: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    journey_s: list[float] = field(default_factory=list)
    """How long each finished journey took that began after the warm-up, in simulated seconds."""


def counted_as(event: Event) -> Iterable[str]:
    """What a step that was taken is counted as."""
    if event.waits:
        yield "lock waits"
    elif event.is_statement:
        yield "statements"
    if isinstance(event.answer, Thrown):
        given_up = event.answer.kind is TimedOut
        failed = None if given_up else FAILURES.get(event.answer.arguments[0])
        if given_up or failed is not None:
            yield failed or "requests given up"


@dataclass(frozen=True, slots=True)
class Sales:
    """How well a run sold what there was."""

    lost: int = 0
    """Customers turned away whom the units that nobody had bought at the end would have served."""
    sell_out_s: float | None = None
    """Simulated seconds until nothing was for sale any more, up to the end; None if never."""
    hold_waste_unit_s: float = 0.0
    """Seconds that units were held or allocated and then given back, summed over units."""
    pairs: int = 0
    """Pairs of customers who wanted the same, of whom at least one was served and none unpaid."""
    out_of_turn: int = 0
    """Those of which the later arrival was served first, or alone."""


@dataclass(frozen=True, slots=True)
class TimedRun:
    """One seed's run."""

    seed: int
    seconds: float
    """Simulated seconds until the last event."""
    tally: Tally
    breaches: tuple[Breach, ...]
    unmet: tuple[str, ...]
    """`sometimes` properties that did not hold at the end."""
    figures: dict[str, int]
    """Units received, sold and oversold, over all products."""
    sales: Sales = Sales()
    attempts: Attempts | None = None
    """How often customers came; None where nobody comes again."""
    connection_waits_s: tuple[float, ...] | None = None
    """How long each transaction waited for a connection; None where there are any number."""


class Visit(NamedTuple):
    """A customer who has come and gone."""

    arrived_s: float
    left_s: float
    cart: tuple[tuple[str, int], ...]
    outcome: str

    @property
    def turned_away(self) -> bool:
        """Whether the shop sent the customer away without what it wanted."""
        return self.outcome.startswith(TURNED_AWAY)


class Till:
    """Follows the ledger and the customers of one run."""

    def __init__(self) -> None:
        self._read = 0
        self._for_sale: Counter[str] = Counter()
        self._taken: dict[tuple[str, str], deque[tuple[float, int]]] = defaultdict(deque)
        """(Product, cause) -> when units were taken for it and how many, the first ones first."""
        self._is_sold_from = False
        self._sell_out_s: float | None = None
        self._waste_unit_s = 0.0
        self._visits: list[Visit] = []

    def look(self, ledger: dict[Any, Any], now_s: float, *, counts: bool = True) -> None:
        """Read what was entered since the last look; entries are only ever added.

        Units given back while nothing `counts`, in the warm-up, are no waste.
        """
        fresh = len(ledger) - self._read
        if fresh <= 0:
            return
        self._read += fresh
        newest = reversed(ledger.values())
        for entry in reversed([next(newest) for _ in range(fresh)]):
            self._enter(entry, now_s, counts)
        is_left = any(units > 0 for units in self._for_sale.values())
        if is_left or not self._is_sold_from:
            self._sell_out_s = None
        elif self._sell_out_s is None:
            self._sell_out_s = now_s

    def left(self, customer: Customer, arrived_s: float, now_s: float, outcome: str) -> None:
        """A customer has left. Those who want nothing are not asked about."""
        if customer.cart:
            self._visits.append(Visit(arrived_s, now_s, customer.cart, outcome))

    def sales(self, unsold: Mapping[str, int]) -> Sales:
        """The figures at the end; `unsold` are the units of each product that nobody bought."""
        visits = sorted(self._visits)
        pairs, out_of_turn = turns_of_visits(visits)
        return Sales(
            lost=lost_sales(visits, unsold),
            sell_out_s=self._sell_out_s,
            hold_waste_unit_s=self._waste_unit_s,
            pairs=pairs,
            out_of_turn=out_of_turn,
        )

    def _enter(self, entry: Any, now_s: float, counts: bool) -> None:
        effect, units = EFFECTS[entry.action], entry.quantity
        place = (entry.product_id, entry.cause)
        change = effect.get("available", 0)
        bound = effect.get("allocated", 0) + effect.get("held", 0)
        self._for_sale[entry.product_id] += change * units
        if entry.action == "hold_commit":  # the order has them since the cart had
            held = (entry.product_id, entry.command_id)
            for since_s, moved in self._untake(held, units):
                self._taken[place].append((since_s, moved))
        elif bound > 0:
            self._is_sold_from = True
            self._taken[place].append((now_s, units))
        elif bound < 0:
            for since_s, gone in self._untake(place, units):
                if change > 0 and counts:
                    self._waste_unit_s += gone * (now_s - since_s)

    def _untake(self, place: tuple[str, str], units: int) -> Iterable[tuple[float, int]]:
        """So many units of what was taken, the first ones first."""
        found, left = [], units
        taken = self._taken[place]
        while taken and left > 0:
            since_s, there = taken.popleft()
            found.append((since_s, min(left, there)))
            if there > left:
                taken.appendleft((since_s, there - left))
            left -= there
        if not taken:
            del self._taken[place]
        return found


def lost_sales(visits: Iterable[Visit], unsold: Mapping[str, int]) -> int:
    """Of those turned away, in the order of arrival, how many the unsold units would serve."""
    left, lost = dict(unsold), 0
    for visit in visits:
        if visit.turned_away and all(left.get(p, 0) >= units for p, units in visit.cart):
            lost += 1
            for product, units in visit.cart:
                left[product] -= units
    return lost


def turns_of_visits(visits: Iterable[Visit]) -> tuple[int, int]:
    """Pairs who wanted the same and of whom one was served; those served out of turn.

    `visits` are in the order of arrival. Who was not served is taken to be served never.
    """
    of_cart: dict[Any, list[float]] = defaultdict(list)
    for visit in visits:
        if not visit.outcome.startswith(UNPAID):
            of_cart[visit.cart].append(inf if visit.turned_away else visit.left_s)
    pairs = out_of_turn = 0
    for served_s in of_cart.values():
        earlier: list[float] = []
        turned_away = 0
        for at_s in served_s:
            if at_s == inf:
                pairs += len(earlier) - turned_away
                turned_away += 1
            else:
                pairs += len(earlier)
                out_of_turn += len(earlier) - bisect_right(earlier, at_s)
            insort(earlier, at_s)
    return pairs, out_of_turn


__all__ = [
    "CONFLICTS",
    "CONFLICTS_AGAIN",
    "Sales",
    "Tally",
    "Till",
    "TimedRun",
    "Visit",
    "counted_as",
    "lost_sales",
    "turns_of_visits",
]
