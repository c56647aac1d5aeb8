"""Replay on a real database: the model and the server take every statement side by side.

The handlers run on the model, and each statement that they ask is also given to the server, in the
tape's order. What the server answers, whether it waits, and how it fails must be what the model
said; at the end both must hold the same rows. So a replay that agrees is a replay *on the server*,
and one that does not has found a fault in the model, which is named.

Whether the violation happened is judged on the server's rows, not on the model's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eventproof.findings import Problem
from eventproof.simulator.actors import Place
from eventproof.simulator.errors import DEADLOCK_DETECTED
from eventproof.simulator.events import Event
from eventproof.simulator.model import Model
from eventproof.simulator.network import CRASH_AFTER, CRASH_BEFORE
from eventproof.simulator.postgres import Postgres
from eventproof.simulator.programs import Thrown
from eventproof.simulator.properties import Breach, View, breaches
from eventproof.simulator.replay import checked
from eventproof.simulator.sql import Answer
from eventproof.simulator.sqlite import Sqlite
from eventproof.simulator.steps import Begin, Commit, Rollback, StoreStep
from eventproof.simulator.tables import table_of
from eventproof.simulator.tape import TapeStep
from eventproof.simulator.world import World

Server = Postgres | Sqlite

PATIENCE_S = 5
"""After so long a deadlock's victim looks for it that begins to wait before the others do."""
NO_VICTIM_S = 3_600
"""After so long whoever is not to be the victim would look: by then the replay is over."""


@dataclass(frozen=True, slots=True)
class ShadowLine:
    """One statement, as the model and as the server answered it."""

    event: Event
    server: str
    """What the server did, in the model's words."""
    same: bool


@dataclass(frozen=True, slots=True)
class Shadowed:
    """A replay on a server."""

    lines: tuple[ShadowLine, ...]
    rows_agree: bool
    breaches: tuple[Breach, ...]
    """What the server's rows break at the end, and what went wrong with messages."""

    @property
    def agrees(self) -> bool:
        """Whether the server did what the model said, statement by statement."""
        return self.rows_agree and all(line.same for line in self.lines)


def replay_on_postgres(
    model: Model, steps: Iterable[TapeStep], *, url: str, beside_other_tables: bool = False
) -> Shadowed:
    """Run a tape's steps on the model and on the server at `url`.

    `Problem` when the server cannot be reached, holds other tables and was not allowed to, or does
    not answer; and when the tape does not fit the handlers.
    """
    if model.sqlite is not None:
        raise _elsewhere("SQLite", "sqlite:///file.db")
    with Postgres(
        url,
        tables=tuple(map(table_of, model.tables)),
        rows=model.rows,
        beside_other_tables=beside_other_tables,
    ) as server:
        return _replayed(model, steps, server)


def replay_on_sqlite(
    model: Model, steps: Iterable[TapeStep], *, path: Path | str, beside_other_tables: bool = False
) -> Shadowed:
    """Run a tape's steps on the model and on the SQLite database in a file.

    `Problem` when the file is no database, is in use, or holds other tables and was not allowed
    to; and when the tape does not fit the handlers.
    """
    if model.sqlite is None:
        raise _elsewhere("PostgreSQL", "postgresql://user@host/database")
    with Sqlite(
        path,
        tables=tuple(map(table_of, model.tables)),
        rows=model.rows,
        journal=model.sqlite.journal,
        beside_other_tables=beside_other_tables,
    ) as server:
        return _replayed(model, steps, server)


def _elsewhere(name: str, form: str) -> Problem:
    return Problem(
        f"the tape was recorded on {name}, and there is nothing to compare on another database.",
        hint=f"--on {form}, or another `database` in the scenario",
    )


def _replayed(model: Model, steps: Iterable[TapeStep], server: Server) -> Shadowed:
    world = World(model)
    for customer in model.customers:
        world.arrive(customer)
    steps = tuple(steps)
    victims = frozenset((step.actor, step.slot) for step in steps if step.kind == "abort")
    shadow = Shadow(world, server, victims)
    for actor, slot, kind, choice in checked(world, steps):
        shadow.take((actor, slot), kind, choice)
    return shadow.ended()


class Shadow:
    """A world and a server that are kept in step."""

    def __init__(
        self, world: World, server: Server, victims: frozenset[Place] = frozenset()
    ) -> None:
        """`victims` are those whom a deadlock is to make fail."""
        self._world = world
        self._server = server
        self._victims = victims
        self._lines: list[ShadowLine] = []

    def take(self, place: Place, kind: str, choice: str | None) -> Event:
        """One deed of a process, on both sides."""
        if kind == "abort":
            return self._abort(place, choice or "")
        event = self._world.take(place, choice)
        command = _command(event, self._world.model)
        if command is None:
            return event  # a message, a choice, a pause: nothing of the database's
        if not self._server.is_busy(place):
            if kind == "wait" and self._victims and isinstance(self._server, Postgres):
                seconds = PATIENCE_S if place in self._victims else NO_VICTIM_S
                self._server.wait_patiently(place, seconds=seconds)
            self._server.issue(place, command)
        # A statement that waited and was let go may need a moment to get its answer.
        waited = not event.waits
        answer = self._settled(place, until_done=waited)
        self._note(event, answer)
        if event.is_fault and answer is not None and answer.sqlstate is not None:
            # The commit failed and then its handler died: the connection with it.
            self._server.issue(place, "rollback")
            self._server.settle(place)
        return event

    def resolve(self, circle: Iterable[Place]) -> Event:
        """Processes wait for each other in a circle: whom the server makes fail, fails."""
        places = list(circle)
        assert isinstance(self._server, Postgres), "nobody waits on SQLite"
        victim = self._server.victim_of(places)
        event = self._world.abort(victim, DEADLOCK_DETECTED)
        self._note(event, self._server.settle(victim))
        return event

    def ended(self) -> Shadowed:
        """The comparison of the rows, and the judgement on the server's."""
        rows = self._server.rows()
        view = View((rows,), self._world.view().outcomes)
        faults = tuple(Breach(*fault) for fault in self._world.faults())
        return Shadowed(
            lines=tuple(self._lines),
            rows_agree=rows == self._world.rows.current,
            breaches=breaches(self._world.model.always, view) + faults,
        )

    def _settled(self, place: Place, *, until_done: bool) -> Answer | None:
        answer = self._server.settle(place)
        if answer is None and until_done:
            # The model says it does not wait. It may just have been let go: look once more.
            answer = self._server.settle(place)
        return answer

    def _abort(self, place: Place, sqlstate: str) -> Event:
        """A deadlock: its victim is whoever looks for one first, so nobody else shall look."""
        others = [p for p in self._world.places() if p != place and self._world.is_blocked(p)]
        obeys = isinstance(self._server, Postgres) and self._server.obeys_patience
        # Who begins to wait first looks first, where all look after the same time.
        for waiter in [*others, place] if obeys else [place, *others]:
            step = self._world.pending(waiter)
            if not self._server.is_busy(waiter) and isinstance(step, StoreStep):
                if waiter != place and isinstance(self._server, Postgres):
                    self._server.wait_patiently(waiter, seconds=NO_VICTIM_S)
                self._server.issue(waiter, step)
                self._server.settle(waiter)
        event = self._world.abort(place, sqlstate)
        self._note(event, self._server.settle(place, until=lambda: False))
        return event

    def _note(self, event: Event, answer: Answer | None) -> None:
        if answer is None:
            self._lines.append(ShadowLine(event, "waits for a lock", event.waits))
            return
        if answer.sqlstate is not None:
            thrown = isinstance(event.answer, Thrown) and event.answer.arguments[0]
            # Of a handler that dies with its commit nobody hears how that went.
            same = thrown == answer.sqlstate or event.answer == CRASH_AFTER
            self._lines.append(ShadowLine(event, f"fails: {answer.sqlstate}", same))
            return
        expected = None if event.is_fault else event.answer
        same = not event.waits and answer.value == expected
        self._lines.append(ShadowLine(event, str(answer.value), same))


def _command(event: Event, model: Model) -> Any:
    match event.step:
        case Begin(mode=mode) if model.sqlite is not None:
            return f"begin {model.sqlite.of(mode)}"
        case Begin(isolation):
            return f"begin isolation level {isolation or model.isolation}"
        case Commit():
            return "rollback" if event.answer == CRASH_BEFORE else "commit"
        case Rollback():
            return "rollback"
    return event.step if isinstance(event.step, StoreStep) else None
