"""A world that runs for real: live handlers, one set of rows, the customers under their names.

Replay and the timed driver are two ways to choose what moves next in it. Each step taken becomes
an `Event`, the line of a log; what waits for a lock is said, and who may go on after a release.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Any

from eventproof.simulator.actors import Actor, Fault, Move, Process
from eventproof.simulator.live import LiveCursors, LiveRows, NoOwnRows
from eventproof.simulator.model import Customer, Model
from eventproof.simulator.moves import Moves
from eventproof.simulator.programs import Thrown
from eventproof.simulator.properties import View
from eventproof.simulator.steps import Get, Insert, Step, Update, label
from eventproof.simulator.store import Hold, Tx
from eventproof.simulator.tables import Key

Place = tuple[str, int]
"""(customer's name, slot of the process)."""


@dataclass(frozen=True, slots=True)
class Event:
    """One step as it was taken."""

    actor: str
    slot: int
    process: str
    """The program's title."""
    step: Step
    answer: Any
    waits: bool = False
    """Whether the step only began to wait for a lock."""

    @property
    def label(self) -> str:
        """The step in a few words."""
        if self.waits:
            return f"{label(self.step)} waits for a lock"
        if isinstance(self.answer, Thrown):
            return f"{label(self.step)} fails: {self.answer}"
        return label(self.step, self.answer)

    @property
    def touches(self) -> Key | None:
        """The row that the step reads or writes, if any."""
        return self.step.key if isinstance(self.step, Get | Update | Insert) else None


class World:
    """Mutable: rows, customers and locks change in place."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.rows = LiveRows(model.rows)
        self.actors: dict[str, Actor] = {}
        self.outcomes: list[str] = []
        self.moves = Moves(
            cursors=LiveCursors(),
            routes=model.routes,
            outcomes=model.outcomes,
            isolation=model.isolation,
            is_own=_never,
            fault_of=model.fault_of,
        )
        self._holders: dict[Key, Place] = {}
        self._waiters: dict[Key, deque[Place]] = defaultdict(deque)

    def arrive(self, customer: Customer) -> None:
        """The customer sets out on its journey."""
        self.actors[customer.name] = self.moves.begin(self.model.journey_of(customer), NoOwnRows())

    def take(self, place: Place, choice: Any = None, now_s: float | None = None) -> Event:
        """The pending step of a process happens, or begins to wait for a lock."""
        actor, process = self._at(place)
        name, slot = place
        answer = now_s if choice is None else choice
        move = self.moves.step(
            actor, slot, self.rows, lambda key: self._held_by_another(key, name), answer
        )
        return self._happened(place, process, move)

    def abort(self, place: Place, sqlstate: str) -> Event:
        """The database makes the pending statement of a process fail."""
        actor, process = self._at(place)
        return self._happened(place, process, self.moves.abort(actor, place[1], sqlstate))

    def released(self, keys: frozenset[Key]) -> list[Place]:
        """Who waits first for each of the rows that have become free; they stop waiting."""
        free = [key for key in sorted(keys, key=repr) if self._waiters.get(key)]
        return [self._waiters[key].popleft() for key in free if key not in self._holders]

    def wait(self, place: Place, key: Key) -> None:
        """The process stands in the row's queue."""
        self._waiters[key].append(place)

    def waits_in_a_circle(self, place: Place) -> bool:
        """Whether the process waits, directly or over others, for itself."""
        waits_for = {p: self._holders.get(k) for k, queue in self._waiters.items() for p in queue}
        at = waits_for.get(place)
        for _ in waits_for:
            if at is None or at == place:
                break
            at = waits_for.get(at)
        return at == place

    def circle(self) -> list[Place]:
        """The processes that wait for each other in a circle, if there are any."""
        waiting = [place for queue in self._waiters.values() for place in queue]
        return [place for place in waiting if self.waits_in_a_circle(place)]

    def stop_waiting(self, place: Place) -> None:
        """The process leaves whatever queue it stands in."""
        for queue in self._waiters.values():
            if place in queue:
                queue.remove(place)

    def held(self, place: Place) -> frozenset[Key]:
        """The rows that a process has locked."""
        process = self._find(place)
        return process.tx.held if process is not None and process.tx is not None else frozenset()

    def places(self) -> list[Place]:
        """Where something could go on: every process that waits for no reply."""
        return [
            (name, process.slot)
            for name, actor in self.actors.items()
            for process in actor.processes
            if not process.waiting
        ]

    def pending(self, place: Place) -> Step:
        """What a process asks next."""
        return self.moves.pending(self._at(place)[1])

    def is_blocked(self, place: Place) -> bool:
        """Whether the pending statement of a process would wait for a lock; nothing happens."""
        actor, process = self._at(place)
        step = self.moves.pending(process)
        return isinstance(step, Get | Update | Insert) and self.moves.would_wait(
            actor, process, step, self.rows, lambda key: self._held_by_another(key, place[0])
        )

    def faults(self) -> list[Fault]:
        """What went wrong with messages so far."""
        return [fault for actor in self.actors.values() for fault in actor.faults]

    def view(self) -> View:
        """What can be seen from outside now."""
        outcomes = [a.outcome for a in self.actors.values() if a.outcome is not None]
        return View((self.rows.current,), (*self.outcomes, *outcomes))

    def _at(self, place: Place) -> tuple[Actor, Process]:
        actor = self.actors[place[0]]
        return actor, actor.process(place[1])

    def _find(self, place: Place) -> Process | None:
        actor = self.actors.get(place[0])
        found = (p for p in actor.processes if p.slot == place[1]) if actor else iter(())
        return next(found, None)

    def _held_by_another(self, key: Key, name: str) -> Hold:
        # Rows held by another process of the same customer are seen by the moves themselves.
        holder = self._holders.get(key)
        if holder is None or holder[0] == name:
            return Hold.NONE
        process = self._find(holder)
        return process.tx.hold(key) if process and process.tx else Hold.NONE

    def _happened(self, place: Place, process: Process, move: Move) -> Event:
        title = self.moves.cursors.title(process.cursor)
        before = process.tx
        self.actors[place[0]] = move.actor
        if move.written:
            self.rows.commit(move.written)
        after = self._find(place)
        self._follow_locks(place, before, after.tx if after is not None else None)
        waits = move.blocked_by is not None
        return Event(place[0], place[1], title, move.step, move.answer, waits)

    def _follow_locks(self, place: Place, before: Tx | None, after: Tx | None) -> None:
        held_before = before.held if before is not None else frozenset()
        held_after = after.held if after is not None else frozenset()
        for key in held_before - held_after:
            del self._holders[key]
        for key in held_after - held_before:
            self._holders[key] = place
        had_snapshot = before is not None and before.snapshot is not None
        has_snapshot = after is not None and after.snapshot is not None
        if has_snapshot and not had_snapshot:
            self.rows.keep()
        elif had_snapshot and not has_snapshot:
            self.rows.release()


def _never(_key: Key) -> bool:
    return False
