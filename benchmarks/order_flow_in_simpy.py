"""The documented order flow as a plain SimPy model: the peer of `simulate_journeys.py`.

Written as a tutorial would: a generator for a customer, a class for the shop, one random number
generator. It has the statements, the latencies and the row lock of the real handlers (a Resource
of capacity 1 a product, held from the first write to the commit), and nothing else: no ledger
rows, no snapshots, no contracts, no deadlock detection, no log, no properties.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from random import Random
from typing import Any

import simpy

from eventproof.simulator import Scenario

Events = Generator[simpy.Event, Any, Any]


class Shop:
    """One product's quantities, and the clock."""

    def __init__(self, scenario: Scenario, *, seed: int) -> None:
        self.environment = simpy.Environment()
        self.random = Random(seed)
        self.latency = scenario.latency
        self.customers = scenario.customers
        self.approve, self.decline = (weight for _, weight in scenario.external["payment"].weights)
        ((_, self.available),) = scenario.stock.items()
        self.total = self.available
        self.allocated = 0
        self.lock = simpy.Resource(self.environment, capacity=1)
        self.outcomes: Counter[str] = Counter()
        size = scenario.latency.connections
        self.connections = simpy.Resource(self.environment, size) if size else None

    def about(self, mean_s: float) -> simpy.Timeout:
        """Let a time pass that is drawn from an exponential distribution."""
        return self.environment.timeout(self.random.expovariate(1 / mean_s))

    def statements(self, count: int) -> Events:
        """Let so many statements pass, each with a latency of its own."""
        for _ in range(count):
            yield self.about(self.latency.statement_s)

    def transaction(self, work: Events) -> Events:
        """Do a transaction's work: on a connection, where the scenario counts them."""
        return work if self.connections is None else self._on_a_connection(self.connections, work)

    def _on_a_connection(self, connections: simpy.Resource, work: Events) -> Events:
        with connections.request() as connected:
            yield connected
            return (yield from work)

    def arrivals(self) -> Events:
        """Send the customers in."""
        for _ in range(self.customers.count):
            yield self.about(1 / self.customers.arrivals_per_s)
            self.environment.process(self.customer())

    def customer(self) -> Events:
        """Look, check out, allocate, pay; then ship, or give back."""
        outcome = yield from self.journey()
        self.outcomes[outcome] += 1

    def journey(self) -> Events:
        """Return how a customer's journey ends."""
        for _ in ("cart", "checkout"):
            yield self.about(self.customers.think_time_s)
            if not (yield from self.transaction(self.look())):
                return "refused"
        yield from self.transaction(self.statements(3))  # begin, insert the unpaid order, commit
        yield self.about(self.customers.think_time_s)
        way = self.allocate_naive if self.customers.allocate == "naive" else self.allocate_guarded
        if not (yield from self.transaction(way())):
            return "refused"
        yield self.about(self.latency.external_s)
        if self.random.random() * (self.approve + self.decline) >= self.approve:
            yield from self.transaction(self.change(available=1, allocated=-1))
            return "declined"
        yield from self.transaction(self.statements(3))  # begin, update the order, commit
        yield from self.transaction(self.change(total=-1, allocated=-1))
        return "paid"

    def look(self) -> Events:
        """Select; return whether there is enough."""
        yield from self.statements(2)  # begin, select
        is_enough = self.available >= 1
        yield from self.statements(1)  # commit, or rollback
        return is_enough

    def allocate_guarded(self) -> Events:
        """Update … where available >= 1; tested before waiting for the lock, and after."""
        yield from self.statements(2)  # begin, update
        if self.available < 1:
            yield from self.statements(1)  # rollback
            return False
        with self.lock.request() as locked:
            yield locked
            is_short = self.available < 1
            if is_short:
                yield from self.statements(1)  # rollback
            else:
                yield from self.statements(2)  # insert the ledger entry, commit
                self.available -= 1
                self.allocated += 1
        return not is_short

    def allocate_naive(self) -> Events:
        """Select; then set what was read less one."""
        yield from self.statements(2)  # begin, select
        available, allocated = self.available, self.allocated
        yield from self.statements(1)  # update, or rollback
        if available < 1:
            return False
        with self.lock.request() as locked:
            yield locked
            yield from self.statements(2)  # insert the ledger entry, commit
            self.available, self.allocated = available - 1, allocated + 1
        return True

    def change(self, *, total: int = 0, available: int = 0, allocated: int = 0) -> Events:
        """Move the quantities under the lock, with a ledger entry and the order's new status."""
        yield from self.statements(2)  # begin, update
        with self.lock.request() as locked:
            yield locked
            yield from self.statements(3)  # insert the ledger entry, update the order, commit
            self.total += total
            self.available += available
            self.allocated += allocated


def run(scenario: Scenario, *, seed: int) -> Counter[str]:
    """Run the scenario's customers once; how many journeys ended in which way."""
    shop = Shop(scenario, seed=seed)
    shop.environment.process(shop.arrivals())
    shop.environment.run()
    return shop.outcomes
