"""The records of exploring: what an actor can do from a state, and what that leads to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from eventproof.simulator.rows import FrozenRows
from eventproof.simulator.tables import Key
from eventproof.simulator.transactions import NO_KEYS, Hold


class Held(NamedTuple):
    """The shared rows that actors hold, to be part of a question's name."""

    keys: frozenset[Key] = frozenset()
    written: frozenset[Key] = frozenset()

    def hold(self, key: Key) -> Hold:
        """How a row is held."""
        if key in self.written:
            return Hold.WRITTEN
        return Hold.LOCKED if key in self.keys else Hold.NONE


NOTHING_HELD = Held()


def all_held(parts: Sequence[Held]) -> Held:
    """What several hold together."""
    if len(parts) < 2:
        return parts[0] if parts else NOTHING_HELD
    keys, written = zip(*parts, strict=True)
    return Held(frozenset().union(*keys), frozenset().union(*written))


class Deed(NamedTuple):
    """One step of one process, as a tape records it."""

    slot: int
    kind: str
    """`step`, `wait` (its statement begins to wait for a lock) or `abort`."""
    choice: str | None = None


class Successor(NamedTuple):
    """What an actor can do from a state: the steps, and what becomes of it."""

    rows: FrozenRows
    actor: int
    deeds: tuple[Deed, ...]
    written: frozenset[Key]
    removed: frozenset[Key] = NO_KEYS
    """Those of the written rows that were deleted, even if others were inserted in their place."""


class Wait(NamedTuple):
    """A process whose statement waits, or would wait if it were issued."""

    slot: int
    key: Key
    in_line: bool
    """Whether in the row's queue, and not beside it for the holder's end."""
    rank: int
    """Its place in the queue; 0 where it has not begun to wait, and may come to stand anywhere."""


class Options(NamedTuple):
    """All that an actor can do, and which of its processes wait for which row."""

    successors: tuple[Successor, ...]
    blocked: tuple[Wait, ...]


# What follows is made by the million: plain tuples and numbers, cheap to make, to take apart, to
# hash and to keep, and no work for the garbage collector.

State = tuple[int, ...]
"""The code of the shared rows, which is negative, and the actors' numbers."""

Way = tuple[Successor, int, int, dict[int, int] | None, bool]
"""A successor, the code of its rows, its actor, how others change with it (None: not), and whether
it looks to every property as before."""

Known = tuple[tuple[Way, ...], bool, tuple[Wait, ...]]
"""The ways of an actor, whether it may be part of a circle of those who wait, and its waits."""

Transition = tuple[State, int, bool, int, Successor]
"""One way on: the state after it, how many interchangeable actors could make the same move,
whether it looks to every property as before, which actor moves (its position), and how."""
