"""The state of one transaction, and what the store needs to know of the rows around it.

A transaction keeps its own versions of rows, the rows that it has locked, its snapshot, its
savepoints, and what its statement has still to do while that waits. All of it is plain data, so
that equal transactions are equal values.

Three things that could be wrong: a deleted row taken for one that was never written, a lock that
outlives the savepoint it was taken after, and a row that was deleted and inserted anew taken for
the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import NamedTuple, Protocol

from eventproof.simulator.statements import Isolation
from eventproof.simulator.tables import Entry, Key, Row

Writes = tuple[tuple[Key, Row | None], ...]
"""New versions of rows, by key; None where a row is deleted."""

NO_KEYS: frozenset[Key] = frozenset()


class Snapshot(Protocol):
    """The committed rows as they were at one moment."""

    def get(self, key: Key) -> Row | None:
        """The row as it was, or None."""
        ...

    def scan(self, table: str) -> Iterable[tuple[Key, Row]]:
        """The rows of a table as they were, in no particular order."""
        ...

    def changed(self, key: Key) -> bool:
        """Whether the row was written by anyone since."""
        ...

    def noticing(self, keys: frozenset[Key]) -> Snapshot:
        """The snapshot after somebody committed changes to `keys`."""
        ...


class Rows(Protocol):
    """The committed rows as they are now."""

    def get(self, key: Key) -> Row | None:
        """The row, or None."""
        ...

    def scan(self, table: str) -> Iterable[tuple[Key, Row]]:
        """The rows of a table, in no particular order."""
        ...

    def snapshot(self) -> Snapshot:
        """The rows as they are now, to be kept."""
        ...


class Hold(IntEnum):
    """How a transaction holds a row that others want."""

    NONE = 0
    LOCKED = 1
    """Locked and not changed."""
    WRITTEN = 2
    """Changed, inserted or deleted; whether that stays is not decided yet."""


Holds = Callable[[Key], Hold]


class UnderWay(NamedTuple):
    """A statement that waits for a row."""

    key: Key | None = None
    """The row; None before it has waited."""
    in_line: bool = True
    """Whether it stands in the row's queue; an insert waits for the holder's end, beside it."""
    todo: tuple[Key, ...] = ()
    """The rows that it has still to come to, this one first."""
    found: tuple[Row, ...] = ()
    """The rows that it has locked so far."""
    gone: frozenset[Key] = NO_KEYS
    """Those of its rows that were deleted since it began, even if others are there now."""
    rank: int = 1
    """Its place in the queue."""
    written: Key | None = None
    """The row that it has written and has still to enter in unique indexes."""


class Saved(NamedTuple):
    """What a savepoint remembers."""

    writes: Writes
    locks: frozenset[Key]
    removed: frozenset[Key]


class Tx(NamedTuple):
    """The state of one transaction."""

    isolation: Isolation
    writes: Writes = ()
    """Rows written and not yet committed, by key. They are locked."""
    locks: frozenset[Key] = NO_KEYS
    """Rows locked without being written."""
    snapshot: Snapshot | None = None
    under_way: UnderWay | None = None
    """What the pending statement has still to do, where it has begun to wait."""
    failed: bool = False
    saved: tuple[Saved, ...] = ()
    """The savepoints, the last at the end."""
    removed: frozenset[Key] = NO_KEYS
    """Committed rows that were deleted, even if others were inserted in their place."""
    serial: int | None = None
    """Its number among the serializable transactions, from its first statement on."""

    def version(self, key: Key, committed: Row | None) -> Row | None:
        """The row as this transaction has it, where others have `committed`."""
        for other, row in self.writes:
            if other == key:
                return row
        return committed

    def wrote(self, key: Key) -> bool:
        """Whether this transaction has a version of the row of its own."""
        return any(other == key for other, _ in self.writes)

    def holds(self, key: Key) -> bool:
        """Whether this transaction has locked the row."""
        return key in self.locks or self.wrote(key)

    def hold(self, key: Key) -> Hold:
        """How this transaction holds the row."""
        if self.wrote(key):
            return Hold.WRITTEN
        if key in self.locks:
            return Hold.WRITTEN if isinstance(key, Entry) else Hold.LOCKED
        return Hold.NONE

    @property
    def held(self) -> frozenset[Key]:
        """Every row that this transaction has locked."""
        return self.locks.union(key for key, _ in self.writes)

    @property
    def undecided(self) -> frozenset[Key]:
        """Those of them of which nobody knows yet whether they will be there."""
        return frozenset(key for key in self.held if self.hold(key) is Hold.WRITTEN)

    def with_write(self, key: Key, row: Row | None) -> Tx:
        """With a new version of a row, which locks it; None deletes it."""
        writes = dict(self.writes)
        writes[key] = row
        return self._replace(writes=tuple(sorted(writes.items(), key=_by_key)))

    def with_lock(self, key: Key) -> Tx:
        """With a row locked."""
        return self._replace(locks=self.locks | {key})

    def without_row(self, key: Key, *, was_committed: bool) -> Tx:
        """With a row deleted; `was_committed` tells it from one that only this one inserted."""
        tx = self.with_write(key, None)
        return tx._replace(removed=tx.removed | {key}) if was_committed else tx

    def with_savepoint(self) -> Tx:
        """With one more savepoint."""
        return self._replace(saved=(*self.saved, Saved(self.writes, self.locks, self.removed)))

    def as_saved(self) -> Tx:
        """With only the work before its last savepoint, which is kept."""
        return self._replace(under_way=None, **self.saved[-1]._asdict())

    def noticing(self, keys: frozenset[Key], removed: frozenset[Key]) -> Tx:
        """After somebody committed changes to `keys`, and removed the rows of some of them."""
        tx = self
        if tx.snapshot is not None:
            tx = tx._replace(snapshot=tx.snapshot.noticing(keys))
        if tx.under_way is not None and removed.intersection(tx.under_way.todo):
            gone = tx.under_way.gone.union(removed.intersection(tx.under_way.todo))
            tx = tx._replace(under_way=tx.under_way._replace(gone=gone))
        return tx


def _by_key(item: tuple[Key, Row | None]) -> str:
    # Keys of one table may mix types (text, tuples); their text orders them all.
    return repr(item[0])
