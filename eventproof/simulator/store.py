"""The transactional store: what a statement does, as PostgreSQL does it.

`execute` is the one statement of the semantics, used by every driver. It is pure: it takes the
transaction's state and a view of the committed rows, and returns an outcome with the new state;
whoever calls it keeps the rows and knows who holds which lock.

The rules, from PostgreSQL's documentation (chapter 13) and from stepping a real server:

- A statement of a READ COMMITTED transaction sees what is committed when it begins. An update
  whose row is locked waits; after the wait it looks at the newest version and tests its guard
  again. If the guard fails then, no row is changed, but the row stays locked.
- An update tests its guard before it waits: a row that does not match is not waited for.
- A REPEATABLE READ transaction sees one snapshot, taken at its first statement. Writing or locking
  a row that was changed after the snapshot raises 40001, without waiting for who holds it now.
- Inserting a row that is there raises 23505 at once, unless somebody is writing that row.
- A statement that fails ends the transaction's work at once and releases its locks; every further
  statement raises 25P02 until it is rolled back.

Three things that could be wrong: a transaction that sees its own writes too late, a lock that
outlives its transaction, and a value that comes back to what it was (a change all the same).
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any, NamedTuple, Protocol

from eventproof.simulator.errors import (
    IN_FAILED_TRANSACTION,
    SERIALIZATION_FAILURE,
    UNIQUE_VIOLATION,
)
from eventproof.simulator.steps import Get, Insert, Isolation, StoreStep, Update
from eventproof.simulator.tables import Key, Row


class Snapshot(Protocol):
    """The committed rows as they were at one moment."""

    def get(self, key: Key) -> Row | None:
        """The row as it was, or None."""
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

    def snapshot(self) -> Snapshot:
        """The rows as they are now, to be kept."""
        ...


class Hold(IntEnum):
    """How a transaction holds a row that others want."""

    NONE = 0
    LOCKED = 1
    """Locked and not changed."""
    WRITTEN = 2
    """Changed or inserted; whether that stays is not decided yet."""


Holds = Callable[[Key], Hold]


class Tx(NamedTuple):
    """The state of one transaction."""

    isolation: Isolation
    writes: tuple[tuple[Key, Row], ...] = ()
    """Rows written and not yet committed, by key. Their rows are locked."""
    locks: frozenset[Key] = frozenset()
    """Rows locked without being written."""
    snapshot: Snapshot | None = None
    waited: int = 0
    """0, or the place of the pending statement in its row's queue, where it has begun to wait."""
    failed: bool = False

    def written(self, key: Key) -> Row | None:
        """The transaction's own version of a row."""
        for other, row in self.writes:
            if other == key:
                return row
        return None

    def holds(self, key: Key) -> bool:
        """Whether this transaction has locked the row."""
        return key in self.locks or any(other == key for other, _ in self.writes)

    def hold(self, key: Key) -> Hold:
        """How this transaction holds the row."""
        if self.written(key) is not None:
            return Hold.WRITTEN
        return Hold.LOCKED if key in self.locks else Hold.NONE

    @property
    def held(self) -> frozenset[Key]:
        """Every row that this transaction has locked."""
        return self.locks.union(key for key, _ in self.writes)

    def with_write(self, key: Key, row: Row) -> Tx:
        """With a new version of a row, which locks it."""
        writes = dict(self.writes)
        writes[key] = row
        return self._replace(writes=tuple(sorted(writes.items(), key=_by_key)), waited=0)


class Done(NamedTuple):
    """The statement finished with an answer."""

    tx: Tx
    answer: Any


class Blocked(NamedTuple):
    """The statement waits for a row that another transaction holds."""

    tx: Tx
    """The state while waiting; equal to the old one when beginning to wait changes nothing."""
    key: Key


class Failed(NamedTuple):
    """The statement failed; the transaction's locks are gone."""

    tx: Tx
    sqlstate: str


Outcome = Done | Blocked | Failed


def execute(step: StoreStep, tx: Tx, rows: Rows, hold: Holds) -> Outcome:
    """What `step` does in `tx`; `hold` says how another transaction holds a row."""
    if tx.failed:
        return Failed(tx, IN_FAILED_TRANSACTION)
    if tx.snapshot is None and tx.isolation is not Isolation.READ_COMMITTED:
        # A statement that then waits has seen its snapshot: that it waits is a fact of its own.
        return _waiting(_executed(step, tx._replace(snapshot=rows.snapshot()), rows, hold))
    return _executed(step, tx, rows, hold)


def _executed(step: StoreStep, tx: Tx, rows: Rows, hold: Holds) -> Outcome:
    match step:
        case Get(lock=False):
            return Done(tx, _visible(step.key, tx, rows))
        case Get():
            return _lock(step, tx, rows, hold)
        case Update():
            return _update(step, tx, rows, hold)
        case Insert():
            return _insert(step, tx, rows, hold)


def fail(tx: Tx, sqlstate: str) -> Failed:
    """The transaction fails: its writes and locks are gone."""
    return Failed(Tx(tx.isolation, failed=True), sqlstate)


def _waiting(outcome: Outcome) -> Outcome:
    if isinstance(outcome, Blocked) and not outcome.tx.waited:
        return Blocked(outcome.tx._replace(waited=1), outcome.key)
    return outcome


def _visible(key: Key, tx: Tx, rows: Rows) -> Row | None:
    own = tx.written(key)
    if own is not None:
        return own
    return (tx.snapshot or rows).get(key)


def _newest(key: Key, tx: Tx, rows: Rows) -> Row | None:
    own = tx.written(key)
    return rows.get(key) if own is None else own


def _changed_since_snapshot(key: Key, tx: Tx) -> bool:
    return tx.snapshot is not None and not tx.holds(key) and tx.snapshot.changed(key)


def _lock(step: Get, tx: Tx, rows: Rows, hold: Holds) -> Outcome:
    if _visible(step.key, tx, rows) is None:
        return Done(tx, None)
    if _changed_since_snapshot(step.key, tx):
        return fail(tx, SERIALIZATION_FAILURE)
    if hold(step.key):
        return Blocked(tx, step.key)
    tx = tx._replace(locks=tx.locks | {step.key}, waited=0)
    return Done(tx, _newest(step.key, tx, rows))


def _update(step: Update, tx: Tx, rows: Rows, hold: Holds) -> Outcome:
    key = step.key
    if not tx.waited and not _matches(step, _visible(key, tx, rows)):
        return Done(tx, False)
    if _changed_since_snapshot(key, tx):
        return fail(tx, SERIALIZATION_FAILURE)
    if hold(key):
        # So has one whose guard was tested once.
        return _waiting(Blocked(tx, key)) if step.guards else Blocked(tx, key)
    row = _newest(key, tx, rows)
    if row is None or not _matches(step, row):
        return Done(tx._replace(locks=tx.locks | {key}, waited=0), False)
    changes = {change.column: change.apply(row) for change in step.changes}
    return Done(tx.with_write(key, row._replace(**changes)), True)


def _insert(step: Insert, tx: Tx, rows: Rows, hold: Holds) -> Outcome:
    # Uniqueness is judged on what is committed now, whatever the snapshot shows. A row that is
    # there and merely locked stays there; one that is being written may go or come.
    there = _newest(step.key, tx, rows) is not None
    held = hold(step.key)
    if held and (held is Hold.WRITTEN or not there):
        return Blocked(tx, step.key)
    if there:
        return fail(tx, UNIQUE_VIOLATION)
    return Done(tx.with_write(step.key, step.row), None)


def _matches(step: Update, row: Row | None) -> bool:
    return row is not None and all(guard.holds(row) for guard in step.guards)


def _by_key(item: tuple[Key, Row]) -> str:
    # Keys of one table may mix types (text, tuples); their text orders them all.
    return repr(item[0])
