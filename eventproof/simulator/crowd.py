"""The crowd of a timed run: who comes, who is there, who leaves, and who comes again.

A customer comes once for each attempt, under a name of its own each time: the first under the
model's, further ones under numbers that follow it. The next customer is expected when one has
come, so that as many wait to come as are needed and no more.

What could be wrong: a visit counted for each attempt (it is one visit, from the first arrival to
the last leaving), and an attempt whose draws depend on how many others came again before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from eventproof.simulator.arrivals import arrival_times
from eventproof.simulator.attempts import Attempts, attempts_of, kind_of
from eventproof.simulator.chances import STATEMENT
from eventproof.simulator.clock import Clock
from eventproof.simulator.draws import Draws
from eventproof.simulator.durations import duration_of
from eventproof.simulator.measures import Tally, Till
from eventproof.simulator.model import Customer, Model
from eventproof.simulator.scenario import Scenario
from eventproof.simulator.steps import Step
from eventproof.simulator.tables import Key


@dataclass(slots=True)
class Guest:
    """A customer in the shop."""

    customer: Customer
    draws: Draws
    arrived_s: float
    first_s: float
    """When it came for the first time."""
    origin: str
    """Its name at its first attempt."""
    latencies: Iterator[float]
    """The stream of its draws from which the latencies of statements are drawn."""
    attempt: int = 1
    steps: int = 0
    """Taken or about to be, by all of its processes."""
    asked: dict[int, tuple[Step, int]] = field(default_factory=dict)
    """Slots that wait for a reply with a time-out -> the request, and the number of its end."""
    turns: set[Key] = field(default_factory=set)
    """Taken by its handlers, and not yet given back."""
    patience: int | None = None
    """The number of the moment at which it loses patience."""


class Crowd:
    """Lets the customers of a model come: `arrive` is told of each."""

    def __init__(
        self,
        model: Model,
        scenario: Scenario,
        seed: int,
        clock: Clock,
        arrive: Callable[[Guest], None],
    ) -> None:
        self.guests: dict[str, Guest] = {}
        """Who is in the shop, by name."""
        self.tally = Tally()
        self.till = Till()
        self._clock = clock
        self._arrive = arrive
        self._seed = seed
        self._counts_from_s = scenario.warm_up_s
        self._retry = scenario.customers.retry
        self._coming = iter(sorted(model.customers, key=lambda who: who.journey is None))
        self._times_s = arrival_times(scenario.customers.rates, seed=seed)
        self._number = sum(customer.journey is None for customer in model.customers)
        self._first_s: list[float] = []
        self._again_s: list[float] = []
        self._expect_next()

    @property
    def attempts(self) -> Attempts | None:
        """How often customers came; None where nobody comes again."""
        return attempts_of(self._first_s, self._again_s) if self._retry is not None else None

    def leaves(self, name: str, outcome: str) -> None:
        """A customer is gone, and may come again."""
        guest, now_s = self.guests.pop(name), self._clock.now
        if guest.patience is not None:
            self._clock.cancel(guest.patience)
        counts = guest.arrived_s >= self._counts_from_s
        if counts:
            self.tally.outcomes[outcome] += 1
            self.tally.journey_s.append(now_s - guest.arrived_s)
        if self._comes_again(guest, outcome):
            self._expect_again(guest)
        elif counts:
            self.till.left(guest.customer, guest.first_s, now_s, outcome)

    def _expect_next(self) -> None:
        customer = next(self._coming, None)
        if customer is not None:
            in_s = max(0.0, next(self._times_s) - self._clock.now)
            self._clock.after(in_s, self._comes, customer)

    def _comes(self, customer: Customer) -> None:
        now_s = self._clock.now
        if self._retry is not None and customer.journey is None:
            self._first_s.append(now_s)
        draws = Draws(f"{self._seed}:{customer.name}")
        latencies = draws.stream(STATEMENT)
        self._enters(Guest(customer, draws, now_s, now_s, customer.name, latencies))
        self._expect_next()

    def _enters(self, guest: Guest) -> None:
        self.guests[guest.customer.name] = guest
        self._arrive(guest)

    def _comes_again(self, guest: Guest, outcome: str) -> bool:
        retry = self._retry
        if retry is None or guest.attempt > retry.times or guest.customer.journey is not None:
            return False
        return kind_of(outcome) in retry.on

    def _expect_again(self, guest: Guest) -> None:
        assert self._retry is not None, "only then somebody comes again"
        self._number += 1
        customer = replace(guest.customer, name=f"customer-{self._number}")
        draws = Draws(f"{self._seed}:{guest.origin} {guest.attempt + 1}")
        after_s = duration_of(self._retry.after_s).at(draws.share("after"))
        again = replace(
            guest, customer=customer, draws=draws, latencies=draws.stream(STATEMENT),
            attempt=guest.attempt + 1, arrived_s=self._clock.now + after_s,
            steps=0, asked={}, turns=set(), patience=None,
        )  # fmt: skip
        self._clock.after(after_s, self._is_back, again)

    def _is_back(self, guest: Guest) -> None:
        self._again_s.append(self._clock.now)
        self._enters(guest)


__all__ = ["Crowd", "Guest"]
