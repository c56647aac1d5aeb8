"""The transactional store: what a statement does, as PostgreSQL does it.

`execute` is the one statement of the semantics, used by every driver. It is pure: it takes the
transaction's state and a view of the committed rows, and returns an outcome with the new state;
whoever calls it keeps the rows and knows who holds which lock.

The rules, from PostgreSQL's documentation (chapter 13) and from stepping a real server:

- A statement of a READ COMMITTED transaction sees what is committed when it begins: that decides
  which rows it comes to, and in which order. A row that is locked is waited for; after the wait
  the newest version is tested again. If the test fails then, nothing is done to the row, but it
  stays locked; if the row was deleted, there is nothing to lock.
- A row that does not match when the statement begins is not waited for.
- A REPEATABLE READ transaction sees one snapshot, taken at its first statement. Writing or locking
  a row that was changed after the snapshot raises 40001, without waiting for who holds it now.
- A row that its table does not take raises 23502 or 23514. That is judged before anybody is waited
  for, by the row as the statement sees it, and again by what the row is after the wait; of an
  insert before its key is looked for.
- Inserting a row that is there raises 23505 at once, unless somebody is writing that row.
- A statement that fails undoes the work since the last savepoint, or all of it, and releases those
  locks at once; every further statement raises 25P02 until it is rolled back.

Three things that could be wrong: a transaction that sees its own writes too late, a lock that
outlives its transaction, and a value that comes back to what it was (a change all the same).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from eventproof.simulator.errors import (
    IN_FAILED_TRANSACTION,
    LOCK_NOT_AVAILABLE,
    SERIALIZATION_FAILURE,
    UNIQUE_VIOLATION,
)
from eventproof.simulator.statements import (
    Delete,
    Get,
    Insert,
    Isolation,
    OnConflict,
    OnLocked,
    Release,
    RollbackTo,
    RowStep,
    Savepoint,
    Select,
    StoreStep,
    Update,
    may_be_refused,
)
from eventproof.simulator.tables import Key, Row
from eventproof.simulator.transactions import Hold, Holds, Rows, Tx, UnderWay
from eventproof.simulator.uniqueness import obstacle, with_entries


class Done(NamedTuple):
    """The statement finished with an answer."""

    tx: Tx
    answer: Any


class Blocked(NamedTuple):
    """The statement waits for a row that another transaction holds."""

    tx: Tx
    """The state while waiting."""
    key: Key
    in_line: bool
    """Whether it waits in the row's queue, and not beside it for the holder's end."""
    matters: bool
    """Whether a statement that waits could be told from one that has not been issued yet."""


class Failed(NamedTuple):
    """The statement failed; the locks taken since the last savepoint are gone."""

    tx: Tx
    sqlstate: str


Outcome = Done | Blocked | Failed

Reaching = Get | Select | Update | Delete
"""Statements that come to rows one by one, to lock or to change them."""


def execute(step: StoreStep, tx: Tx, rows: Rows, hold: Holds) -> Outcome:
    """What `step` does in `tx`; `hold` says how another transaction holds a row."""
    match step:
        case RollbackTo():
            back = tx.as_saved()
            return Done(back._replace(saved=back.saved[:-1], failed=False), None)
        case _ if tx.failed:
            return Failed(tx, IN_FAILED_TRANSACTION)
        case Savepoint():
            return Done(tx.with_savepoint(), None)
        case Release():
            return Done(tx._replace(saved=tx.saved[:-1]), None)
    if tx.snapshot is not None or tx.isolation is Isolation.READ_COMMITTED:
        return _executed(step, tx, rows, hold)
    outcome = _executed(step, tx._replace(snapshot=rows.snapshot()), rows, hold)
    # A statement that then waits has seen its snapshot: that it waits is a fact of its own.
    return outcome._replace(matters=True) if isinstance(outcome, Blocked) else outcome


def wait_matters(step: Reaching) -> bool:
    """Whether it makes a difference that a statement has begun to wait, as far as it goes itself.

    A statement on one row without a test could as well be issued after the wait.
    """
    if isinstance(step, Get | Select):
        return isinstance(step, Select)
    return bool(step.guards) or may_be_refused(step)


def fail(tx: Tx, sqlstate: str) -> Failed:
    """The transaction fails: its writes and locks since the last savepoint are gone."""
    if tx.saved:
        return Failed(tx.as_saved()._replace(failed=True), sqlstate)
    return Failed(Tx(tx.isolation, failed=True), sqlstate)


def _executed(step: RowStep, tx: Tx, rows: Rows, hold: Holds) -> Outcome:
    if isinstance(step, Insert | Update) and tx.under_way and tx.under_way.written:
        return _enter(step, tx, rows, hold, before=next(iter(tx.under_way.found), None))
    match step:
        case Get(lock=False):
            return Done(tx, _visible(step.key, tx, rows))
        case Select(lock=False):
            return Done(tx, tuple(row for _, row in _selected(step, tx, rows)[: step.limit]))
        case Insert():
            return _insert(step, tx, rows, hold)
    return _reach(step, tx, rows, hold)


def _visible(key: Key, tx: Tx, rows: Rows) -> Row | None:
    return _shadow(key, tx) or tx.version(key, (tx.snapshot or rows).get(key))


def _shadow(key: Key, tx: Tx) -> Row | None:
    """The row that a snapshot goes on showing beside one that was inserted in its place.

    Others deleted it since; so its key was free, and the transaction could insert it.
    """
    if tx.snapshot is None or not tx.wrote(key) or not tx.snapshot.changed(key):
        return None
    return tx.snapshot.get(key)


def _newest(key: Key, tx: Tx, rows: Rows) -> Row | None:
    return tx.version(key, rows.get(key))


def _selected(step: Select, tx: Tx, rows: Rows) -> list[tuple[Key, Row]]:
    """The rows that match as the transaction sees them, in order."""
    table = step.table.name
    own = [(key, row) for key, row in tx.writes if key[0] == table]
    seen = (tx.snapshot or rows).scan(table)
    others = [(key, row) for key, row in seen if not tx.wrote(key) or _shadow(key, tx)]
    found = [
        (key, row)
        for key, row in (*others, *own)
        if row is not None and all(guard.holds(row) for guard in step.guards)
    ]
    return sorted(found, key=lambda item: step.order(item[1]))


def _changed_since_snapshot(key: Key, tx: Tx) -> bool:
    return tx.snapshot is not None and not tx.holds(key) and tx.snapshot.changed(key)


def _reach(step: Reaching, tx: Tx, rows: Rows, hold: Holds) -> Outcome:
    """Lock or change, one by one, the rows that matched when the statement began."""
    before = tx.under_way or UnderWay(todo=_matching(step, tx, rows))
    found = before.found
    tx = tx._replace(under_way=None)
    for at, key in enumerate(before.todo):
        if isinstance(step, Select) and len(found) == step.limit:
            break
        if key in before.gone and tx.snapshot is None:
            continue
        held = hold(key)
        error = _error_at(step, key, tx, rows, held=bool(held), is_new=before.key is None)
        if error is not None:
            return fail(tx, error)
        if held:
            if isinstance(step, Get | Select) and step.on_locked is OnLocked.SKIP:
                continue
            return _in_line(step, key, tx, before._replace(todo=before.todo[at:], found=found))
        row = _newest(key, tx, rows)
        if row is not None and not _meets(step, row):
            tx = tx.with_lock(key)  # tested again, and found wanting
        elif row is not None:
            tx, found = _done_to(step, key, row, tx, rows), (*found, row)
    if isinstance(step, Update) and found and step.table.unique:
        return _enter(step, tx, rows, hold, before=found[0])
    return Done(tx, _answer(step, found))


def _error_at(
    step: Reaching, key: Key, tx: Tx, rows: Rows, *, held: bool, is_new: bool
) -> str | None:
    """Why a statement fails at a row; one that `is_new` has not waited for it yet."""
    shadow = _shadow(key, tx)
    is_hidden = _changed_since_snapshot(key, tx) or (shadow and _meets(step, shadow))
    is_free = not (held or is_hidden)
    if is_free or is_new:
        refusal = _refusal(step, _newest(key, tx, rows) if is_free else _visible(key, tx, rows))
        if refusal is not None:
            return refusal
    if is_hidden:
        return SERIALIZATION_FAILURE
    if held and isinstance(step, Get | Select) and step.on_locked is OnLocked.FAIL:
        return LOCK_NOT_AVAILABLE
    return None


def _matching(step: Reaching, tx: Tx, rows: Rows) -> tuple[Key, ...]:
    if isinstance(step, Select):
        return tuple(key for key, _ in _selected(step, tx, rows))
    seen = (_visible(step.key, tx, rows), tx.version(step.key, None))
    matches = any(row is not None and _meets(step, row) for row in seen)
    return (step.key,) if matches else ()


def _meets(step: Reaching, row: Row) -> bool:
    return isinstance(step, Get) or all(guard.holds(row) for guard in step.guards)


def _in_line(step: Reaching, key: Key, tx: Tx, under_way: UnderWay) -> Blocked:
    rank = under_way.rank if under_way.key == key else 1
    waits = tx._replace(under_way=under_way._replace(key=key, in_line=True, rank=rank))
    return Blocked(waits, key, in_line=True, matters=wait_matters(step))


def _refusal(step: Reaching, row: Row | None) -> str | None:
    """The error with which the table refuses what an update makes of a row."""
    if not isinstance(step, Update) or row is None or not _meets(step, row):
        return None
    return step.table.refusal(step.applied_to(row))


def _done_to(step: Reaching, key: Key, row: Row, tx: Tx, rows: Rows) -> Tx:
    match step:
        case Get() | Select():
            return tx.with_lock(key)
        case Update():
            return tx.with_write(key, step.applied_to(row))
        case Delete():
            return tx.without_row(key, was_committed=rows.get(key) is not None)


def _answer(step: Reaching, found: tuple[Row, ...]) -> Any:
    match step:
        case Get():
            return found[0] if found else None
        case Select():
            return found
    return bool(found)


def _insert(step: Insert, tx: Tx, rows: Rows, hold: Holds) -> Outcome:
    # Uniqueness is judged on what is committed now, whatever the snapshot shows. A row that is
    # there and merely locked stays there; one that is being written may go or come.
    error = step.table.refusal(step.row)
    if error is not None:
        return fail(tx, error)
    key, before, tx = step.key, tx.under_way, tx._replace(under_way=None)
    row, held = _newest(step.key, tx, rows), hold(step.key)
    if before is not None and before.in_line and tx.snapshot is not None:
        # It has found the row that it would update, and waits for that one.
        if held:
            return _in_line_to_update(key, tx)
        if tx.snapshot.changed(key):
            return fail(tx, SERIALIZATION_FAILURE)
    if held and (held is Hold.WRITTEN or row is None):
        return _beside(key, tx)
    if row is None:
        return _insert_new(step, tx, rows, hold)
    if step.on_conflict is OnConflict.RAISE:
        return fail(tx, UNIQUE_VIOLATION)
    if held and step.on_conflict is OnConflict.UPDATE:
        return _in_line_to_update(key, tx)
    if _changed_since_snapshot(key, tx):
        return fail(tx, SERIALIZATION_FAILURE)
    if step.on_conflict is OnConflict.NOTHING:
        return Done(tx, False)
    new = row._replace(**{column: getattr(step.row, column) for column in step.sets})
    error = step.table.refusal(new)
    if error is not None:
        return fail(tx, error)
    return _enter(step, tx.with_write(key, new), rows, hold, before=row)


def _in_line_to_update(key: Key, tx: Tx) -> Blocked:
    waits = tx._replace(under_way=UnderWay(key=key, in_line=True))
    return Blocked(waits, key, in_line=True, matters=tx.snapshot is not None)


def _insert_new(step: Insert, tx: Tx, rows: Rows, hold: Holds) -> Outcome:
    """No row with the primary key is there; rows alike in a unique index may be."""
    if step.on_conflict is OnConflict.NOTHING:
        found = obstacle(step.table, step.key, step.row, None, tx, rows, hold)
        if found is not None and found.waits_for is not None:
            return _beside(found.waits_for, tx)
        if found is not None:
            hidden = found.row is not None and _changed_since_snapshot(found.row, tx)
            return fail(tx, SERIALIZATION_FAILURE) if hidden else Done(tx, False)
    return _enter(step, tx.with_write(step.key, step.row), rows, hold, before=None)


def _enter(
    step: Insert | Update, tx: Tx, rows: Rows, hold: Holds, *, before: Row | None
) -> Outcome:
    """A new version has been written in place of `before`: enter it in the unique indexes."""
    key = step.key
    row = _newest(key, tx, rows)
    assert row is not None, "it has just been written"
    found = obstacle(step.table, key, row, before, tx, rows, hold)
    if found is None:
        done = isinstance(step, Update) or before is None
        return Done(with_entries(step.table, row, before, tx)._replace(under_way=None), done)
    if found.waits_for is None:
        return fail(tx, UNIQUE_VIOLATION)
    kept = () if before is None else (before,)
    return _beside(found.waits_for, tx, UnderWay(written=key, found=kept))


def _beside(key: Key, tx: Tx, under_way: UnderWay | None = None) -> Blocked:
    waits = (under_way or UnderWay())._replace(key=key, in_line=False)
    return Blocked(
        tx._replace(under_way=waits), key, in_line=False, matters=waits.written is not None
    )
