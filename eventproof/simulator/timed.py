"""The timed driver: the same handlers and store in SimPy's simulated time, many customers at once.

Each step takes a time drawn for its class; a statement that finds its row locked stands in the
row's queue. Every customer draws from random numbers of its own, seeded by the run's seed and its
name, so that a result does not depend on the order in which events of the same time are handled.

What is measured is what the data say at the end (units sold, units oversold) and what happened on
the way (lock waits, serialization failures, deadlocks, how long journeys took).
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import simpy

from eventproof.simulator.actors import Actor, Fault, Process
from eventproof.simulator.errors import DEADLOCK_DETECTED, SERIALIZATION_FAILURE
from eventproof.simulator.inventory.invariants import units_received, units_sold
from eventproof.simulator.model import Model
from eventproof.simulator.programs import Thrown
from eventproof.simulator.properties import NEVER_STUCK, Breach, View, breaches
from eventproof.simulator.scenario import Latency, Scenario
from eventproof.simulator.steps import Call, Now, Publish, Request, Sleep, Step
from eventproof.simulator.world import Event, Place, World


@dataclass
class Tally:
    """What happened in a run; grows while it runs."""

    steps: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    journey_s: list[float] = field(default_factory=list)
    """How long each finished journey took, in simulated seconds."""


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


def simulate(
    model: Model,
    scenario: Scenario,
    *,
    seed: int,
    progress: Callable[[int], None] | None = None,
) -> TimedRun:
    """Run the scenario's customers once, to the end."""
    shop = _Shop(model, scenario, seed, progress)
    shop.environment.run()
    view = shop.world.view()
    return TimedRun(
        seed=seed,
        seconds=shop.environment.now,
        tally=shop.tally,
        breaches=(*breaches(model.always, view), *shop.faults()),
        unmet=tuple(prop.name for prop in model.sometimes if not prop.met(view)),
        figures=_figures(view),
    )


class _Shop:
    """A running simulation: SimPy says when, the world says what."""

    def __init__(
        self,
        model: Model,
        scenario: Scenario,
        seed: int,
        progress: Callable[[int], None] | None,
    ) -> None:
        self.environment = simpy.Environment()
        self.world = World(model)
        self.tally = Tally()
        self._model = model
        self._scenario = scenario
        self._seed = seed
        self._progress = progress
        self._random: dict[str, Random] = {}
        self._arrived_s: dict[str, float] = {}
        self._scheduled: set[Place] = set()
        self._faults: dict[Fault, None] = {}
        self.environment.process(self._arrivals())

    def faults(self) -> Iterable[Breach]:
        """What went wrong beside the data and the scenario asks about, each kind once."""
        ignored = self._model.ignored_faults
        met = {**self._faults, **dict.fromkeys(self.world.faults())}
        found = [Breach(*fault) for fault in met if fault.property not in ignored]
        waiting = len(self.world.actors)
        if waiting:
            who = f"{waiting} customer{'' if waiting == 1 else 's'}"
            found.append(Breach(NEVER_STUCK, f"{who} had not ended when nothing could move."))
        return found

    def _arrivals(self) -> Generator[simpy.Event, Any, None]:
        random = Random(f"{self._seed}:arrivals")  # noqa: S311 - a seeded simulation
        rate = self._scenario.customers.arrivals_per_s
        for customer in self._model.customers:
            yield self.environment.timeout(random.expovariate(rate))
            self._random[customer.name] = Random(f"{self._seed}:{customer.name}")  # noqa: S311 - a seeded simulation
            self._arrived_s[customer.name] = self.environment.now
            self.world.arrive(customer)
            self._go_on(customer.name)

    def _go_on(self, name: str) -> None:
        """Schedule what the customer's processes do next, or let the customer go."""
        actor = self.world.actors[name]
        for process in actor.processes:
            place = (name, process.slot)
            if not process.waiting and place not in self._scheduled:
                delay_s = self._delay_s(name, self.world.moves.pending(process))
                self._schedule(place, delay_s)
        if actor.done:
            self._leave(name)

    def _schedule(self, place: Place, delay_s: float) -> None:
        self._scheduled.add(place)
        timeout = self.environment.timeout(delay_s)
        timeout.callbacks.append(lambda _event: self._take(place))

    def _take(self, place: Place) -> None:
        """A step is taken, and at once those of the waiters that it lets go on, in their order."""
        ready = deque([place])
        while ready:
            ready += self._taken(ready.popleft())

    def _taken(self, place: Place) -> list[Place]:
        """Take the pending step of a process; who need not wait any longer."""
        held = self.world.held(place)
        event = self.world.take(place, self._choice(place), self.environment.now)
        self._note(event)
        return self._wait(place, event) if event.waits else self._after(event, held)

    def _after(self, event: Event, held: frozenset[Any]) -> list[Place]:
        place = (event.actor, event.slot)
        self._scheduled.discard(place)
        freed = held - self.world.held(place)
        self._go_on(place[0])
        return self.world.released(freed) if freed else []

    def _wait(self, place: Place, event: Event) -> list[Place]:
        assert event.waits_for is not None, "whoever waits, waits for a row"
        self.world.wait(place, event.waits_for)
        if not self.world.waits_in_a_circle(place):
            return []
        self.world.stop_waiting(place)
        held = self.world.held(place)
        aborted = self.world.abort(place, DEADLOCK_DETECTED)
        self._note(aborted)
        return self._after(aborted, held)

    def _leave(self, name: str) -> None:
        actor = self.world.actors.pop(name)
        outcome = actor.outcome or "done"
        self.world.outcomes.append(outcome)
        self.tally.outcomes[outcome] += 1
        self.tally.journey_s.append(self.environment.now - self._arrived_s.pop(name))
        self._faults |= dict.fromkeys(actor.faults)
        del self._random[name]
        if self._progress is not None:
            self._progress(len(self.tally.journey_s))

    def _choice(self, place: Place) -> str | None:
        actor = self.world.actors[place[0]]
        process = actor.process(place[1])
        step = self.world.moves.pending(process)
        if not isinstance(step, Call):
            return self._fault(place[0], actor, process)
        self.world.moves.choices(actor, process)  # says so when the scenario knows no outcomes
        weights = self._scenario.external[step.system].weights
        (choice,) = self._random[place[0]].choices(
            [name for name, _ in weights], [weight for _, weight in weights]
        )
        return choice

    def _fault(self, name: str, actor: Actor, process: Process) -> str | None:
        """A fault of the network, now and then."""
        network = self._model.network
        if network is None:
            return None
        faults = self.world.moves.choices(actor, process)[1:]
        random = self._random[name]
        return random.choice(faults) if faults and random.random() < network.rate else None

    def _delay_s(self, name: str, step: Step) -> float:
        mean_s = _mean_s(step, self._scenario.latency)
        return self._random[name].expovariate(1 / mean_s) if mean_s > 0 else 0.0

    def _note(self, event: Event) -> None:
        steps = self.tally.steps
        if event.waits:
            steps["lock waits"] += 1
        elif event.is_statement:
            steps["statements"] += 1
        if isinstance(event.answer, Thrown):
            sqlstate = event.answer.arguments[0]
            if sqlstate == SERIALIZATION_FAILURE:
                steps["serialization failures"] += 1
            elif sqlstate == DEADLOCK_DETECTED:
                steps["deadlocks"] += 1


def _mean_s(step: Step, latency: Latency) -> float:
    match step:
        case Sleep(mean_s):
            return mean_s
        case Publish() | Request():
            return latency.message_s
        case Call():
            return latency.external_s
        case Now():
            return 0.0
    return latency.statement_s


def _figures(view: View) -> dict[str, int]:
    received, sold = units_received(view), units_sold(view)
    return {
        "received_units": sum(received.values()),
        "paid_units": sum(sold.values()),
        "oversold_units": sum(max(0, sold[p] - received.get(p, 0)) for p in sold),
    }


__all__ = ["Tally", "TimedRun", "simulate"]
