"""The explore driver: visits every state of a model, breadth first, within a budget.

The first violation met is a shortest one. The verdict is `proved` only when every state has been
visited and no `always` property was broken; `passed` says that the budget ended first; `violated`
comes with the deeds that lead there, under the customers' own names; `unknown` is for a run whose
`sometimes` properties were never met, which has tested something else than it claims, and for one
that ended before its `eventually` properties could be told.
"""

from __future__ import annotations

import gc
from array import array
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from time import monotonic

from eventproof.findings import Problem
from eventproof.simulator.answers import NotInterchangeable
from eventproof.simulator.count import Count, Ways, count_interleavings
from eventproof.simulator.liveness import Circles, Graph, Lasso, lasso_of
from eventproof.simulator.memory import resident_mb
from eventproof.simulator.model import Model
from eventproof.simulator.options import EveryWaitMatters
from eventproof.simulator.properties import NEVER_STUCK, Breach, Eventually, breaches
from eventproof.simulator.space import Space
from eventproof.simulator.transitions import Deed, State, Transition

COUNTED_STATES = 2_000_000
"""Above this many states the interleavings are not counted."""

REFUTED_STATES = 50_000
"""States met after the first violation, for other properties and for the share; then it ends."""

BY_NAME = "each customer was explored by name"

FOR_EVER = "some run may go on for ever"

CLOCK_EVERY = 256
"""States between two looks at the clock."""

MEMORY_EVERY = 16
"""Looks at the clock for one at the memory, which takes longer."""

CROWDED = 64
"""Ways on from a state of so many actors that both are looked at after each: it takes long."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Where an exploration stops without having seen everything."""

    states: int = 1_000_000
    seconds: float = 60.0
    memory_mb: float | None = None
    """Megabytes (10^6 bytes) of the whole process's resident set; None: as much as there is."""

    def fills_memory(self) -> bool:
        """Whether the process has more memory than it may."""
        return self.memory_mb is not None and resident_mb() > self.memory_mb


@dataclass(frozen=True, slots=True)
class NamedDeed:
    """A deed of a customer."""

    actor: str
    deed: Deed


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken property, and the deeds that break it: as few moves as possible."""

    property: str
    sentence: str
    deeds: tuple[NamedDeed, ...]
    loop: int = 0
    """How many of the last deeds go round for ever; 0 where the run ends."""


@dataclass(frozen=True, slots=True)
class Exploration:
    """What an exploration found."""

    verdict: str
    """`proved`, `violated`, `passed` or `unknown`."""
    states: int
    transitions: int
    count: Count | None
    """How many interleavings there are and how many violate; None where it was not counted."""
    seconds: float
    violations: tuple[Violation, ...]
    unreached: tuple[str, ...]
    """`sometimes` properties that no state met."""
    interchangeable: bool
    """Whether customers were taken as interchangeable."""
    note: str | None = None
    """Why not, where they could have been."""
    exhausted: bool = True
    """Whether every state was visited."""
    undecided: tuple[str, ...] = ()
    """`eventually` properties that can only be told when every state has been visited."""
    runs: int | None = None
    """How many runs were taken at random; None where none was."""
    ended_by: str | None = None
    """Which bound ended it before every state was visited: `states`, `seconds` or `memory`; or
    `violation`, where enough was visited after one was found."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an exploration has come."""

    done: int
    """States that were gone on from, or runs."""
    waiting: int
    """States that were met and wait for it, or runs that are left."""
    depth: int | None = None
    """Moves from the start; None for runs at random."""


Progress = Callable[[Standing], None]
"""Told now and then."""


def explore(
    model: Model, *, budget: Budget | None = None, progress: Progress | None = None
) -> Exploration:
    """Visit every state of `model`. Raises `Problem` when a handler is at fault."""
    budget = budget or Budget()
    started = monotonic()
    interchangeable, every_wait, note = model.alike and len(model.customers) > 1, False, None
    if interchangeable and model.telling_apart is not None:
        interchangeable = False
        note = f"{model.telling_apart} may tell customers apart; {BY_NAME}"
    while True:  # each way back takes a reduction less, and there are two
        try:
            space = Space(model, interchangeable=interchangeable, every_wait=every_wait)
            with _no_collecting():
                return _Search(model, space, budget, progress, started).run(note)
        except NotInterchangeable as reason:
            interchangeable = False
            note = f"{reason}; {BY_NAME}"
        except EveryWaitMatters:
            every_wait = True
        except Circles:
            if interchangeable:
                note = f"{FOR_EVER}; {BY_NAME}"
            interchangeable, every_wait = False, True


@contextmanager
def _no_collecting() -> Iterator[None]:
    """Without looking for circles of garbage: a visit makes millions of tuples and no circles.

    Its tuples are best let go before the collector is back, which would go through all of them.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def never_comes_to(name: str, loop: int) -> str:
    """What is wrong with a run that never meets a condition."""
    how = f"the last {loop} steps go round for ever" if loop else "it ends"
    return f"A run never comes to `{name}`: {how}."


class _Search:
    """One breadth-first visit. Keeps, for each state, how it was first reached."""

    def __init__(
        self,
        model: Model,
        space: Space,
        budget: Budget,
        progress: Progress | None,
        started: float,
    ) -> None:
        self._model = model
        self._space = space
        self._budget = budget
        self._progress = progress
        self._started = started
        self._order: list[State] = []
        self._index: dict[State, int] = {}
        self._parents = array("Q")
        self._violations: dict[str, Violation] = {}
        self._violating: set[int] = set()
        self._ways = Ways()
        self._unmet = {prop.name: prop for prop in model.sometimes}
        self._judged: dict[Hashable, tuple[Breach, ...]] = {}
        self._undecided: list[str] = []
        self._ended_by: str | None = None
        self._looks = 0
        self._first_broken = 0
        self._some_run_ends = False

    def run(self, note: str | None) -> Exploration:
        """Visit, then count."""
        exhausted = self._visit()
        owed = self._find_owed(exhausted)
        # Where something must come about, those who go on for ever are part of the question.
        if exhausted and not (self._some_run_ends or self._violations or self._model.eventually):
            raise self._endless()
        count = None
        # Of a run that never meets something, no single state says that it violates; and where
        # every wait is a move, waits that make no difference would be counted too.
        is_exact = exhausted and not owed and not self._space.every_wait
        if is_exact and len(self._order) <= COUNTED_STATES:
            count = count_interleavings(self._ways, self._violating)
        return Exploration(
            verdict=self._verdict(exhausted),
            states=len(self._order),
            transitions=len(self._ways.target),
            count=count,
            seconds=monotonic() - self._started,
            violations=tuple(self._violations.values()),
            unreached=tuple(self._unmet),
            interchangeable=self._space.interchangeable,
            note=note,
            exhausted=exhausted,
            undecided=tuple(self._undecided),
            ended_by=self._ended_by,
        )

    def _verdict(self, exhausted: bool) -> str:
        if self._violations:
            return "violated"
        if self._unmet or self._undecided:
            return "unknown"
        return "proved" if exhausted else "passed"

    def _visit(self) -> bool:
        order, known, transitions_of = self._order, self._index, self._space.transitions
        parents, ways = self._parents, self._ways
        order.append(self._space.initial)
        known[self._space.initial] = 0
        parents.append(0)
        self._judge(0)
        at = next_look = 0
        found: list[Transition] = []
        while at < len(order):
            if at >= next_look or len(found) > CROWDED:
                if not self._within_budget(at, is_crowded=len(found) > CROWDED):
                    return False
                next_look = at + CLOCK_EVERY
            found = transitions_of(order[at])
            for following, weight, is_alike, _, _ in found:
                number = known.get(following)
                if number is None:
                    number = known[following] = len(order)
                    order.append(following)
                    parents.append(at)
                    if not is_alike:
                        self._judge(number)
                    elif at in self._violating:
                        self._violating.add(number)
                ways.target.append(number)
                ways.weight.append(weight)
            ways.end_state()
            if not found:
                self._note_end(at)
            at += 1
        return True

    def _note_end(self, number: int) -> None:
        if self._space.done(self._order[number]):
            self._some_run_ends = True
        else:
            stuck = Breach(NEVER_STUCK, "Something still runs and nothing can move.")
            self._note(number, stuck)

    def _endless(self) -> Problem:
        """Who goes round for ever, where no run ends: a proof of that would be an empty one."""
        following = self._order[-1]
        for _ in self._order:  # after so many moves it has been here before
            state = following
            following, _, _, position, successor = self._space.transitions(state)[-1]
        who = self._space.where(state, position, successor.deeds[0].slot)
        return Problem(
            f"{who} goes on for ever: no run of the scenario ends.",
            hint="bound its loop; a retry needs a last try",
        )

    def _within_budget(self, at: int, *, is_crowded: bool) -> bool:
        if self._progress is not None:
            self._progress(Standing(at, len(self._order) - at, self._depth_of(at)))
        budget = self._budget
        if len(self._order) > budget.states:
            self._ended_by = "states"
        elif self._first_broken and len(self._order) > self._first_broken + REFUTED_STATES:
            self._ended_by = "violation"
        elif monotonic() - self._started > budget.seconds:
            self._ended_by = "seconds"
        elif is_crowded or self._looks % MEMORY_EVERY == 0:
            self._ended_by = "memory" if budget.fills_memory() else None
        self._looks += 1
        return self._ended_by is None

    def _depth_of(self, at: int) -> int:
        """How many moves a state is from the start: breadth first goes level by level."""
        path_length = 0
        while at:
            at = self._parents[at]
            path_length += 1
        return path_length

    def _judge(self, number: int) -> None:
        """Look at a state with every property."""
        state = self._order[number]
        sight = self._space.sight(state)
        found = self._judged.get(sight)
        if found is None:
            view = self._space.view(state)
            found = self._judged[sight] = breaches(self._model.always, view)
            self._unmet = {name: p for name, p in self._unmet.items() if not p.met(view)}
        for breach in found:
            self._note(number, breach)
        for fault in self._space.faults(state):
            if fault.property not in self._model.ignored_faults:
                self._note(number, Breach(*fault))

    def _note(self, number: int, breach: Breach) -> None:
        self._violating.add(number)
        self._first_broken = self._first_broken or len(self._order)
        if breach.property not in self._violations:
            deeds = self._deeds_to(number)
            self._violations[breach.property] = Violation(breach.property, breach.sentence, deeds)

    def _find_owed(self, exhausted: bool) -> bool:
        """Note the `eventually` properties that some run never meets; whether there are any."""
        graph = Graph(self._space, self._order, self._index, self._ways, self._parents)
        found = False
        for prop in self._model.eventually:
            try:
                lasso = lasso_of(graph, prop)
            except Circles:
                if exhausted:
                    raise
                lasso = None
            if lasso is not None:
                found = True
                self._violations[prop.name] = self._owing(prop, lasso)
            elif not exhausted:
                self._undecided.append(prop.name)
        return found

    def _owing(self, prop: Eventually, lasso: Lasso) -> Violation:
        names = [customer.name for customer in self._model.customers]
        round_trip = tuple(
            NamedDeed(names[edge.transition[3]], deed)  # customers in circles go by their names
            for edge in lasso.loop
            for deed in edge.transition[4].deeds
        )
        sentence = never_comes_to(prop.name, len(round_trip))
        return Violation(
            prop.name, sentence, self._deeds_along(lasso.stem) + round_trip, len(round_trip)
        )

    def _deeds_to(self, number: int) -> tuple[NamedDeed, ...]:
        """The way by which a state was first reached."""
        path = [number]
        while path[-1]:
            path.append(self._parents[path[-1]])
        return self._deeds_along(path[::-1])

    def _deeds_along(self, path: Sequence[int]) -> tuple[NamedDeed, ...]:
        """The deeds of a way, with the customers' own names followed through the sorting."""
        names = [customer.name for customer in self._model.customers]
        deeds: list[NamedDeed] = []
        for before, after in pairwise(path):
            state, target = self._order[before], self._order[after]
            position, successor = next(
                (position, successor)
                for following, _, _, position, successor in self._space.transitions(state)
                if following == target
            )
            deeds += [NamedDeed(names[position], deed) for deed in successor.deeds]
            names = self._space.names_after(state, position, successor, names)
        return tuple(deeds)
