"""The timed driver: the same handlers and store in simulated time, many customers at once.

Each step takes a time drawn for its class; a statement that finds its row locked stands in the
row's queue. Every customer draws from random numbers of its own, made from the run's seed and its
name, so that a result does not depend on the order in which events of the same time are handled
(`chances`, `draws`). Messages take time on their way where their channel does (`carriage`).

What is measured is what the data say at the end (units sold, units oversold) and what happened on
the way (lock waits, serialization failures, deadlocks, how long journeys took): see `measures`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, get_args

from eventproof.findings import Problem
from eventproof.simulator.actors import Actor, Fault, Place
from eventproof.simulator.carriage import Carriage
from eventproof.simulator.chances import STATEMENTS, Chances
from eventproof.simulator.clock import Clock
from eventproof.simulator.crowd import Crowd, Guest
from eventproof.simulator.durations import duration_of
from eventproof.simulator.errors import DEADLOCK_DETECTED
from eventproof.simulator.events import Event
from eventproof.simulator.inventory.invariants import unit_figures, units_unsold
from eventproof.simulator.lines import Lines
from eventproof.simulator.lookout import Lookout, Recorder
from eventproof.simulator.measures import CONFLICTS, CONFLICTS_AGAIN, TimedRun, counted_as
from eventproof.simulator.model import Model
from eventproof.simulator.network import GIVES_UP
from eventproof.simulator.patience import BusyTimeout
from eventproof.simulator.plain import PlainSteps
from eventproof.simulator.pool import Pool
from eventproof.simulator.programs import Finished
from eventproof.simulator.properties import NEVER_STUCK, Breach, View, breaches
from eventproof.simulator.scenario import Scenario
from eventproof.simulator.steps import (
    Begin,
    Call,
    Now,
    Receive,
    Request,
    RowStep,
    Step,
)
from eventproof.simulator.tables import Key
from eventproof.simulator.world import World, holding

ROW_STEPS = frozenset(get_args(RowStep))

NOT_ON_THE_WAY: Mapping[int, float] = {}

STEP_BOUND = 10_000
"""Steps that a customer may take, with all that happens for it."""


def simulate(
    model: Model,
    scenario: Scenario,
    *,
    seed: int,
    progress: Callable[[int], None] | None = None,
) -> TimedRun:
    """Run the scenario's customers once, to the end."""
    lookout = Lookout(model.always)
    shop = Shop(model, scenario, seed, lookout, progress=progress)
    shop.clock.run()
    view = shop.world.view()
    of_units = view if scenario.has_inventory else View(())
    broken = {name: seen.breach for name, seen in lookout.seen.items()}
    broken |= {breach.property: breach for breach in breaches(model.always, view)}
    return TimedRun(
        seed=seed,
        seconds=shop.clock.now,
        tally=shop.tally,
        breaches=(*broken.values(), *shop.faults()),
        unmet=tuple(prop.name for prop in model.sometimes if not prop.met(view)),
        figures=unit_figures(of_units),
        sales=shop.till.sales(units_unsold(of_units)),
        attempts=shop.crowd.attempts,
        connection_waits_s=tuple(shop.pool.waits_s) if shop.pool is not None else None,
    )


class Shop:
    """A running simulation: the clock says when, the world says what."""

    def __init__(
        self,
        model: Model,
        scenario: Scenario,
        seed: int,
        lookout: Lookout,
        *,
        recorder: Recorder | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self.clock = Clock()
        self.world = World(model)
        self._plain = PlainSteps(self.world, answers={Call: self._called, Now: self._looked})
        self._busy = BusyTimeout(self.world, self.clock)
        self._chances = Chances(model, scenario, self.world)
        self._statement_s = self._chances.statement_s
        self._carriage = Carriage.of(model, scenario.latency)
        self.pool: Pool | None = None
        if scenario.latency.connections is not None:
            size, counted_s = scenario.latency.connections, scenario.warm_up_s
            self.pool = Pool(size, self.clock, self._take, counts_from_s=counted_s)
        self.crowd = Crowd(model, scenario, seed, self.clock, self._arrive)
        self.tally, self.till = self.crowd.tally, self.crowd.till
        self._guests = self.crowd.guests
        patience_s = scenario.customers.patience_s
        self._patience = duration_of(patience_s) if patience_s is not None else None
        self._leaving: set[Place] = set()
        """Journeys whose customers have lost patience."""
        self._ledger = self.world.rows.table("ledger") if scenario.has_inventory else {}
        self.till.look(self._ledger, 0.0)
        self._model = model
        self._lookout = lookout
        lookout.begin(self.world)
        self._recorder = recorder
        self._progress = progress
        self._counts_from_s = scenario.warm_up_s
        self._scheduled: set[Place] = set()
        self._lines = Lines(self.world, self._begun)
        self._faults: dict[Fault, None] = {}

    def faults(self) -> Iterable[Breach]:
        """What went wrong beside the data and the scenario asks about, each kind once."""
        ignored = self._model.ignored_faults
        met = {**self._faults, **dict.fromkeys(self.world.faults())}
        found = [Breach(*fault) for fault in met if fault.property not in ignored]
        waiting = len(self.world.actors)
        if waiting:
            found.append(Breach(NEVER_STUCK, self._stuck(waiting)))
        return found

    def _stuck(self, waiting: int) -> str:
        who = f"{waiting} customer{'' if waiting == 1 else 's'}"
        where = "."
        if self.pool is not None and self.pool.waiting:
            where = f"; {self.pool.waiting} would begin a transaction and had no connection."
        return f"{who} had not ended when nothing could move{where}"

    def _arrive(self, guest: Guest) -> None:
        name = guest.customer.name
        self.world.arrive(guest.customer)
        if self._patience is not None and guest.customer.journey is None:
            bears_s = self._patience.at(guest.draws.share("patience"))
            guest.patience = self.clock.after(bears_s, self._lose_patience, name)
        self._go_on(name)

    def _lose_patience(self, name: str) -> None:
        """The customer goes at the next moment at which it would do something, or hear of it."""
        self._guests[name].patience = None
        journey = self.world.find((name, 0))
        if journey is None:
            return
        place = (name, 0)
        waits_for_reply = journey.waiting and journey.tx is None
        if waits_for_reply or (self.pool is not None and self.pool.waits(place)):
            self._abandon(place)
        else:
            self._leaving.add(place)

    def _abandon(self, place: Place) -> None:
        self._leaving.discard(place)
        self._scheduled.discard(place)
        self._busy.forget(place)
        if self.pool is not None:
            self.pool.forget(place)
        self.world.abandon(place[0])
        self._go_on(place[0])

    def _go_on(self, name: str, event: Event | None = None) -> None:
        """Schedule what the customer's processes do next, or let the customer go."""
        actor = self.world.actors[name]
        guest = self._guests[name]
        carry, on_the_way = self._carriage, NOT_ON_THE_WAY
        if carry is not None:
            on_the_way = carry.times_s(name, actor, guest.draws, event)
        if guest.asked:
            self._forget_answered(guest, actor)
        for process in actor.processes:
            place = (name, process.slot)
            if not process.waiting and place not in self._scheduled:
                self._scheduled.add(place)
                carried_s = on_the_way.get(process.slot, 0.0)
                self._schedule(place, self.world.moves.pending(process), carried_s)
        if guest.turns:
            self._lines.give_back(guest.turns, actor)
        if self.world.actors.get(name) is actor and actor.done:
            self._leave(name)

    def _schedule(self, place: Place, step: Step, after_s: float = 0.0) -> None:
        """A step is taken in its time, or so much later."""
        guest = self._guests[place[0]]
        guest.steps += 1
        if guest.steps > STEP_BOUND:
            raise self._endless(place)
        if step.__class__ in STATEMENTS:
            delay_s = self._statement_s(next(guest.latencies))
        else:
            delay_s = self._chances.delay_s(guest.draws, place, step)
        pool = self.pool
        if pool is None or step.__class__ is not Begin:
            self.clock.after(after_s + delay_s, self._take, place)
        elif after_s:
            self.clock.after(after_s, lambda on: pool.begin(on, delay_s), place)
        else:
            pool.begin(place, delay_s)

    def _endless(self, place: Place) -> Problem:
        running = self.world.running(place)
        return Problem(
            f"{running.program.title}{running.place} has not come to an end when {place[0]} and "
            f"what it caused have taken {STEP_BOUND:,} steps.",
            hint="bound its loop; a retry needs a last try",
        )

    def _take(self, place: Place) -> None:
        """A step is taken, and at once those of the waiters that it lets go on, in their order."""
        if self._leaving and place in self._leaving and not self.world.in_transaction(place):
            self._abandon(place)
            return
        ready = self._taken(place)
        if ready:
            following = deque(ready)
            while following:
                following += self._taken(following.popleft())

    def _taken(self, place: Place) -> Sequence[Place]:
        """Take the pending step of a process; who need not wait any longer."""
        # Who writes down every step has them taken by the rules; it comes to the same.
        taken = self._plain.take(place) if self._recorder is None else None
        if taken is None:
            return self._taken_by_the_rules(place)
        step, pending, ended, waits_for = taken
        if ended is not None and self.pool is not None:
            self.pool.give_back(place)
        if waits_for is not None:
            self._count("lock waits", place)
            return self._wait(place, waits_for)
        if step.__class__ in ROW_STEPS and self.clock.now >= self._counts_from_s:
            self.tally.steps["statements"] += 1
        if isinstance(pending, Finished):
            self._scheduled.discard(place)
            self.world.settle(place)
            self._go_on(place[0])
        else:
            self._schedule(place, pending)
        if ended is None:
            return ()
        self._transaction_ended()
        if not self.world.anybody_waits:
            return ()
        return self.world.released(holding(ended))

    def _taken_by_the_rules(self, place: Place) -> list[Place]:
        if self._busy.holds_up(place, self._take):
            if self._busy.has_begun(place):
                self._count("lock waits", place)
            return []
        held = self.world.held(place)
        event = self.world.take(place, choice := self._choice(place), self.clock.now)
        if isinstance(event.step, Receive):
            self._lines.received(place, event)
            return []
        self._note(event, "wait" if event.waits else "step", choice)
        return (
            self._after(event, held)
            if event.waits_for is None
            else self._wait(place, event.waits_for)
        )

    def _after(self, event: Event, held: frozenset[Any]) -> list[Place]:
        place = (event.actor, event.slot)
        self._scheduled.discard(place)
        pool = self.pool
        if pool is not None and pool.holds(place) and not self.world.in_transaction(place):
            pool.give_back(place)
        if isinstance(event.step, Request) and event.step.timeout_s is not None:
            self._bear(place, event.step)
        freed = held - self.world.held(place)
        self._go_on(place[0], event)
        return self.world.released(freed) if freed else []

    def _begun(self, place: Place, event: Event) -> None:
        """A handler has begun with its message, after it had waited for its turn or at once."""
        self._note(event, "step", None)
        self._guests[place[0]].turns.update(self.world.turns(place))
        self._scheduled.discard(place)
        self._go_on(place[0])

    def _bear(self, place: Place, step: Request) -> None:
        """A process waits for its reply, and for how long."""
        actor = self.world.actors[place[0]]
        process = next((p for p in actor.processes if p.slot == place[1]), None)
        if process is None or not process.may_give_up or process.cursor.pending is not step:
            return  # it has its reply already, or has just given up
        assert step.timeout_s is not None, "who may give up has a time-out"
        entry = self.clock.after(step.timeout_s, self._give_up, place)
        self._guests[place[0]].asked[place[1]] = (step, entry)

    def _forget_answered(self, guest: Guest, actor: Actor) -> None:
        """Who has a reply does not give up any more."""
        asked = guest.asked
        asking = {p.slot: p.cursor.pending for p in actor.processes if p.may_give_up}
        for slot, (step, entry) in list(asked.items()):
            if asking.get(slot) is not step:
                del asked[slot]
                self.clock.cancel(entry)

    def _give_up(self, place: Place) -> None:
        del self._guests[place[0]].asked[place[1]]
        event = self.world.take(place, GIVES_UP)
        self._note(event, "step", GIVES_UP)
        self._after(event, frozenset())

    def _wait(self, place: Place, key: Key) -> list[Place]:
        self.world.wait(place, key)
        if not self.world.waits_in_a_circle(place):
            return []
        self.world.stop_waiting(place)
        held = self.world.held(place)
        aborted = self.world.abort(place, DEADLOCK_DETECTED)
        self._note(aborted, "abort", DEADLOCK_DETECTED)
        return self._after(aborted, held)

    def _leave(self, name: str) -> None:
        actor = self.world.actors.pop(name)
        outcome = actor.outcome or "done"
        self.world.outcomes.append(outcome)
        self._leaving.discard((name, 0))
        self.crowd.leaves(name, outcome)
        self._faults |= dict.fromkeys(actor.faults)
        if self._carriage is not None:
            self._carriage.gone(name)
        if self._progress is not None:
            self._progress(len(self.world.outcomes))

    def _choice(self, place: Place) -> str | None:
        actor = self.world.actors[place[0]]
        process = actor.process(place[1])
        step = self.world.moves.pending(process)
        if not isinstance(step, Call):
            return self._chances.fault(self._guests[place[0]].draws, actor, process)
        self.world.moves.choices(actor, process)  # says so when the scenario knows no outcomes
        return self._called(step, place)

    def _called(self, step: Call, place: Place) -> str | None:
        return self._chances.answer(self._guests[place[0]].draws, step)

    def _looked(self, _step: Now, _place: Place) -> float:
        return self.clock.now

    def _transaction_ended(self) -> None:
        now_s = self.clock.now
        self.till.look(self._ledger, now_s, counts=now_s >= self._counts_from_s)
        self._lookout.transaction_ended(self.world)

    def _note(self, event: Event, kind: str, choice: str | None) -> None:
        if self._recorder is not None:
            self._recorder.happened(self.world, event, kind, choice)
        if event.ends:
            self._transaction_ended()
        for kind in counted_as(event):
            self._count(kind, (event.actor, event.slot))

    def _count(self, kind: str, place: Place) -> None:
        if self.clock.now >= self._counts_from_s:
            self.tally.steps[kind] += 1
            if kind in CONFLICTS and self._guests[place[0]].attempt > 1:
                self.tally.steps[CONFLICTS_AGAIN] += 1


__all__ = ["Shop", "simulate"]
