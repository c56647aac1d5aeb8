"""Moves: what one step of one process does to its actor. Every driver moves by this module.

An actor is a customer (or any other driver of journeys) with everything that happens on its
behalf: its journey is process 0, and each message that the journey or one of its handlers sends
becomes another process of the same actor. Actors meet only in the store, so an actor's state
together with the shared rows and the locks of the others decides what it can do next.

`Moves.step` is pure where the cursors are: it takes an actor and returns what became of it, and
the shared rows that were committed. Keeping those rows, and knowing the locks of other actors, is
the driver's business.

Rows that only their own actor can reach (its order, its reservation) are kept in the actor, apart
from the shared rows. A driver says which keys those are; it may say none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from eventproof.findings import Problem
from eventproof.simulator.actors import (
    CONTRACT_KEPT,
    READABLE,
    Actor,
    Cursors,
    Fault,
    Move,
    OwnRows,
    Process,
    SharedRows,
    faulted,
    free_slot,
    held_by_siblings,
    noticed,
    with_process,
    without,
)
from eventproof.simulator.errors import BUSY, SERIALIZATION_FAILURE, DatabaseError
from eventproof.simulator.mishaps import delivery_of, faults_at, noting_failure, unreadable
from eventproof.simulator.network import (
    CRASH_AFTER,
    CRASH_BEFORE,
    LOST,
    TWICE,
    WORDS,
    Network,
    begins_again,
)
from eventproof.simulator.programs import Finished, Program, Routes, Thrown
from eventproof.simulator.quietness import is_quiet
from eventproof.simulator.reach import Reach
from eventproof.simulator.serializable import committing, failed, outcomes
from eventproof.simulator.sqlite_store import SQLite
from eventproof.simulator.steps import (
    Begin,
    Call,
    Commit,
    Isolation,
    Publish,
    Request,
    Rollback,
    Step,
    StoreStep,
    label,
)
from eventproof.simulator.store import Blocked, Failed, Outcome, execute, fail
from eventproof.simulator.tables import Key
from eventproof.simulator.transactions import Holds, Rows, Tx

READ_COMMITTED = Isolation.READ_COMMITTED


@dataclass(frozen=True)
class Moves:
    """The rules of movement for one scenario and one kind of cursor."""

    cursors: Cursors
    routes: Routes
    outcomes: Mapping[str, tuple[str, ...]]
    """External system -> what it may answer."""
    isolation: Isolation
    """The level of a transaction that names none."""
    is_own: Callable[[Key], bool]
    """Whether a row belongs to its actor alone."""
    fault_of: Callable[[Any, str], str | None]
    """What is wrong with a message under its contract of some version, or None."""
    network: Network | None = None
    sqlite: SQLite | None = None
    """Which SQLite the store is; None: PostgreSQL."""
    refuse: Callable[[Step], None] = lambda _step: None
    """Raises where a driver cannot accept a step."""

    def begin(self, program: Program, rows: OwnRows) -> Actor:
        """An actor at the start of its journey."""
        left = self.network.left if self.network is not None else None
        journey = Process(0, self.cursors.start(program))
        return self.settled(Actor(rows, (journey,), left=left), 0)

    def pending(self, process: Process) -> Step:
        """The step that a process asks next."""
        step = self.cursors.pending(process.cursor)
        assert not isinstance(step, Finished), "a finished process has been settled"
        return step

    def choices(self, actor: Actor, process: Process) -> tuple[Any, ...]:
        """What may become of a process's next step; (None,) where there is no choice."""
        step = self.pending(process)
        if not isinstance(step, Call):
            return (None, *faults_at(step, actor, process, self.network, self.routes))
        if step.system not in self.outcomes:
            raise Problem(
                f"the scenario does not say what {step.system} may answer.",
                hint=f"add `{step.system}: {{outcomes: [...]}}` to the scenario",
            )
        return self.outcomes[step.system]

    def quiet(self, actor: Actor, process: Process) -> bool:
        """Whether no other actor and no property can notice the process's next step."""
        step = self.pending(process)
        if self.sqlite is not None:
            return self.sqlite.is_quiet(step, process.tx, self.is_own)
        return is_quiet(step, actor, process, self.is_own)

    def step(
        self,
        actor: Actor,
        slot: int,
        rows: SharedRows,
        hold: Holds,
        choice: Any = None,
    ) -> Move:
        """Take the pending step of the process in `slot`.

        `rows` are the shared rows, `hold` says how other actors hold them, `choice` is the
        answer where the step leaves one.
        """
        process = actor.process(slot)
        step = self.pending(process)
        self.refuse(step)
        match step:
            case Begin():
                return self._begin(actor, process, step, rows, hold)
            case Commit() | Rollback():
                if isinstance(choice, str) and choice in WORDS:
                    return self._crashed_commit(actor, process, step, choice, rows, hold)
                return self._end(actor, process, step, rows, hold)
            case Publish(message):
                if isinstance(choice, str):
                    return self._faulty_publish(actor, process, step, choice)
                return self._answered(self._spawned(actor, message, None), process, step, None)
            case Request(message):
                return self._request(actor, process, step, message)
        if isinstance(step, StoreStep):
            return self._store(actor, process, step, rows, hold, choice)
        return self._answered(actor, process, step, 0.0 if choice is None else choice)

    def would_wait(
        self, actor: Actor, process: Process, step: StoreStep, rows: Rows, hold: Holds
    ) -> bool:
        """Whether a statement would wait for a lock, as far as its own snapshot goes."""
        if process.tx is None or self.sqlite is not None:
            return False
        # Not to take a snapshot by asking: what it sees now is what it would see.
        tx = process.tx if process.tx.snapshot else process.tx._replace(isolation=READ_COMMITTED)
        outcome = execute(
            step,
            tx,
            Reach(actor.rows, rows, self.is_own),
            _held_beside(actor, process, hold),
        )
        return isinstance(outcome, Blocked)

    def abort(self, actor: Actor, slot: int, sqlstate: str, rows: SharedRows) -> Move:
        """The database makes the process's pending statement fail, as with a deadlock's victim."""
        process = actor.process(slot)
        tx = process.tx
        assert tx is not None, "only a statement of a transaction can be aborted"
        outcome, conflicts = failed(fail(tx, sqlstate), tx, rows, rows.conflicts)
        move = self._failed(actor, process, self.pending(process), outcome)
        return move._replace(conflicts=None if conflicts is rows.conflicts else conflicts)

    def noticing(self, actor: Actor, keys: frozenset[Key], removed: frozenset[Key]) -> Actor:
        """The actor after others have committed changes to `keys`: its transactions note them."""
        return actor._replace(processes=noticed(actor.processes, keys, removed))

    def _begin(
        self, actor: Actor, process: Process, step: Begin, rows: SharedRows, hold: Holds
    ) -> Move:
        if process.tx is not None:
            raise self._misuse(process, "opens a transaction inside another")
        tx: Tx | None = Tx(step.isolation or self.isolation)
        if self.sqlite is not None:
            reach = Reach(actor.rows, rows, self.is_own)
            tx = self.sqlite.begin(step.mode, reach, _held_beside(actor, process, hold))
        elif step.mode is not None:
            title = self.cursors.title(process.cursor)
            raise Problem(
                f"{title} begins a transaction in mode {step.mode}, which is for SQLite.",
                hint="leave `mode` out, or say `database: sqlite` in the scenario",
            )
        answer = None if tx is not None else Thrown(DatabaseError, (BUSY,))
        return self._answered(actor, process._replace(tx=tx), step, answer)

    def _store(
        self,
        actor: Actor,
        process: Process,
        step: StoreStep,
        rows: SharedRows,
        hold: Holds,
        choice: str | None,
    ) -> Move:
        if process.tx is None:
            raise self._misuse(process, "uses a transaction after its end")
        reach = Reach(actor.rows, rows, self.is_own)
        held = _held_beside(actor, process, hold)
        try:
            if self.sqlite is not None:
                outcome: Outcome = self.sqlite.execute(step, process.tx, reach, held)
                return self._came_to(actor, process, step, outcome)
            ways = outcomes(step, process.tx, reach, held, rows.conflicts)
        except TypeError as error:  # text plus one, or text compared with a number
            title = self.cursors.title(process.cursor)
            raise Problem(f"{title} asks `{label(step)}`, which cannot be: {error}.") from error
        number = int(choice) if isinstance(choice, str) else 0
        if number >= len(ways):
            title = self.cursors.title(process.cursor)
            raise Problem(f"{title} asks `{label(step)}`, which cannot come to number {number}.")
        outcome, conflicts = ways[number]
        move = self._came_to(actor, process, step, outcome)
        known = None if conflicts is rows.conflicts else conflicts
        return move._replace(conflicts=known, choices=len(ways))

    def _came_to(self, actor: Actor, process: Process, step: Step, outcome: Outcome) -> Move:
        if isinstance(outcome, Blocked):
            waiting = with_process(actor, process._replace(tx=outcome.tx))
            return Move(waiting, step, None, blocked=outcome)
        if isinstance(outcome, Failed):
            return self._failed(actor, process, step, outcome)
        return self._answered(actor, process._replace(tx=outcome.tx), step, outcome.answer)

    def _failed(self, actor: Actor, process: Process, step: Step, outcome: Failed) -> Move:
        thrown = Thrown(DatabaseError, (outcome.sqlstate,))
        return self._answered(actor, process._replace(tx=outcome.tx), step, thrown)

    def _end(
        self,
        actor: Actor,
        process: Process,
        step: Commit | Rollback,
        rows: SharedRows,
        hold: Holds,
    ) -> Move:
        tx = process.tx
        if tx is None:
            raise self._misuse(process, "ends a transaction twice")
        if self.sqlite is not None and isinstance(step, Commit):
            ready = self.sqlite.commit(tx, _held_beside(actor, process, hold))
            if isinstance(ready, Failed):
                return self._failed(actor, process, step, ready)
            return self._ended(actor, process, step, ready)
        if tx.serial is None:
            return self._ended(actor, process, step, tx)
        commits = isinstance(step, Commit) and not tx.failed
        conflicts = committing(tx, rows.conflicts) if commits else None
        if commits and conflicts is None:
            thrown = Thrown(DatabaseError, (SERIALIZATION_FAILURE,))
            move = self._answered(actor, process._replace(tx=None), step, thrown)
        else:
            move = self._ended(actor, process, step, tx)
        return move._replace(conflicts=conflicts or rows.conflicts.without(tx.serial))

    def _ended(self, actor: Actor, process: Process, step: Commit | Rollback, tx: Tx) -> Move:
        writes = tx.writes if isinstance(step, Commit) and not tx.failed else ()
        own = tuple(write for write in writes if self.is_own(write[0]))
        shared = tuple(write for write in writes if not self.is_own(write[0]))
        if own:
            actor = actor._replace(rows=actor.rows.with_writes(own))
        move = self._answered(actor, process._replace(tx=None), step, None)
        if writes:
            keys = frozenset(key for key, _ in writes)
            noticing = self.noticing(move.actor, keys, tx.removed)
            replaces = any(row is not None and key in tx.removed for key, row in writes)
            move = move._replace(
                actor=noticing, written=shared, removed=tx.removed, replaces=replaces
            )
        return move

    def _request(self, actor: Actor, process: Process, step: Request, message: Any) -> Move:
        consumers = self.routes.get(message.MESSAGE, ())
        if len(consumers) != 1:
            who = ", ".join(route.service for route in consumers) or "no handler"
            raise Problem(
                f"a request of {message.MESSAGE} needs one handler; {who} would answer it.",
                hint="name the handler of its service under `handlers:` in the scenario",
            )
        actor = with_process(actor, process._replace(waiting=True))
        before = {other.slot for other in actor.processes}
        actor = self._spawned(actor, message, process.slot)
        child = next((p.slot for p in actor.processes if p.slot not in before), None)
        # An unreadable request has no handler: its sender waits for ever, which is a fault too.
        return Move(actor if child is None else self.settled(actor, child), step, None)

    def _spawned(self, actor: Actor, message: Any, parent: int | None) -> Actor:
        fault = self.fault_of(message, message.VERSION)
        if fault:
            sent = f"{message.MESSAGE} {message.VERSION}"
            actor = faulted(actor, Fault(CONTRACT_KEPT, f"{sent} breaks its contract: {fault}"))
        for route in self.routes.get(message.MESSAGE, ()):
            why = unreadable(route, message, self.fault_of)
            if why is not None:
                actor = faulted(actor, Fault(READABLE, why))
                continue
            slot = free_slot(actor)
            program = route.program(message)
            delivery = delivery_of(message, program, parent, self.network)
            child = Process(slot, self.cursors.start(program), parent=parent, delivery=delivery)
            actor = actor._replace(processes=(*actor.processes, child))
            if parent is None:
                actor = self.settled(actor, slot)
        return actor

    def _faulty_publish(self, actor: Actor, process: Process, step: Publish, choice: str) -> Move:
        assert actor.left is not None, "a fault is chosen from a budget"
        actor = actor._replace(left=actor.left.without(choice))
        copies = {LOST: 0, TWICE: 2}.get(choice, 1)
        for _ in range(copies):
            actor = self._spawned(actor, step.message, None)
        if choice == CRASH_AFTER:
            return Move(self._crashed(actor, process, choice), step, choice)
        return self._answered(actor, process, step, None)._replace(answer=choice)

    def _crashed_commit(
        self,
        actor: Actor,
        process: Process,
        step: Commit | Rollback,
        choice: str,
        rows: SharedRows,
        hold: Holds,
    ) -> Move:
        assert actor.left is not None, "a fault is chosen from a budget"
        actor = actor._replace(left=actor.left.without(choice))
        ends = Rollback() if choice == CRASH_BEFORE else step
        move = self._end(actor, process, ends, rows, hold)
        # What became of the handler after that is not so: it has crashed. Where its commit
        # failed, that was before any commit.
        when = CRASH_BEFORE if isinstance(move.answer, Thrown) else choice
        dead = self._crashed(move.actor._replace(faults=actor.faults), process, when)
        return move._replace(actor=dead, step=step, answer=choice)

    def _crashed(self, actor: Actor, process: Process, choice: str) -> Actor:
        """The actor after a handler's process has died: it begins again, or is gone."""
        delivery, actor = process.delivery, without(actor, process.slot)
        assert delivery is not None, "only a handler of a published message crashes"
        if not begins_again(delivery, choice):
            return actor
        again = Process(process.slot, self.cursors.start(delivery.program), delivery=delivery)
        actor = actor._replace(processes=(*actor.processes, again))
        return self.settled(actor, process.slot)

    def _answered(self, actor: Actor, process: Process, step: Step, answer: Any) -> Move:
        cursor = self.cursors.advance(process.cursor, answer)
        actor = with_process(actor, process._replace(cursor=cursor))
        return Move(self.settled(actor, process.slot), step, answer)

    def settled(self, actor: Actor, slot: int) -> Actor:
        """If the process has finished: hand its reply over, and let it go."""
        process = actor.process(slot)
        ended = self.cursors.pending(process.cursor)
        if not isinstance(ended, Finished):
            return actor
        if process.tx is not None:
            raise self._misuse(process, "ends with an open transaction")
        actor = without(actor, slot)
        if slot == 0:
            return actor._replace(outcome=ended.words)
        if process.parent is None:
            return noting_failure(actor, self.cursors.title(process.cursor), ended)
        parent = actor.process(process.parent)
        cursor = self.cursors.advance(parent.cursor, ended.error or ended.value)
        actor = with_process(actor, parent._replace(cursor=cursor, waiting=False))
        return self.settled(actor, parent.slot)

    def _misuse(self, process: Process, what: str) -> Problem:
        return Problem(
            f"{self.cursors.title(process.cursor)} {what}.",
            hint="use each transaction as `async with ctx.transaction() as tx:`",
        )


def _held_beside(actor: Actor, process: Process, hold: Holds) -> Holds:
    """How rows are held by whoever is not the process, of its own actor and of others."""
    return lambda key: max(held_by_siblings(actor, process.slot, key), hold(key))
