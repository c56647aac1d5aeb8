"""Plain steps: those that meet nobody, taken the short way. For timed runs, which take millions.

A step is plain where the rules of the store cannot matter: its transaction is READ COMMITTED and
has no snapshot, savepoint, deletion or failure; its row is held by no other, or waiting for it is
all that can happen; its table has no unique index beside the primary key, and takes the row; no
fault of the network can happen at it. Everything else goes by `Moves.step`, and a plain step may:
it comes to the same, which a test holds for all.

What could be wrong: a step taken for plain that is not, a lock that is not written down, and an
answer that is not the store's. `statement` is held to `store.execute`, whole runs to whole runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from eventproof.simulator.actors import Actor, Place, Process, with_process
from eventproof.simulator.programs import Finished
from eventproof.simulator.statements import (
    Get,
    Insert,
    Isolation,
    OnLocked,
    RowStep,
    Update,
    may_be_refused,
)
from eventproof.simulator.steps import Begin, Commit, Rollback, Sleep, Step
from eventproof.simulator.tables import Key, Row
from eventproof.simulator.transactions import Tx, UnderWay
from eventproof.simulator.turns import has_begun

if TYPE_CHECKING:
    from eventproof.simulator.world import World

READ_COMMITTED = Isolation.READ_COMMITTED

UNTROUBLED = Tx(READ_COMMITTED)[3:]
"""What a plain transaction's fields are, beyond its isolation, writes and locks."""

PlainRowStep = Get | Update | Insert

WAITS = "waits"
"""The answer to who has only begun to wait: nobody gets it."""

Taken = tuple[Tx | None, Any]
"""The transaction after a step, and the answer."""

Answer = Callable[[Any, Place], Any]
"""What the driver answers a step of a process."""


class PlainStep(NamedTuple):
    """A plain step that was taken."""

    step: Step
    pending: Step | Finished
    """What the process asks next. One that has finished is yet to be settled."""
    ended: Tx | None = None
    """The transaction that the step has ended."""
    waits_for: Key | None = None
    """The row that the step has only begun to wait for."""


class PlainSteps:
    """Takes plain steps on the actors, rows and locks of a world, in place.

    `answers` says what calls and looks at the clock are answered; None where that is not plain.
    """

    def __init__(self, world: World, *, answers: Mapping[type, Answer]) -> None:
        self._world = world
        self._actors = world.actors
        self._rows = world.rows
        self._holders = world.holders
        self._isolation = world.model.isolation
        self._in_turns = world.model.turns is not None
        self._ways: dict[type, Callable[[Any, Tx | None, Place], Taken | None]] = {
            Sleep: _nothing,
            **{kind: _answering(answer) for kind, answer in answers.items()},
        }
        if world.model.sqlite is not None:
            return  # its locks are of the whole database
        statements = dict.fromkeys((Get, Update, Insert), self._statement)
        self._ways |= {Begin: self._begin, **statements}
        if world.model.network is None:  # else a handler may crash there
            self._ways |= {Commit: self._end, Rollback: self._end}

    def take(self, place: Place) -> PlainStep | None:
        """Take the pending step of a process; None, and nothing happens, if it is not plain."""
        name, slot = place
        actor = self._actors[name]
        process = actor.processes[0]
        if process.slot != slot:
            process = actor.process(slot)
        if self._in_turns and not has_begun(process):
            return None
        cursor, tx = process.cursor, process.tx
        step = cursor.pending
        way = self._ways.get(step.__class__)
        taken = way(step, tx, place) if way is not None else None
        if taken is None:
            return None
        after, answer = taken
        if after is not tx:
            self._actors[name] = _with_tx(actor, process, after)
        if answer is WAITS:
            self._world.begins_to_wait(place)
            return PlainStep(step, step, waits_for=step.key)
        cursor.pending = cursor.running.advance(answer)
        return PlainStep(step, cursor.pending, None if after is not None else tx)

    def _begin(self, step: Begin, tx: Tx | None, _place: Place) -> Taken | None:
        return None if tx is not None else (Tx(step.isolation or self._isolation), None)

    def _statement(self, step: PlainRowStep, tx: Tx | None, place: Place) -> Taken | None:
        if tx is None or tx[0] is not READ_COMMITTED:
            return None
        key, row = step.key, self._rows.current.get(step.key)
        holder = self._holders.get(key)
        is_held = holder is not None and holder != place
        try:
            if tx[3:] == UNTROUBLED:
                taken = beside(step, tx, row) if is_held else statement(step, tx, row)
            else:
                taken = None if is_held else after_waiting(step, tx, row)
        except TypeError:  # text plus one: the moves say whose step it is
            return None
        if taken is None:
            return None
        if tx.under_way is not None:
            self._world.goes_on(place)
        if not is_held and taken[0][1:3] != tx[1:3]:  # its writes and locks
            self._holders[key] = place
        return taken

    def _end(self, step: Commit | Rollback, tx: Tx | None, _place: Place) -> Taken | None:
        if tx is None or tx[3:] != UNTROUBLED or tx[0] is not READ_COMMITTED:
            return None
        if tx.writes and step.__class__ is Commit:
            self._rows.commit(tx.writes)
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
            new = table.row._make(values)
            return (_written(tx, key, new), True) if table.refusal(new) is None else None
        case Insert(table, key, new) if not table.unique:
            row = tx.version(key, committed) if tx.writes else committed
            is_added = row is None and table.refusal(new) is None
            return (_written(tx, key, new), True) if is_added else None
    return None


def beside(step: PlainRowStep, tx: Tx, committed: Row | None) -> tuple[Tx, Any] | None:
    """What `store.execute` comes to with a plain transaction and a row that another holds."""
    match step:
        case Get(lock=False):
            return tx, committed
        case Get(on_locked=OnLocked.WAIT):
            if committed is None:
                return tx, None
        case Update(table, _, _, guards) if not table.unique and not may_be_refused(step):
            if committed is None or not all(guard.holds(committed) for guard in guards):
                return tx, False
        case _:
            return None
    return tx._replace(under_way=UnderWay(step.key, todo=(step.key,))), WAITS


def after_waiting(step: PlainRowStep, tx: Tx, committed: Row | None) -> tuple[Tx, Any] | None:
    """What `store.execute` comes to when the row that a plain transaction waited for is free."""
    went_on = tx._replace(under_way=None)
    if went_on[3:] != UNTROUBLED or tx.under_way != UnderWay(step.key, todo=(step.key,)):
        return None
    taken = statement(step, went_on, committed)
    if taken is not None and taken[1] is False and committed is not None:
        return went_on.with_lock(step.key), False  # tested again, and found wanting
    return taken


def _written(tx: Tx, key: Key, row: Row) -> Tx:
    return tx.with_write(key, row) if tx.writes else Tx(tx.isolation, ((key, row),), tx.locks)


def _with_tx(actor: Actor, process: Process, tx: Tx | None) -> Actor:
    # As `_replace` would, which takes longer than the step itself.
    changed = Process._make((*process[:2], tx, *process[3:]))
    if len(actor.processes) == 1:
        return Actor._make((actor.rows, (changed,), *actor[2:]))
    return with_process(actor, changed)


def _answering(answer: Answer) -> Callable[[Any, Tx | None, Place], Taken | None]:
    def taken(step: Any, tx: Tx | None, place: Place) -> Taken | None:
        found = answer(step, place)
        return None if found is None else (tx, found)

    return taken


def _nothing(_step: Sleep, tx: Tx | None, _place: Place) -> Taken:
    return tx, None


__all__ = ["PlainStep", "PlainSteps", "Taken", "statement"]
