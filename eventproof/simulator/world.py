"""A world that runs for real: live handlers, one set of rows, the customers under their names.

Replay and the timed driver are two ways to choose what moves next in it. Each step taken becomes
an `Event`, the line of a log; what waits for a lock is said, and who may go on after a release.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import Any

from eventproof.simulator.actors import Actor, Fault, Move, Place, Process, with_process
from eventproof.simulator.events import Event
from eventproof.simulator.live import LiveCursors, LiveRows, NoOwnRows
from eventproof.simulator.model import Customer, Model
from eventproof.simulator.moves import Moves
from eventproof.simulator.programs import Running
from eventproof.simulator.properties import View
from eventproof.simulator.sqlite_store import PENDING, SHARED
from eventproof.simulator.steps import (
    Commit,
    Receive,
    Step,
    StoreStep,
)
from eventproof.simulator.tables import Key
from eventproof.simulator.transactions import NO_KEYS, Hold, Tx
from eventproof.simulator.turns import awaited, has_begun, taken, takes

TURNED_AWAY = "turned away"
"""The answer to who would receive a message and must wait its turn."""

Holding = frozenset[tuple[Key, Hold]]
"""Rows, each with how it is held."""


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
            network=model.network,
            turns=model.turns,
            sqlite=model.sqlite,
        )
        self._readers: set[Place] = set()
        """Who holds SQLite's SHARED lock; every other lock has one holder."""
        self.holders: dict[Key, Place] = {}
        self._turns: dict[Key, Place] = {}
        """Who was the last to take a turn, and may have it still."""
        self._waiters: dict[Key, deque[Place]] = {}
        self._heads: dict[Place, Key] = {}
        """Who was let go from the head of which row's queue, and has not gone on yet."""
        self._under_way: set[Place] = set()
        """Processes whose statement has begun to wait and has not finished."""

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
        if move.is_turned_away:
            return Event(*place, self.moves.cursors.title(process.cursor), move.step, TURNED_AWAY)
        if isinstance(move.step, Receive):
            self.actors[name] = move.actor
            self._turns |= dict.fromkeys(self.turns(place), place)
        return self._happened(place, process, move)

    def abort(self, place: Place, sqlstate: str) -> Event:
        """The database makes the pending statement of a process fail."""
        actor, process = self._at(place)
        return self._happened(
            place, process, self.moves.abort(actor, place[1], sqlstate, self.rows)
        )

    def released(self, before: Holding) -> list[Place]:
        """Who goes on now that those rows are held no longer, or not so; they stop waiting.

        That is the first in a row's queue when the row is free, and every insert that waits
        beside it when the row is not being written any more.
        """
        keys = {key for key, _ in before if self._waiters.get(key)}
        return [place for key in sorted(keys, key=repr) for place in self._let_go(key)]

    def wait(self, place: Place, key: Key) -> None:
        """The process stands in the row's queue: again at its head, if it had just left it."""
        queue = self._waiters.setdefault(key, deque())
        if self._heads.get(place) == key:
            queue.appendleft(place)
        else:
            queue.append(place)

    def begins_to_wait(self, place: Place) -> None:
        """The pending statement of a process is under way."""
        self._under_way.add(place)

    def goes_on(self, place: Place) -> None:
        """It is not, any more."""
        self._under_way.discard(place)
        self._heads.pop(place, None)

    def waits_in_a_circle(self, place: Place) -> bool:
        """Whether the process waits, directly or over others, for itself."""
        at = self._waits_on(place)
        for _ in self._under_way:
            if at is None or at == place:
                break
            at = self._waits_on(at)
        return at == place

    def circle(self) -> list[Place]:
        """The processes that wait for each other in a circle, if there are any."""
        waiting = [place for queue in self._waiters.values() for place in queue]
        return [place for place in waiting if self.waits_in_a_circle(place)]

    def stop_waiting(self, place: Place) -> None:
        """The process leaves whatever queue it stands in."""
        for key, queue in list(self._waiters.items()):
            if place in queue:
                queue.remove(place)
            if not queue:
                del self._waiters[key]

    def held(self, place: Place) -> Holding:
        """The rows that a process has locked or waits for, and how it holds them."""
        process = self.find(place)
        if process is None or process.tx is None:
            return frozenset()
        return holding(process.tx)

    def in_transaction(self, place: Place) -> bool:
        """Whether there is such a process, and it has a transaction open."""
        process = self.find(place)
        return process is not None and process.tx is not None

    def abandon(self, name: str) -> None:
        """The customer goes away, in the middle of its journey and not of a transaction."""
        actor, journey = self._at((name, 0))
        self.actors[name] = self.moves.deliveries.abandoned(actor)
        journey.cursor.running.close()

    @property
    def anybody_waits(self) -> bool:
        """Whether the end of a transaction may let anybody go on."""
        return bool(self._under_way)

    def settle(self, place: Place) -> None:
        """A process that has finished hands its reply over, and is gone."""
        name, slot = place
        before = self.actors[name]
        self.actors[name], lines = self.moves.in_lines(
            before, self.moves.deliveries.settled(before, slot), self.rows
        )
        self.rows.stand(lines)

    def places(self) -> list[Place]:
        """Where something could go on: every process but those that have to wait for a reply."""
        return [
            (name, process.slot)
            for name, actor in self.actors.items()
            for process in actor.processes
            if process.can_move
        ]

    def pending(self, place: Place) -> Step:
        """What a process asks next."""
        return self.moves.pending(self._at(place)[1])

    def can_move(self, place: Place) -> bool:
        """Whether there is such a process, and it waits for no reply and for no turn."""
        process = self.find(place)
        if process is None or not process.can_move:
            return False
        return has_begun(process) or not self.is_blocked(place)

    def choices(self, place: Place) -> tuple[Any, ...]:
        """What may become of a process's next step; (None,) where there is no choice."""
        return self.moves.choices(*self._at(place))

    def running(self, place: Place) -> Running:
        """The run of a process."""
        running: Running = self._at(place)[1].cursor.running
        return running

    def is_blocked(self, place: Place) -> bool:
        """Whether the pending statement of a process would wait for a lock; nothing happens."""
        actor, process = self._at(place)
        step = self.moves.pending(process)
        if isinstance(step, Receive):
            hold = partial(self._held_by_another, name=place[0])
            return takes(process, actor.processes, hold, self.rows.standing) is None
        return isinstance(step, StoreStep) and self.moves.would_wait(
            actor, process, step, self.rows, lambda key: self._held_by_another(key, place[0])
        )

    def meets_a_lock(self, place: Place) -> bool:
        """Whether SQLite would let the pending step of a process wait for a lock.

        A commit that waits keeps new readers out from now on.
        """
        actor, process = self._at(place)
        held = partial(self._held_by_another, name=place[0])
        if not self.moves.meets_a_lock(actor, process, self.rows, held):
            return False
        if isinstance(self.pending(place), Commit) and process.tx is not None:
            tx = process.tx.with_lock(PENDING)
            self.actors[place[0]] = with_process(actor, process._replace(tx=tx))
            self._follow_locks(place, process.tx, tx)
        return True

    def awaited(self, place: Place) -> tuple[Key, int | None]:
        """What a process waits for that was turned away: its ticket of a line, or a seat."""
        return awaited(self._at(place)[1], self.rows.standing)

    def turns(self, place: Place) -> tuple[Key, ...]:
        """What a process has taken to handle its message; nothing once it has ended."""
        process = self.find(place)
        return taken(process) if process is not None else ()

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

    def find(self, place: Place) -> Process | None:
        """The process in a place; None where there is none."""
        actor = self.actors.get(place[0])
        found = (p for p in actor.processes if p.slot == place[1]) if actor else iter(())
        return next(found, None)

    def _held_by_another(self, key: Key, name: str) -> Hold:
        # Rows held by another process of the same customer are seen by the moves themselves.
        if key == SHARED:
            is_read = any(reader[0] != name for reader in self._readers)
            return Hold.LOCKED if is_read else Hold.NONE
        holder = self.holders.get(key) or self._turns.get(key)
        if holder is None or holder[0] == name:
            return Hold.NONE
        return self._hold_of(holder, key)

    def _hold_of(self, place: Place, key: Key) -> Hold:
        process = self.find(place)
        if process is not None and key in taken(process):
            return Hold.LOCKED
        return process.tx.hold(key) if process and process.tx else Hold.NONE

    def _happened(self, place: Place, process: Process, move: Move) -> Event:
        title = self.moves.cursors.title(process.cursor)
        before = process.tx
        self.actors[place[0]] = move.actor
        self.rows.stand(move.lines)
        if move.conflicts is not None:
            self.rows.conflicts = move.conflicts
        if move.written:
            self.rows.commit(move.written)
            self._notice(frozenset(key for key, _ in move.written), move.removed)
        after = self.find(place)
        self._follow_locks(place, before, after.tx if after is not None else None)
        if move.blocked is not None:
            self.begins_to_wait(place)
        else:
            self.goes_on(place)
        waits_for = move.blocked.key if move.blocked is not None else None
        return Event(place[0], place[1], title, move.step, move.answer, waits_for)

    def _notice(self, written: frozenset[Key], removed: frozenset[Key]) -> None:
        """Statements under way notice that rows they have still to come to were deleted."""
        for name in {name for name, _ in self._under_way} if removed else ():
            self.actors[name] = self.moves.noticing(self.actors[name], written, removed)

    def _let_go(self, key: Key) -> list[Place]:
        queue = self._waiters[key]
        holder = self.holders.get(key)
        if holder is not None and self._hold_of(holder, key) is Hold.WRITTEN:
            return []
        first = next((place for place in queue if holder is None and self._in_line(place)), None)
        found = [place for place in queue if place == first or not self._in_line(place)]
        left = deque(place for place in queue if place not in found)
        if left:
            self._waiters[key] = left
        else:
            del self._waiters[key]
        if first is not None:
            self._heads[first] = key
        return found

    def _waits_on(self, place: Place) -> Place | None:
        """Whom a process in a queue waits for: the holder, or the first in line."""
        process = self.find(place)
        waits = process.tx.under_way if process is not None and process.tx is not None else None
        if waits is None or waits.key is None or place not in self._waiters.get(waits.key, ()):
            return None
        holder = self.holders.get(waits.key)
        if not waits.in_line:
            return holder
        first = next(other for other in self._waiters[waits.key] if self._in_line(other))
        return holder if first == place else first

    def _in_line(self, place: Place) -> bool:
        process = self.find(place)
        waits = process.tx.under_way if process is not None and process.tx is not None else None
        return waits is None or waits.in_line

    def _follow_locks(self, place: Place, before: Tx | None, after: Tx | None) -> None:
        held_before = before.held if before is not None else frozenset()
        held_after = after.held if after is not None else frozenset()
        for key in held_before - held_after - {SHARED}:
            del self.holders[key]
        for key in held_after - held_before - {SHARED}:
            self.holders[key] = place
        if SHARED in held_after:
            self._readers.add(place)
        else:
            self._readers.discard(place)
        had_snapshot = before is not None and before.snapshot is not None
        has_snapshot = after is not None and after.snapshot is not None
        if has_snapshot and not had_snapshot:
            self.rows.keep(place)
        elif had_snapshot and not has_snapshot:
            self.rows.release(place)


def holding(tx: Tx) -> Holding:
    """The rows that a transaction has locked or waits for, and how it holds them."""
    waits_for = tx.under_way.key if tx.under_way is not None else None
    awaited = {waits_for} if waits_for is not None else NO_KEYS
    return frozenset((key, tx.hold(key)) for key in tx.held | awaited)


def _never(_key: Key) -> bool:
    return False
