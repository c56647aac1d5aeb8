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

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import count, islice
from typing import Any

from eventproof.simulator.actors import (
    NOBODY,
    Actor,
    Cursors,
    Move,
    OwnRows,
    Process,
    SharedRows,
    held_by_siblings,
    noticed,
    with_process,
)
from eventproof.simulator.deliveries import AS_BLOCKS, Deliveries, at_fault
from eventproof.simulator.errors import BUSY, SERIALIZATION_FAILURE, DatabaseError
from eventproof.simulator.mishaps import faults_at
from eventproof.simulator.network import (
    CRASH_AFTER,
    CRASH_BEFORE,
    GIVES_UP,
    WORDS,
    Network,
)
from eventproof.simulator.programs import Finished, Program, Routes, Thrown
from eventproof.simulator.quietness import is_quiet
from eventproof.simulator.reach import Reach
from eventproof.simulator.serializable import committing, failed, outcomes
from eventproof.simulator.sqlite_store import SQLite, misplaced
from eventproof.simulator.steps import (
    Begin,
    Call,
    Commit,
    Isolation,
    Now,
    Publish,
    Receive,
    Request,
    Rollback,
    Step,
    StoreStep,
    label,
)
from eventproof.simulator.store import Blocked, Failed, Outcome, execute, fail
from eventproof.simulator.tables import Key
from eventproof.simulator.tickets import Lines, ticketed
from eventproof.simulator.transactions import Holds, Rows, Tx
from eventproof.simulator.turns import Turns, begins_alone, has_begun

READ_COMMITTED = Isolation.READ_COMMITTED
RECEIVE = Receive()


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
    turns: Turns | None = None
    """Whose messages wait their turn; None where nobody's do."""
    sqlite: SQLite | None = None
    """Which SQLite the store is; None: PostgreSQL."""
    refuse: Callable[[Step], None] = lambda _step: None
    """Raises where a driver cannot accept a step."""

    @cached_property
    def deliveries(self) -> Deliveries:
        """What messages do."""
        return Deliveries(self.cursors, self.routes, self.fault_of, self.network, self.turns)

    def begin(self, program: Program, rows: OwnRows) -> Actor:
        """An actor at the start of its journey."""
        left = self.network.left if self.network is not None else None
        journey = Process(0, self.cursors.start(program))
        return self.deliveries.settled(Actor(rows, (journey,), left=left), 0)

    def pending(self, process: Process) -> Step:
        """The step that a process asks next."""
        if not has_begun(process):
            return RECEIVE
        step = self.cursors.pending(process.cursor)
        assert not isinstance(step, Finished), "a finished process has been settled"
        return step

    def choices(self, actor: Actor, process: Process) -> tuple[Any, ...]:
        """What may become of a process's next step; (None,) where there is no choice."""
        if process.waiting:
            return (GIVES_UP,) if process.may_give_up else ()
        step = self.pending(process)
        if not isinstance(step, Call):
            return (None, *self._faults(step, actor, process))
        if step.system not in self.outcomes:
            said = (
                f"asks {step.system}, and the scenario does not say what {step.system} may answer"
            )
            hint = f"add `{step.system}: {{outcomes: [...]}}` to the scenario"
            raise at_fault(self.cursors, process, said, hint)
        return self.outcomes[step.system]

    def _faults(self, step: Step, actor: Actor, process: Process) -> tuple[str, ...]:
        return faults_at(step, actor, process, self.network, self.routes, self.turns)

    def quiet(self, actor: Actor, process: Process) -> bool:
        """Whether no other actor and no property can notice the process's next step."""
        step = self.pending(process)
        if isinstance(step, Receive):
            return begins_alone(process, actor.processes, self.is_own)
        if self.turns is not None and isinstance(step, Publish | Request):
            return not self.deliveries.joins_a_line(step.message, self.is_own)
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
        return self._in_lines(actor, self._step(actor, slot, rows, hold, choice), rows)

    def _step(self, actor: Actor, slot: int, rows: SharedRows, hold: Holds, choice: Any) -> Move:
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
            case Publish():
                return self._publish(actor, process, step, _word(choice))
            case Receive():
                begun = self.deliveries.received(actor, process, hold, rows.standing)
                return Move(begun or actor, step, None, is_turned_away=begun is None)
            case Request():
                return self._request(actor, process, step, _word(choice))
        if isinstance(step, StoreStep):
            return self._store(actor, process, step, rows, hold, choice)
        said = 0.0 if choice is None else choice  # a tape has the time as text
        return self._answered(actor, process, step, float(said) if type(step) is Now else said)

    def every_way(
        self, actor: Actor, slot: int, rows: SharedRows, hold: Holds, choice: Any = None
    ) -> Iterator[tuple[Any, Move]]:
        """All that the step may come to with a choice: each with its name on a tape."""
        move = self.step(actor, slot, rows, hold, choice)
        yield choice, move
        for other in map(str, count(1)):
            if not move.more:
                return
            move = self.step(actor, slot, rows, hold, other)
            yield other, move

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

    def meets_a_lock(self, actor: Actor, process: Process, rows: Rows, hold: Holds) -> bool:
        """Whether SQLite would let the pending step wait for a lock, had it a busy time-out."""
        if self.sqlite is None:
            return False
        reach = Reach(actor.rows, rows, self.is_own)
        held = _held_beside(actor, process, hold)
        return self.sqlite.waits(self.pending(process), process.tx, reach, held)

    def abort(self, actor: Actor, slot: int, sqlstate: str, rows: SharedRows) -> Move:
        """The database makes the process's pending statement fail, as with a deadlock's victim."""
        process = actor.process(slot)
        tx = process.tx
        assert tx is not None, "only a statement of a transaction can be aborted"
        outcome, conflicts = failed(fail(tx, sqlstate), tx, rows, rows.conflicts)
        move = self._failed(actor, process, self.pending(process), outcome)
        move = move._replace(conflicts=None if conflicts is rows.conflicts else conflicts)
        return self._in_lines(actor, move, rows)

    def noticing(self, actor: Actor, keys: frozenset[Key], removed: frozenset[Key]) -> Actor:
        """The actor after others have committed changes to `keys`: its transactions note them."""
        return actor._replace(processes=noticed(actor.processes, keys, removed))

    def _begin(
        self, actor: Actor, process: Process, step: Begin, rows: SharedRows, hold: Holds
    ) -> Move:
        if process.tx is not None:
            raise at_fault(self.cursors, process, "opens a transaction inside another", AS_BLOCKS)
        tx: Tx | None = Tx(step.isolation or self.isolation)
        if self.sqlite is not None:
            reach = Reach(actor.rows, rows, self.is_own)
            tx = self.sqlite.begin(step.mode, reach, _held_beside(actor, process, hold))
        elif step.mode is not None:
            raise at_fault(self.cursors, process, *misplaced(step.mode))
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
            raise at_fault(self.cursors, process, "uses a transaction after its end", AS_BLOCKS)
        reach = Reach(actor.rows, rows, self.is_own)
        held = _held_beside(actor, process, hold)
        try:
            if self.sqlite is not None:
                outcome: Outcome = self.sqlite.execute(step, process.tx, reach, held)
                return self._came_to(actor, process, step, outcome)
            number = int(choice) if isinstance(choice, str) else 0
            # One more than is asked for: of dozens that overlap nobody could list all ways.
            ways = [*islice(outcomes(step, process.tx, reach, held, rows.conflicts), number + 2)]
        except TypeError as error:  # text plus one, or text compared with a number
            said = f"asks `{label(step)}`, which cannot be: {error}"
            raise at_fault(self.cursors, process, said) from error
        if number >= len(ways):
            said = f"asks `{label(step)}`, which cannot come to number {number}"
            raise at_fault(self.cursors, process, said)
        outcome, conflicts = ways[number]
        move = self._came_to(actor, process, step, outcome)
        known = None if conflicts is rows.conflicts else conflicts
        return move._replace(conflicts=known, more=len(ways) > number + 1)

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
            raise at_fault(self.cursors, process, "ends a transaction twice", AS_BLOCKS)
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

    def _publish(self, actor: Actor, process: Process, step: Publish, choice: str | None) -> Move:
        if choice is not None:
            actor = _spent(actor, choice)
        actor = self.deliveries.published(actor, step.message, choice)
        if choice == CRASH_AFTER:
            return Move(self.deliveries.crashed(actor, process, choice), step, choice)
        move = self._answered(actor, process, step, None)
        return move if choice is None else move._replace(answer=choice)

    def _request(self, actor: Actor, process: Process, step: Request, choice: str | None) -> Move:
        if choice == GIVES_UP:
            after, thrown = self.deliveries.gave_up(actor, process, step)
            return Move(after, step, thrown)
        if choice is not None:
            actor = _spent(actor, choice)
        return Move(self.deliveries.requested(actor, process, step, choice), step, choice)

    def _crashed_commit(
        self,
        actor: Actor,
        process: Process,
        step: Commit | Rollback,
        choice: str,
        rows: SharedRows,
        hold: Holds,
    ) -> Move:
        dying = process._replace(parent=NOBODY)  # what it does after that is heard by nobody
        actor = with_process(_spent(actor, choice), dying)
        ends = Rollback() if choice == CRASH_BEFORE else step
        move = self._end(actor, dying, ends, rows, hold)
        # Where its commit failed, it has crashed before any commit.
        when = CRASH_BEFORE if isinstance(move.answer, Thrown) else choice
        dead = self.deliveries.crashed(move.actor, process, when)
        return move._replace(actor=dead, step=step, answer=choice)

    def _answered(self, actor: Actor, process: Process, step: Step, answer: Any) -> Move:
        cursor = self.cursors.advance(process.cursor, answer)
        actor = with_process(actor, process._replace(cursor=cursor))
        return Move(self.deliveries.settled(actor, process.slot), step, answer)

    def in_lines(self, before: Actor, after: Actor, rows: SharedRows) -> tuple[Actor, Lines]:
        """The actor after a step, with the tickets of its new handlers; and the lines then."""
        if self.turns is None:
            return after, ()
        return ticketed(before, after, standing=rows.standing, is_own=self.is_own)

    def _in_lines(self, before: Actor, move: Move, rows: SharedRows) -> Move:
        actor, lines = self.in_lines(before, move.actor, rows)
        return move._replace(actor=actor, lines=lines) if lines else move


def _word(choice: Any) -> str | None:
    """What is chosen of a message; what else a driver has to say to a step is the time."""
    return choice if isinstance(choice, str) else None


def _spent(actor: Actor, fault: str) -> Actor:
    """The actor with one fault less that may still happen."""
    assert actor.left is not None, "a fault is chosen from a budget"
    return actor._replace(left=actor.left.without(fault))


def _held_beside(actor: Actor, process: Process, hold: Holds) -> Holds:
    """How rows are held by whoever is not the process, of its own actor and of others."""
    return lambda key: max(held_by_siblings(actor, process.slot, key), hold(key))
