"""Random schedules: for what is too large to be explored, or where it is asked for.

A run goes from the start to its end over the ways of `space`, one at a time, and every state on it
is judged as exploring judges it. Two ways to choose, by default in turn:

- `random`: whoever can move is as likely as any other, at each step.
- `pct`: each process has a random priority and the highest that can move does; at a few random
  steps the one who would move drops below all others. A fault that needs d of its steps in one
  order among k steps of n processes is met with a chance of at least 1/(n k^(d-1)) a run
  (Burckhardt and others, 2010, "A randomized scheduler with probabilistic guarantees of finding
  bugs"); d is 1 to 4 in turn.

The same seed gives the same runs. Nothing is proved: the verdict is `violated`, `passed`, or
`unknown` where a `sometimes` property was never met. Three things could be wrong: runs that never
end (they are cut, and counted), a process that moves for ever before all others (after a while a
run goes on at random), and looked-up ways that fill the memory (they are forgotten now and then).
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from time import monotonic

from eventproof.simulator.memory import resident_mb
from eventproof.simulator.model import Model
from eventproof.simulator.options import EveryWaitMatters
from eventproof.simulator.properties import NEVER_STUCK, Breach, View, breaches
from eventproof.simulator.search import (
    Budget,
    Exploration,
    NamedDeed,
    Progress,
    Standing,
    Violation,
    explore,
    never_comes_to,
)
from eventproof.simulator.space import Space
from eventproof.simulator.transitions import State, Transition

STEPS_BOUND = 5_000
"""Where a run is cut that has not ended."""

DEPTHS = (1, 2, 3, 4)

FORGET_EVERY = 1_000
"""Runs after which what was looked up is forgotten."""

KINDS = ("random", "pct", "both")

Mover = tuple[int, int]
"""Position of the actor that moves, and the slot of its process."""


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

    `budget.seconds` ends it as well. Of the result, `runs` says how many runs were begun.
    """
    search, budget = search or Search(), budget or Budget()
    started = monotonic()
    try:
        sampling = _Sampling(model, every_wait=False)
        return sampling.run(search, seed, budget, progress, started)
    except EveryWaitMatters:
        sampling = _Sampling(model, every_wait=True)
        return sampling.run(search, seed, budget, progress, started)


def explore_or_sample(
    model: Model,
    *,
    search: Search | None = None,
    seed: int = 1,
    budget: Budget | None = None,
    progress: Progress | None = None,
) -> Exploration:
    """Explore; take runs at random where `search` asks for them, or where the budget ended first.

    The second half has the budget's seconds once more. A violation of either half is one.
    """
    if search is not None:
        return sample(model, search=search, seed=seed, budget=budget, progress=progress)
    found = explore(model, budget=budget, progress=progress)
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
        note="; ".join(note for note in (found.note, taken.note) if note) or None,
        runs=taken.runs,
    )


class _Random:
    """Any of those who can move."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def in_line(self, movers: list[Mover]) -> list[Mover]:
        """In which order they are asked to move: the first that can does."""
        self._chance.shuffle(movers)
        return movers

    def moved(self, _mover: Mover) -> bool:
        """Whether whoever is about to move may."""
        return True


class _ByPriority:
    """Whoever has the highest priority, which changes at a few steps.

    `length` is how many steps a run is expected to take.
    """

    def __init__(self, chance: random.Random, depth: int, length: int) -> None:
        self._chance = chance
        self._length = length
        changes = [chance.randrange(1, length + 1) for _ in range(depth - 1)]
        self._changes = {at: -1.0 - number for number, at in enumerate(changes)}
        self._priorities: dict[Mover, float] = {}
        self._steps = 0

    def in_line(self, movers: list[Mover]) -> list[Mover]:
        """By their priorities; at random in a run that is much longer than expected."""
        if self._steps > 2 * self._length + len(movers):
            self._chance.shuffle(movers)
            return movers
        for mover in movers:
            if mover not in self._priorities:
                self._priorities[mover] = self._chance.random()
        return sorted(movers, key=self._priorities.__getitem__, reverse=True)

    def moved(self, mover: Mover) -> bool:
        """Whether whoever is about to move may; at a change it drops below all others."""
        self._steps += 1
        lowered = self._changes.pop(self._steps, None)
        if lowered is not None:
            self._priorities[mover] = lowered
        return lowered is None


class _Sampling:
    """Runs over one model; keeps what has been found and what has been met."""

    def __init__(self, model: Model, *, every_wait: bool) -> None:
        self._model = model
        self._every_wait = every_wait
        self._names = [customer.name for customer in model.customers]
        self._unmet = {prop.name: prop for prop in model.sometimes}
        self._violations: dict[str, Violation] = {}
        self._steps = 0
        self._cut = 0
        self._length = 1

    def run(
        self,
        search: Search,
        seed: int,
        budget: Budget,
        progress: Progress | None,
        started: float,
    ) -> Exploration:
        """Take the runs and say what came of them."""
        runs, ended_by = 0, None
        while runs < search.runs and not self._violations:
            if monotonic() - started > budget.seconds:
                ended_by = "seconds"
                break
            if runs % FORGET_EVERY == 0:
                self._forget()
            if budget.memory_mb is not None and resident_mb() > budget.memory_mb:
                ended_by = "memory"
                break
            # A generator of its own for each: a run is the same whatever others did before it.
            chance = random.Random(f"{seed} {runs}")  # noqa: S311 - drawn for tests, not secrets
            self._take(self._scheduler(search.by, runs, chance), chance)
            runs += 1
            if progress is not None:
                progress(Standing(runs, search.runs - runs))
        return Exploration(
            verdict=self._verdict(),
            states=0,
            transitions=self._steps,
            count=None,
            seconds=monotonic() - started,
            violations=tuple(self._violations.values()),
            unreached=tuple(self._unmet),
            interchangeable=False,
            note=f"{self._cut:,} runs were cut after {STEPS_BOUND:,} steps" if self._cut else None,
            exhausted=False,
            runs=runs,
            ended_by=ended_by,
        )

    def _verdict(self) -> str:
        if self._violations:
            return "violated"
        return "unknown" if self._unmet else "passed"

    def _forget(self) -> None:
        self._space = Space(self._model, interchangeable=False, every_wait=self._every_wait)
        self._seen: dict[object, tuple[View, tuple[Breach, ...]]] = {}

    def _scheduler(self, by: str, run: int, chance: random.Random) -> _Random | _ByPriority:
        if by == "random" or (by == "both" and run % 2 == 0):
            return _Random(chance)
        number = run // 2 if by == "both" else run
        return _ByPriority(chance, DEPTHS[number % len(DEPTHS)], self._length)

    def _take(self, scheduler: _Random | _ByPriority, chance: random.Random) -> None:
        """One run, to its end or to a violation."""
        deeds: list[NamedDeed] = []
        state, space = self._space.initial, self._space
        owed = dict.fromkeys(prop.name for prop in self._model.eventually if not prop.whenever)
        for steps in range(STEPS_BOUND):
            self._judge(state, deeds, owed)
            if self._violations:
                return
            way = self._way_from(state, scheduler, chance)
            if way is None:
                self._length = max(self._length, steps)
                self._end(space.done(state), deeds, owed)
                return
            state, _, _, position, successor = way
            deeds += [NamedDeed(self._names[position], deed) for deed in successor.deeds]
            self._steps += 1
        self._cut += 1

    def _way_from(
        self, state: State, scheduler: _Random | _ByPriority, chance: random.Random
    ) -> Transition | None:
        """The next step of a run; None at its end. Only those are asked who come first."""
        line = scheduler.in_line(self._space.processes(state))
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

    def _judge(self, state: State, deeds: list[NamedDeed], owed: dict[str, None]) -> None:
        """Look at a state with every property."""
        sight = self._space.sight(state)
        seen = self._seen.get(sight)
        if seen is None:
            view = self._space.view(state)
            seen = self._seen[sight] = (view, breaches(self._model.always, view))
            self._unmet = {name: p for name, p in self._unmet.items() if not p.met(view)}
        view, found = seen
        for prop in self._model.eventually:
            if prop.met(view):
                owed.pop(prop.name, None)
            elif prop.whenever is not None and prop.whenever(view):
                owed[prop.name] = None
        self._note(found, deeds)
        faults = self._space.faults(state)
        ignored = self._model.ignored_faults
        self._note((Breach(*f) for f in faults if f.property not in ignored), deeds)

    def _end(self, is_done: bool, deeds: list[NamedDeed], owed: Iterable[str]) -> None:
        if not is_done:
            said = "Something still runs and nothing can move."
            self._note([Breach(NEVER_STUCK, said)], deeds)
        self._note((Breach(name, never_comes_to(name, 0)) for name in owed), deeds)

    def _note(self, found: Iterable[Breach], deeds: list[NamedDeed]) -> None:
        for breach in found:
            violation = Violation(breach.property, breach.sentence, tuple(deeds))
            self._violations.setdefault(breach.property, violation)


def _mover(way: Transition) -> Mover:
    return way[3], way[4].deeds[0].slot
