"""Who moves next in a run at random.

- `AnyOrder`: whoever can move is as likely as any other, at each step.
- `ByPriority` (PCT): each process has a random priority and the highest that can move does; at a
  few random steps the one who would move drops below all others. A fault that needs d of its steps
  in one order among k steps of n processes is met with a chance of at least 1/(n k^(d-1)) a run
  (Burckhardt and others, 2010, "A randomized scheduler with probabilistic guarantees of finding
  bugs"); d is 1 to 4 in turn.

Three things could be wrong: a process that moves for ever before all others (after a while a run
goes on at random), priorities of processes that come later (drawn when they are first met), and
numbers that depend on another run (each run has a generator of its own).
"""

from __future__ import annotations

import random
from typing import Any

DEPTHS = (1, 2, 3, 4)

KINDS = ("random", "pct", "both")

Mover = tuple[Any, int]
"""A process: its actor, by place or by name, and its slot."""


class AnyOrder:
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


class ByPriority:
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


Scheduler = AnyOrder | ByPriority


def scheduler_of(by: str, run: int, chance: random.Random, length: int) -> Scheduler:
    """The scheduler of a numbered run; `by` is one of `KINDS`, `both` takes them in turn."""
    if by == "random" or (by == "both" and run % 2 == 0):
        return AnyOrder(chance)
    number = run // 2 if by == "both" else run
    return ByPriority(chance, DEPTHS[number % len(DEPTHS)], length)


__all__ = [
    "DEPTHS",
    "KINDS",
    "AnyOrder",
    "ByPriority",
    "Mover",
    "Scheduler",
    "scheduler_of",
]
