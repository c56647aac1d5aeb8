"""Plain steps: those that meet nobody, taken the short way. For timed runs, which take millions.

A step is plain where the rules of the store cannot matter: its transaction is READ COMMITTED and
has no snapshot, savepoint, deletion or failure; its row is held by no other; its table has no
unique index beside the primary key; no fault of the network can happen at it. Everything else
goes by `Moves.step`, and a plain step may: it comes to the same, which a test holds for all.

What could be wrong: a step taken for plain that is not, a lock that is not written down, and an
answer that is not the store's. `statement` is held to `store.execute`, whole runs to whole runs.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

from eventproof.simulator.actors import Actor, Process, with_process
from eventproof.simulator.live import LiveRows
from eventproof.simulator.programs import Finished
from eventproof.simulator.statements import Get, Insert, Isolation, RowStep, Update
from eventproof.simulator.steps import Begin, Commit, Rollback, Sleep, Step
from eventproof.simulator.tables import Key, Row
from eventproof.simulator.transactions import Tx

READ_COMMITTED = Isolation.READ_COMMITTED

UNTROUBLED = Tx(READ_COMMITTED)[3:]
"""What a plain transaction's fields are, beyond its isolation, writes and locks."""

Place = tuple[str, int]
"""(customer's name, slot of the process)."""

Taken = tuple[Tx | None, Any]
"""The transaction after a step, and the answer."""


class PlainSteps:
    """Takes plain steps on the actors, rows and locks of a world, in place."""

    def __init__(
        self,
        actors: MutableMapping[str, Actor],
        rows: LiveRows,
        holders: MutableMapping[Key, Place],
        *,
        isolation: Isolation,
        crashes: bool,
    ) -> None:
        self._actors = actors
        self._rows = rows
        self._holders = holders
        self._isolation = isolation
        self._ways: dict[type, Callable[[Any, Tx | None, Place], Taken | None]] = {
            Begin: self._begin,
            Get: self._statement,
            Update: self._statement,
            Insert: self._statement,
            Sleep: _nothing,
        }
        if not crashes:
            self._ways |= {Commit: self._commit, Rollback: self._rollback}

    def take(self, place: Place, answer: Any = None) -> Step | Finished | None:
        """What the process asks after its pending step; None, and nothing happens, if not plain.

        `answer` is that of a `Call` or of `Now`. A process that has finished is yet to be settled.
        """
        actor = self._actors[place[0]]
        process = actor.processes[0]
        if process.slot != place[1]:
            process = actor.process(place[1])
        cursor, tx = process.cursor, process.tx
        step = cursor.pending
        if answer is None:
            way = self._ways.get(step.__class__)
            taken = way(step, tx, place) if way is not None else None
            if taken is None:
                return None
            after, answer = taken
            if after is not tx:
                self._actors[place[0]] = _with_tx(actor, process, after)
        pending: Step | Finished = cursor.running.advance(answer)
        cursor.pending = pending
        return pending

    def _begin(self, step: Begin, tx: Tx | None, _place: Place) -> Taken | None:
        return None if tx is not None else (Tx(step.isolation or self._isolation), None)

    def _statement(self, step: Get | Update | Insert, tx: Tx | None, place: Place) -> Taken | None:
        key = step.key
        if tx is None or tx[3:] != UNTROUBLED or tx[0] is not READ_COMMITTED:
            return None
        holder = self._holders.get(key)
        if holder is not None and holder != place:
            return None if not isinstance(step, Get) or step.lock else self._read(key, tx)
        try:
            taken = statement(step, tx, self._rows.current.get(key))
        except TypeError:  # text plus one: the moves say whose step it is
            return None
        if taken is not None and taken[0] is not tx:
            self._holders[key] = place
        return taken

    def _read(self, key: Key, tx: Tx) -> Taken:
        return tx, tx.version(key, self._rows.current.get(key))

    def _commit(self, _step: Commit, tx: Tx | None, _place: Place) -> Taken | None:
        if tx is None or tx[3:] != UNTROUBLED or tx[0] is not READ_COMMITTED:
            return None
        if tx.writes:
            self._rows.commit(tx.writes)
        return self._ended(tx)

    def _rollback(self, _step: Rollback, tx: Tx | None, _place: Place) -> Taken | None:
        if tx is None or tx[3:] != UNTROUBLED or tx[0] is not READ_COMMITTED:
            return None
        return self._ended(tx)

    def _ended(self, tx: Tx) -> Taken:
        for key, _ in tx.writes:
            del self._holders[key]
        for key in tx.locks:
            if not tx.wrote(key):
                del self._holders[key]
        return None, None


def statement(step: RowStep, tx: Tx, committed: Row | None) -> tuple[Tx, Any] | None:
    """What `store.execute` comes to with a plain transaction and a row that no other holds.

    None where it cannot be said this way. `committed` is the row as it is committed now.
    """
    match step:
        case Get(_, key, lock):
            row = tx.version(key, committed) if tx.writes else committed
            is_new = lock and row is not None and key not in tx.locks
            return (tx.with_lock(key) if is_new else tx), row
        case Update(table, key, changes, guards) if not table.unique:
            row = tx.version(key, committed) if tx.writes else committed
            if row is None or not all(guard.holds(row) for guard in guards):
                return tx, False
            values: list[Any] = [*row]  # type: ignore[misc]  # a row is a named tuple
            for change in changes:
                values[table.columns.index(change.column)] = change.apply(row)
            return _written(tx, key, table.row._make(values)), True
        case Insert(table, key, new) if not table.unique:
            row = tx.version(key, committed) if tx.writes else committed
            return (_written(tx, key, new), True) if row is None else None
    return None


def _written(tx: Tx, key: Key, row: Row) -> Tx:
    return tx.with_write(key, row) if tx.writes else Tx(tx.isolation, ((key, row),), tx.locks)


def _with_tx(actor: Actor, process: Process, tx: Tx | None) -> Actor:
    # As `_replace` would, which takes longer than the step itself.
    changed = Process._make((*process[:2], tx, *process[3:]))
    if len(actor.processes) == 1:
        return Actor._make((actor.rows, (changed,), *actor[2:]))
    return with_process(actor, changed)


def _nothing(_step: Sleep, tx: Tx | None, _place: Place) -> Taken:
    return tx, None


__all__ = ["Place", "PlainSteps", "Taken", "statement"]
