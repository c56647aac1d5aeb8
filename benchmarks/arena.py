"""The model's side of the differential: several scripts on one store, every state that may be.

A state is the committed rows and the sessions, as the explorer keeps them; what a step does, who
waits, who goes on and who can be a deadlock's victim is asked of the simulator's own modules.
Where the server may do one thing or another, several states are possible; each thing that the
server is seen to do leaves those that can explain it. A disagreement is when none is left.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from eventproof.simulator.actors import Actor, Move, Process
from eventproof.simulator.deadlock import in_cycles
from eventproof.simulator.errors import DEADLOCK_DETECTED
from eventproof.simulator.live import NoOwnRows
from eventproof.simulator.moves import Moves
from eventproof.simulator.programs import Finished, Thrown
from eventproof.simulator.queues import at_the_end, wait_of, waiters_of
from eventproof.simulator.rows import FrozenRows, intern_rows
from eventproof.simulator.sqlite_store import SQLite
from eventproof.simulator.steps import (
    Begin,
    Commit,
    Isolation,
    Mark,
    Rollback,
    RollbackTo,
    Savepoint,
    Step,
)
from eventproof.simulator.transactions import Hold
from eventproof.simulator.transitions import Held, all_held

OWN = NoOwnRows()
ENDS = (Commit, Rollback)


class Script(NamedTuple):
    """What a session asks, in order."""

    steps: tuple[Step, ...]
    stubborn: bool = False
    """Whether it goes on after a failure; else it goes to where the failure is undone."""


class Cursor(NamedTuple):
    """Where a script stands."""

    script: Script
    at: int = 0


class Scripts:
    """Cursors over scripts: what comes next depends only on whether the last step failed."""

    def start(self, program: Any) -> Cursor:
        """A script's beginning."""
        return Cursor(program)

    def pending(self, cursor: Cursor) -> Step | Finished:
        """The step at the cursor."""
        steps = cursor.script.steps
        return steps[cursor.at] if cursor.at < len(steps) else Finished()

    def advance(self, cursor: Cursor, answer: Any) -> Cursor:
        """The next step, or after a failure the one that undoes it."""
        at = cursor.at + 1
        steps = cursor.script.steps
        ended = isinstance(steps[cursor.at], ENDS)
        if isinstance(answer, Thrown) and not cursor.script.stubborn and not ended:
            undone_by = (RollbackTo, Rollback, Commit) if _in_part(steps, cursor.at) else ENDS
            while at < len(steps) and not isinstance(steps[at], undone_by):
                at += 1
        return cursor._replace(at=at)

    def title(self, _cursor: Cursor) -> str:
        """Scripts have none."""
        return "script"


def _in_part(steps: tuple[Step, ...], at: int) -> bool:
    """Whether a step comes after a savepoint that is not forgotten yet."""
    marks = [step for step in steps[:at] if isinstance(step, Mark | Begin)]
    return bool(marks) and isinstance(marks[-1], Savepoint)


class State(NamedTuple):
    """One state that may be."""

    rows: FrozenRows
    actors: tuple[Actor, ...]


class Seen(NamedTuple):
    """A statement that has finished on the server."""

    session: int
    answer: Any
    """A value, or the SQLSTATE of an error in a `Thrown`."""


class Arena:
    """The rules for a few scripts on some rows."""

    def __init__(
        self,
        rows: dict[Any, Any],
        scripts: tuple[Script, ...],
        *,
        cursors: Any = None,
        sqlite: SQLite | None = None,
    ) -> None:
        cursors = cursors or Scripts()
        self._moves = Moves(
            cursors=cursors,
            routes={},
            outcomes={},
            isolation=Isolation.READ_COMMITTED,
            is_own=lambda _key: False,
            fault_of=lambda _message, _version: None,
            sqlite=sqlite,
        )
        actors = tuple(Actor(OWN, (Process(0, cursors.start(script)),)) for script in scripts)
        self.initial = State(intern_rows(rows, {}), actors)

    def pending(self, state: State, session: int) -> Step | None:
        """What a session asks next; None at its end."""
        actor = state.actors[session]
        return None if actor.done else self._moves.pending(actor.processes[0])

    def after(self, state: State, session: int, seen: tuple[Seen, ...]) -> set[State]:
        """The states in which a session's step was issued and exactly `seen` has finished."""
        found: set[State] = set()
        todo = list(self._taken(state, session, seen))
        met = set(todo)
        while todo:
            at, left = todo.pop()
            ways = list(self._on(at, left))
            for way in ways:
                if way is not None and way not in met:
                    met.add(way)
                    todo.append(way)
            if not ways and not left:
                found.add(at)
        return found

    def _on(self, state: State, left: tuple[Seen, ...]) -> Iterator[Any]:
        """What goes on by itself; None for what goes on otherwise than it was seen to."""
        for session, _slot in self._ready(state):
            ways = list(self._taken(state, session, left))
            yield from ways or [None]
        for session in self._circle(state):
            move = self._moves.abort(state.actors[session], 0, DEADLOCK_DETECTED, state.rows)
            ways = list(self._explained(state, session, move, left))
            yield from ways or [None]

    def _taken(
        self, state: State, session: int, left: tuple[Seen, ...]
    ) -> Iterator[tuple[State, tuple[Seen, ...]]]:
        actor = state.actors[session]
        hold = self._held_by_others(state, session)
        for _, move in self._moves.every_way(actor, 0, state.rows, hold):
            if move.blocked is None:
                yield from self._explained(state, session, move, left)
            else:
                yield self._waiting(state, session, move), left

    def _waiting(self, state: State, session: int, move: Move) -> State:
        actor, waits = state.actors[session], move.actor
        if actor.processes[0].tx.under_way is None or (
            waiters_of(actor)[0].key != waiters_of(waits)[0].key
        ):
            others = [w for n, a in enumerate(state.actors) if n != session for w in waiters_of(a)]
            waits = at_the_end(waits, waiters_of(waits)[0], others)
        return self._with(_knowing(state, move), session, waits)

    def _explained(
        self, state: State, session: int, move: Move, left: tuple[Seen, ...]
    ) -> Iterator[tuple[State, tuple[Seen, ...]]]:
        """The state after a move, if what it was answered is what was seen."""
        said = Seen(session, move.answer)
        if said not in left:
            return
        after = self._with(_knowing(state, move), session, move.actor)
        if move.written:
            keys = frozenset(key for key, _ in move.written)
            actors = tuple(
                actor if n == session else self._moves.noticing(actor, keys, move.removed)
                for n, actor in enumerate(after.actors)
            )
            after = State(after.rows.with_writes(move.written), actors)
        yield after, tuple(other for other in left if other != said)

    def _with(self, state: State, session: int, actor: Actor) -> State:
        actors = (*state.actors[:session], actor, *state.actors[session + 1 :])
        return state._replace(actors=actors)

    def _held_by_others(self, state: State, session: int) -> Any:
        txs = [tx for n, tx in enumerate(map(_tx, state.actors)) if n != session and tx]
        return lambda key: max((tx.hold(key) for tx in txs), default=Hold.NONE)

    def _ready(self, state: State) -> list[tuple[int, int]]:
        held = all_held([Held(tx.held, tx.undecided) for tx in map(_tx, state.actors) if tx])
        return [
            (session, waiter.slot)
            for session, actor in enumerate(state.actors)
            for waiter in waiters_of(actor)
            if not waiter.waits_on(held.hold(waiter.key))
        ]

    def _circle(self, state: State) -> list[int]:
        blocked = []
        for session, actor in enumerate(state.actors):
            if waiters_of(actor):
                hold = self._held_by_others(state, session)
                move = self._moves.step(actor, 0, state.rows, hold)
                if move.blocked is not None:
                    blocked.append((session, wait_of(actor.processes[0], move.blocked)))
        return [n for n, _ in in_cycles(blocked, state.actors, lambda _key: False)]


def _knowing(state: State, move: Move) -> State:
    if move.conflicts is None:
        return state
    return state._replace(rows=state.rows.with_conflicts(move.conflicts))


def _tx(actor: Actor) -> Any:
    return actor.processes[0].tx if actor.processes else None
