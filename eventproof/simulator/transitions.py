"""The records of exploring: what an actor can do from a state, and what that leads to."""

from __future__ import annotations

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


State = tuple[FrozenRows, tuple[int, ...]]


class Transition(NamedTuple):
    """One way on from a state."""

    position: int
    """Which actor moves."""
    weight: int
    """How many interchangeable actors could make the same move."""
    successor: Successor
    state: State
