"""SQLite's transactions: locks on the whole database, nobody waits, what cannot be fails at once.

A statement does to its rows what it does anywhere (`store`, with nobody else about). What SQLite
adds is who may read and write at all. With a rollback journal: SHARED to read, RESERVED to write,
which one at a time has beside readers, and EXCLUSIVE to commit, beside nobody; on the way there
PENDING keeps new readers out. With a WAL: each reader has a snapshot, one at a time may write, and
a reader whose snapshot is out of date may not begin to. Who meets a lock gets SQLITE_BUSY, and
keeps the transaction; with a busy time-out a driver that has a clock asks before (`waits`).

The rules are those of SQLite's documentation (File Locking And Concurrency, Write-Ahead Logging)
and of stepping SQLite 3.40. Three things that could be wrong: which locks a statement that failed
leaves behind, a commit that fails and has not ended, and which writes make a snapshot out of date:
an update that leaves every value and every index as they were writes no page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from eventproof.simulator.errors import BUSY, BUSY_SNAPSHOT
from eventproof.simulator.guards import Guard
from eventproof.simulator.statements import (
    Delete,
    Get,
    Insert,
    Isolation,
    Mode,
    Release,
    RollbackTo,
    RowStep,
    Savepoint,
    Select,
    StoreStep,
)
from eventproof.simulator.steps import (
    Begin,
    Call,
    Commit,
    Now,
    Publish,
    Receive,
    Request,
    Rollback,
    Sleep,
    Step,
    Update,
)
from eventproof.simulator.store import Done, Failed, execute
from eventproof.simulator.tables import Key, Row, Table
from eventproof.simulator.transactions import Hold, Holds, Rows, Snapshot, Tx

_DATABASE = "sqlite database"
SHARED: Key = (_DATABASE, "shared")
"""Held by all who read, with a rollback journal."""
RESERVED: Key = (_DATABASE, "reserved")
"""Held by the one who writes."""
PENDING: Key = (_DATABASE, "pending")
"""Held by who waits to have the database alone, or has it: nobody else begins to read."""
CHANGED: Key = (_DATABASE, "changed")
"""Not a lock: a transaction has written a page; with its commit, snapshots are out of date."""


class Journal(StrEnum):
    """How SQLite makes commits atomic: `pragma journal_mode`."""

    ROLLBACK = "rollback"
    """Modes delete, truncate and persist."""
    WAL = "wal"


@dataclass(frozen=True, slots=True)
class SQLite:
    """A SQLite database."""

    journal: Journal = Journal.ROLLBACK
    mode: Mode = Mode.DEFERRED
    """The mode of a transaction that names none."""
    busy_timeout_s: float = 0.0
    """How long who meets a lock waits for it, where there is a clock: in simulated time, live."""

    def begin(self, mode: Mode | None, rows: Rows, hold: Holds) -> Tx | None:
        """A new transaction; None where the database is busy, and none is begun."""
        # What its level says about others is never asked: a statement meets nobody.
        new = Tx(Isolation.READ_COMMITTED)
        if self.of(mode) is Mode.DEFERRED:
            return new
        reading = self._reading(new, rows, hold)
        if reading is None or _obstacle(reading, hold) is not None:
            return None
        writing = _reserved(reading)
        if self.journal is Journal.WAL or self.of(mode) is Mode.IMMEDIATE:
            return writing
        return None if hold(SHARED) else writing.with_lock(PENDING)

    def of(self, mode: Mode | None) -> Mode:
        """The mode that a transaction has which asks for `mode`."""
        return mode or self.mode

    def execute(self, step: StoreStep, tx: Tx, rows: Rows, hold: Holds) -> Done | Failed:
        """What a statement does; one that fails undoes itself, and its transaction goes on."""
        match step:
            case Savepoint():
                return Done(tx.with_savepoint(), None)
            case Release():
                return Done(tx._replace(saved=tx.saved[:-1]), None)
            case RollbackTo():
                # Locks stay, and so do the pages that it has written.
                back = tx.as_saved()
                return Done(back._replace(saved=back.saved[:-1], locks=tx.locks), None)
        ready = self._reading(tx, rows, hold)
        if ready is None:
            return Failed(tx, BUSY)
        if not isinstance(step, Get | Select):
            error = _obstacle(ready, hold)
            if error is not None:
                return Failed(tx, error)  # a read lock taken for it is given back
            ready = _reserved(ready)
        return self._executed(step, ready, rows)

    def commit(self, tx: Tx, hold: Holds) -> Tx | Failed:
        """The transaction with what its commit writes, or as it goes on where that is busy."""
        if self.journal is Journal.WAL:
            return tx.with_write(CHANGED, None) if CHANGED in tx.locks else tx
        if RESERVED in tx.locks and hold(SHARED):
            return Failed(tx.with_lock(PENDING), BUSY)
        return tx

    def waits(self, step: Step, tx: Tx | None, rows: Rows, hold: Holds) -> bool:
        """Whether the step meets a lock, and one that SQLite waits for within its busy time-out.

        Who reads already and wants to write is told at once: the one with the lock may be waiting
        for just that reader.
        """
        match step:
            case Begin(mode=mode):
                return tx is None and self.begin(mode, rows, hold) is None
            case Commit():
                return tx is not None and isinstance(self.commit(tx, hold), Failed)
            case Get() | Select() | Insert() | Update() | Delete():
                if tx is None or self._reads(tx):
                    return False
                outcome = self.execute(step, tx, rows, hold)
                return isinstance(outcome, Failed) and outcome.sqlstate == BUSY
        return False

    def is_quiet(self, step: Step, tx: Tx | None, is_own: Callable[[Key], bool]) -> bool:
        """Whether no other actor and no property can notice a process's next step."""
        match step:
            case Begin(mode=mode):
                return self.of(mode) is Mode.DEFERRED
            case Publish() | Request() | Call() | Sleep() | Now():
                return True
            case Savepoint() | Release() | RollbackTo():
                return True
        if tx is None:
            return True
        if isinstance(step, Commit | Rollback):
            return not tx.locks
        # What nobody can write meanwhile, or what nobody else can read before it is committed.
        assert not isinstance(step, Receive), "who has a transaction has begun"
        is_able = self._reads(tx) if isinstance(step, Get) else RESERVED in tx.locks
        if isinstance(step, Select) or (step.table.unique and not isinstance(step, Get)):
            return False
        return is_able and is_own(step.key)

    def _reads(self, tx: Tx) -> bool:
        return SHARED in tx.locks or RESERVED in tx.locks or tx.snapshot is not None

    def _reading(self, tx: Tx, rows: Rows, hold: Holds) -> Tx | None:
        """The transaction with what it takes to read; None where the database is busy."""
        if self._reads(tx):
            return tx
        if self.journal is Journal.WAL:
            return tx._replace(snapshot=Seen(rows.snapshot()))
        return None if hold(PENDING) else tx.with_lock(SHARED)

    def _executed(self, step: RowStep, tx: Tx, rows: Rows) -> Done | Failed:
        seen = tx.snapshot or rows
        outcome = execute(step, tx._replace(snapshot=None), _Still(seen), _nobody)
        if isinstance(outcome, Failed):
            return Failed(tx, outcome.sqlstate)
        assert isinstance(outcome, Done), "nobody is there to wait for"
        # Which rows it came to is of no interest: the whole database is its own.
        after = tx._replace(writes=outcome.tx.writes)
        if self.journal is Journal.WAL and _writes_pages(step, tx, after, seen, outcome.answer):
            after = after.with_lock(CHANGED)
        return Done(after, outcome.answer)


def misplaced(mode: Mode) -> tuple[str, str]:
    """What a handler does that asks for a mode on another database, and what to do about it."""
    return (
        f"begins a transaction in mode {mode}, which is for SQLite",
        "leave `mode` out, or say `database: sqlite` in the scenario",
    )


class Seen(NamedTuple):
    """A reader's snapshot of the whole database."""

    rows: Snapshot
    stale: bool = False
    """Whether somebody has committed a change since."""

    def get(self, key: Key) -> Row | None:
        """The row as it was."""
        return self.rows.get(key)

    def scan(self, table: str) -> Iterable[tuple[Key, Row]]:
        """The rows of a table as they were."""
        return self.rows.scan(table)

    def changed(self, _key: Key) -> bool:
        """Whether anything was written since."""
        return self.stale or self.rows.changed(CHANGED)

    def noticing(self, keys: frozenset[Key]) -> Seen:
        """After somebody committed changes to `keys`."""
        return self._replace(stale=True) if CHANGED in keys else self


class _Still(NamedTuple):
    """Rows that nobody changes during the statement that looks at them."""

    rows: Rows | Snapshot

    def get(self, key: Key) -> Row | None:
        return self.rows.get(key)

    def scan(self, table: str) -> Iterable[tuple[Key, Row]]:
        return self.rows.scan(table)

    def snapshot(self) -> Snapshot:
        raise AssertionError("a statement alone needs no snapshot")


def _nobody(_key: Key) -> Hold:
    return Hold.NONE


def _obstacle(tx: Tx, hold: Holds) -> str | None:
    """Why a transaction that can read cannot write; None where it can."""
    if RESERVED in tx.locks:
        return None
    if hold(RESERVED):
        return BUSY
    is_stale = tx.snapshot is not None and tx.snapshot.changed(CHANGED)
    return BUSY_SNAPSHOT if is_stale else None


def _reserved(tx: Tx) -> Tx:
    # Nobody else writes from here on, so that the rows now are those of its snapshot.
    return tx.with_lock(RESERVED)._replace(snapshot=None)


def _writes_pages(
    step: RowStep, before: Tx, after: Tx, rows: Rows | Snapshot, answer: object
) -> bool:
    """Whether a statement has written a page, be it with what was there."""
    match step:
        case Delete():
            return bool(answer)
        case Update(table, key, changes):
            columns = [change.column for change in changes]
            return bool(answer) and _rewrites(table, key, columns, before, after, rows)
        case Insert(table, key, sets=sets):
            is_new = bool(answer)
            return is_new or (bool(sets) and _rewrites(table, key, sets, before, after, rows))
    return False


def _rewrites(
    table: Table,
    key: Key,
    columns: Iterable[str],
    before: Tx,
    after: Tx,
    rows: Rows | Snapshot,
) -> bool:
    """Whether a row was written anew: it differs, or stands in an index that is written anew."""
    old, new = before.version(key, rows.get(key)), after.version(key, rows.get(key))
    if old != new or old is None:
        return True
    return any(
        not indexed.isdisjoint(columns) and all(guard.holds(old) for guard in where)
        for indexed, where in _indexes(table)
    )


@cache
def _indexes(table: Table) -> tuple[tuple[frozenset[str], tuple[Guard, ...]], ...]:
    """The columns that each index of a table looks at, and which rows are in it."""
    return tuple(_indexes_of(table))


def _indexes_of(table: Table) -> Iterator[tuple[frozenset[str], tuple[Guard, ...]]]:
    for unique in table.unique:
        looked_at = {*unique.columns, *(guard.column for guard in unique.where)}
        yield frozenset(looked_at), unique.where
    for index in table.declared.indexes if table.declared is not None else ():
        if not index.unique:
            yield frozenset(column.name for column in index.columns), ()


__all__ = ["CHANGED", "PENDING", "RESERVED", "SHARED", "Journal", "SQLite", "Seen", "misplaced"]
