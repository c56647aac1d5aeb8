"""Random schedules: for what is too large to be explored, cannot be, or where it is asked for.

A run goes from the start to its end, one step at a time, and every moment of it is judged as
exploring judges a state. Who moves next is chosen in one of two ways, by default in turn: at
random, or by changing priorities (`schedulers`).

A run goes over the ways of `space`, which are remembered and so cost a look-up. Where a handler
sends or asks with something that cannot be hashed, there are no such ways; then live handlers are
run anew each time (`walks`).

The same seed gives the same runs. Nothing is proved: the verdict is `violated`, `passed`, or
`unknown` where a `sometimes` property was never met. Three things could be wrong: runs that never
end (they are cut, and counted), looked-up ways that fill the memory (they are forgotten now and
then), and runs that are told as if they were all there are.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic
from typing import NamedTuple, Protocol

from eventproof.simulator.answers import Unhashable
from eventproof.simulator.model import Model
from eventproof.simulator.options import EveryWaitMatters
from eventproof.simulator.properties import Breach, View, breaches
from eventproof.simulator.schedulers import Mover, Scheduler, scheduler_of
from eventproof.simulator.search import (
    Budget,
    Exploration,
    NamedDeed,
    Progress,
    Standing,
    explore,
)
from eventproof.simulator.sightings import Sightings
from eventproof.simulator.space import Space
from eventproof.simulator.transitions import State, Transition
from eventproof.simulator.walks import Walk, walked

STEPS_BOUND = 5_000
"""Where a run is cut that has not ended."""

FORGET_EVERY = 1_000
"""Runs after which what was looked up is forgotten."""

MEMORY_EVERY = 256
"""Looks at the clock for one at the memory, which takes longer."""


@dataclass(frozen=True, slots=True)
class Search:
    """Runs at random in place of every order."""

    by: str = "both"
    """`random`, `pct` or `both`, half and half."""
    runs: int = 1_000


def sample(
    model: Model,
    *,
    search: Search | None = None,
    seed: int = 1,
    budget: Budget | None = None,
    progress: Progress | None = None,
) -> Exploration:
    """Take runs at random until one violates. Raises `Problem` when a handler is at fault.

    `budget.seconds` ends it as well, and the run that is under way. Of the result, `runs` says how
    many runs were begun.
    """
    search, budget = search or Search(), budget or Budget()
    started, every_wait = monotonic(), False
    while True:  # every wait may have to be a move, and even so nothing may be hashable
        try:
            ground: _Ground = _OverStates(model, every_wait=every_wait)
            return _Sampling(model, ground, started, budget).run(search, seed, progress)
        except EveryWaitMatters:
            every_wait = True
        except Unhashable as reason:
            sampling = _Sampling(model, _Alive(model), started, budget)
            found = sampling.run(search, seed, progress)
            why = f"{reason.why}: states cannot be told apart, so runs were taken at random"
            return replace(found, note=_joined(why, found.note))


def explore_or_sample(
    model: Model,
    *,
    search: Search | None = None,
    seed: int = 1,
    budget: Budget | None = None,
    progress: Progress | None = None,
) -> Exploration:
    """Explore; take runs at random where `search` asks for them, or where that cannot be finished.

    It cannot be where the budget ends first, and where states cannot be hashed. The second half
    has the budget's seconds once more. A violation of either half is one.
    """
    if search is not None:
        return sample(model, search=search, seed=seed, budget=budget, progress=progress)
    try:
        found = explore(model, budget=budget, progress=progress)
    except Unhashable:
        return sample(model, seed=seed, budget=budget, progress=progress)
    if found.exhausted or found.violations:
        return found
    taken = sample(model, seed=seed, budget=budget, progress=progress)
    unreached = tuple(name for name in found.unreached if name in taken.unreached)
    verdict = "unknown" if unreached or found.undecided else "passed"
    return replace(
        found,
        verdict="violated" if taken.violations else verdict,
        violations=taken.violations,
        unreached=unreached,
        interchangeable=False,
        note=_joined(found.note, taken.note),
        runs=taken.runs,
    )


def _joined(*notes: str | None) -> str | None:
    return "; ".join(note for note in notes if note) or None


IsOver = Callable[[], bool]
"""Whether the budget has ended: asked at each step, for a run of many actors takes long."""


class Taken(NamedTuple):
    """One run."""

    steps: int
    is_whole: bool
    """Whether it came to its end, or to a violation; else it was cut."""


class _Ground(Protocol):
    """On what runs are taken."""

    def forget(self) -> None:
        """Let go of what was remembered."""

    def take(
        self, scheduler: Scheduler, chance: random.Random, seen: Sightings, is_over: IsOver
    ) -> Taken:
        """One run, to its end or to a violation, unless it is cut."""


class _Sampling:
    """Runs over one model; keeps what has been found and what has been met."""

    def __init__(self, model: Model, ground: _Ground, started: float, budget: Budget) -> None:
        self._ground = ground
        self._started = started
        self._budget = budget
        self._ended_by: str | None = None
        self._looks = 0
        self._seen = Sightings(model)
        self._steps = 0
        self._cut = 0
        self._length = 1

    def run(self, search: Search, seed: int, progress: Progress | None) -> Exploration:
        """Take the runs and say what came of them."""
        runs = 0
        while runs < search.runs and not self._seen.violations and not self._is_over():
            if runs % FORGET_EVERY == 0:
                self._ground.forget()
            self._take(search.by, runs, seed)
            runs += 1
            if progress is not None:
                progress(Standing(runs, search.runs - runs))
        return Exploration(
            verdict=self._verdict(),
            states=0,
            transitions=self._steps,
            count=None,
            seconds=monotonic() - self._started,
            violations=tuple(self._seen.violations.values()),
            unreached=tuple(self._seen.unmet),
            interchangeable=False,
            note=f"{self._cut:,} runs were cut after {STEPS_BOUND:,} steps" if self._cut else None,
            exhausted=False,
            runs=runs,
            ended_by=self._ended_by,
        )

    def _verdict(self) -> str:
        if self._seen.violations:
            return "violated"
        return "unknown" if self._seen.unmet else "passed"

    def _take(self, by: str, run: int, seed: int) -> None:
        # A generator of its own for each: a run is the same whatever others did before it.
        chance = random.Random(f"{seed} {run}")  # noqa: S311 - drawn for tests, not secrets
        scheduler = scheduler_of(by, run, chance, self._length)
        taken = self._ground.take(scheduler, chance, self._seen, self._is_over)
        self._steps += taken.steps
        if taken.is_whole:
            self._length = max(self._length, taken.steps)
        elif self._ended_by is None:
            self._cut += 1

    def _is_over(self) -> bool:
        if monotonic() - self._started > self._budget.seconds:
            self._ended_by = "seconds"
        elif self._looks % MEMORY_EVERY == 0 and self._budget.fills_memory():
            self._ended_by = "memory"
        self._looks += 1
        return self._ended_by is not None


class _Alive:
    """Live handlers, begun anew for each run."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def forget(self) -> None:
        """Nothing is remembered."""

    def take(
        self, scheduler: Scheduler, chance: random.Random, seen: Sightings, is_over: IsOver
    ) -> Taken:
        """One run, to its end or to a violation, unless it is cut."""
        walk = Walk(self._model, chance)
        is_whole = walked(walk, scheduler, seen, bound=STEPS_BOUND, is_over=is_over)
        return Taken(len(walk.steps), is_whole)


class _OverStates:
    """The ways between states, which are made once and looked up from then on."""

    def __init__(self, model: Model, *, every_wait: bool) -> None:
        self._model = model
        self._every_wait = every_wait
        self._names = [customer.name for customer in model.customers]

    def forget(self) -> None:
        """Let go of the states that were met."""
        self._space = Space(self._model, interchangeable=False, every_wait=self._every_wait)
        self._judged: dict[object, tuple[View, tuple[Breach, ...]]] = {}

    def take(
        self, scheduler: Scheduler, chance: random.Random, seen: Sightings, is_over: IsOver
    ) -> Taken:
        """One run, to its end or to a violation, unless it is cut."""
        seen.begin()
        state, space = self._space.initial, self._space
        for steps in range(STEPS_BOUND):
            self._look(state, seen)
            if seen.violations:
                return Taken(steps, is_whole=True)
            if is_over():
                return Taken(steps, is_whole=False)
            way = self._way_from(state, scheduler, chance)
            if way is None:
                seen.end(is_done=space.done(state))
                return Taken(steps, is_whole=True)
            state, _, _, position, successor = way
            seen.deeds += [NamedDeed(self._names[position], deed) for deed in successor.deeds]
        return Taken(STEPS_BOUND, is_whole=False)

    def _way_from(
        self, state: State, scheduler: Scheduler, chance: random.Random
    ) -> Transition | None:
        """The next step of a run; None at its end. Only those are asked who come first."""
        line: list[Mover] = scheduler.in_line([*self._space.processes(state)])
        while line:
            mover = line.pop(0)
            ways, ties = self._space.ways_of(state, mover[0])
            if ties:  # the database may have to make somebody fail
                ways = self._space.transitions(state)
            own = [way for way in ways if _mover(way) == mover]
            if own:
                if scheduler.moved(mover):
                    return chance.choice(own)
                line = scheduler.in_line([*line, mover])
        return None

    def _look(self, state: State, seen: Sightings) -> None:
        """Look at a state with every property."""
        sight = self._space.sight(state)
        judged = self._judged.get(sight)
        if judged is None:
            view = self._space.view(state)
            judged = self._judged[sight] = (view, breaches(self._model.always, view))
            seen.meet(view)
        seen.look(*judged, self._space.faults(state))


def _mover(way: Transition) -> Mover:
    return way[3], way[4].deeds[0].slot
