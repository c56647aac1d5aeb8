"""The live driver: a model's handlers on a real database, its customers in threads of their own.

Each step is run at once, on the connection of its transaction; the database alone decides who
waits, who fails and who goes first. `run_live` makes the model's tables, lets every customer make
its journey, and judges the rows that are left; `Live` runs single handlers on tables that are
there. A published message is handled in a thread of its own, and so is a request with a time-out
(in real seconds); any other in its sender's. Who must wait for its turn is at a turnstile.

Three things that could be wrong: a handler that still runs when the rows are judged, an error of a
thread that nobody hears of, and a database so slow that the threads never meet: hence `jitter_s`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from random import Random
from typing import Any

from eventproof.findings import Problem
from eventproof.simulator.actors import NOTHING_LOST
from eventproof.simulator.connections import SQLITE, Connection, Connections, demand_form
from eventproof.simulator.context import Context
from eventproof.simulator.deliveries import AS_BLOCKS
from eventproof.simulator.durations import duration_of
from eventproof.simulator.errors import Refused, TimedOut
from eventproof.simulator.model import Model
from eventproof.simulator.premises import Premises, premises
from eventproof.simulator.programs import Finished, Program, Route, Routes, Running, Thrown
from eventproof.simulator.properties import Breach, View, breaches
from eventproof.simulator.raised import asked_without_end, words_of
from eventproof.simulator.sqlite_store import Journal
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
    Sleep,
    Step,
)
from eventproof.simulator.tables import Key, Row, table_of
from eventproof.simulator.turns import Turns
from eventproof.simulator.turnstile import Leave, Turnstile

MESSAGE_THREADS = 8
"""Messages that are handled at the same time."""

TURN_THREADS = 256
"""The same where handlers wait their turn: whoever has it must not wait for a thread as well."""

Work = Callable[[Context], Coroutine[Any, Any, Any]]
BESIDE = (Publish, Request, Call, Sleep, Now)  # none of the database's
ENDING = (Commit, Rollback)


@dataclass(frozen=True)
class LiveRun:
    """What came of a run."""

    outcomes: Mapping[str, str]
    """Customer's name -> what its journey returned, or how it was refused or failed."""
    breaches: tuple[Breach, ...]
    """The `always` properties that the rows break at the end, and messages that were lost."""
    rows: Mapping[Key, Row]
    """The committed rows at the end."""


def run_live(
    model: Model,
    *,
    on: str,
    seed: int = 0,
    threads: int = 32,
    jitter_s: float = 0.0,
    pace: float = 1.0,
    beside_other_tables: bool = False,
) -> LiveRun:
    """Run the model's customers on the database at `on`, at most `threads` at a time.

    `on` is `postgresql://…` or `sqlite:///file`. Before each step comes a pause of up to
    `jitter_s` seconds. `pace` is how many real seconds a second of `ctx.sleep` takes. `seed`
    decides the pauses and what external systems answer, and not who goes first: that is the
    database's choice. `Problem` when the database cannot be used or a handler is at fault.
    """
    with arena(model, on=on, beside_other_tables=beside_other_tables) as runs:
        return runs.run(model, seed=seed, threads=threads, jitter_s=jitter_s, pace=pace)


@contextmanager
def arena(model: Model, *, on: str, beside_other_tables: bool = False) -> Iterator[Arena]:
    """The model's tables on a real database, for any number of runs."""
    demand_form(on)
    if model.sqlite is not None and not on.startswith(SQLITE):
        raise Problem(
            "the model is of a SQLite, and another database waits and fails otherwise.",
            hint=f"{SQLITE}file.db, or another `database` in the scenario",
        )
    tables = tuple(map(table_of, model.tables))
    journal = model.sqlite.journal if model.sqlite is not None else Journal.WAL
    with (
        premises(on, tables, journal=journal, beside_other_tables=beside_other_tables) as place,
        Connections(on, setup=place.setup, sqlite=model.sqlite) as connections,
    ):
        yield Arena(place, connections)


class Arena:
    """Tables on a real database, and the connections to them."""

    def __init__(self, place: Premises, connections: Connections) -> None:
        self._place = place
        self._connections = connections

    def run(
        self,
        model: Model,
        *,
        seed: int = 0,
        threads: int = 32,
        jitter_s: float = 0.0,
        pace: float = 1.0,
    ) -> LiveRun:
        """As `run_live`; the rows of the run before are gone."""
        self._place.reset(model.rows)
        live = Live(
            self._connections,
            routes=model.routes,
            outcomes=model.outcomes,
            isolation=model.isolation,
            turns=model.turns,
            jitter_s=jitter_s,
            pace=pace,
        )
        outcomes = _travelled(live, model, seed, threads)
        rows = self._place.rows()
        view = View((rows,), tuple(outcomes.values()))
        return LiveRun(outcomes, breaches(model.always, view) + live.lost(), rows)


def _travelled(live: Live, model: Model, seed: int, threads: int) -> dict[str, str]:
    """The outcome of every journey, after the last message was handled."""
    start = threading.Barrier(min(threads, len(model.customers)))

    def travel(number: int) -> str:
        customer = model.customers[number]
        if number < start.parties:
            start.wait()  # so that the first do not finish before the last begin
        return live.finished(model.journey_of(customer), Draws(f"{seed}:{customer.name}")).words

    with live, ThreadPoolExecutor(start.parties) as pool:
        found = list(pool.map(travel, range(len(model.customers))))
        live.wait_for_messages()
    return {customer.name: how for customer, how in zip(model.customers, found, strict=True)}


class Draws:
    """Random numbers that are the same for the same text."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def numbers(self) -> Random:
        """Made when they are first needed: seeding takes as long as a step."""
        return Random(self._text)  # noqa: S311 - a simulation, not cryptography


class Live:
    """Runs handlers, step by step, on connections to tables that are there."""

    def __init__(
        self,
        connections: Connections,
        *,
        routes: Routes | None = None,
        outcomes: Mapping[str, tuple[str, ...]] | None = None,
        isolation: Isolation = Isolation.READ_COMMITTED,
        turns: Turns | None = None,
        jitter_s: float = 0.0,
        pace: float = 1.0,
    ) -> None:
        self._connections = connections
        self._routes = routes or {}
        self._outcomes = outcomes or {}
        self._isolation = isolation
        self._jitter_s = jitter_s
        self._pace = pace
        self._began_s = time.monotonic()
        self._messages: list[Future[Any]] = []
        self._lost: list[Breach] = []
        self._turnstile = Turnstile(turns)
        threads = MESSAGE_THREADS if turns is None else TURN_THREADS
        self._pool = ThreadPoolExecutor(threads)  # starts none before it is needed

    def __enter__(self) -> Live:
        return self

    def __exit__(self, *_: object) -> None:
        self._turnstile.close()
        self._pool.shutdown(wait=True, cancel_futures=True)
        for asked in self._messages:
            asked.cancel()  # whatever has not begun
        wait([asked for asked in self._messages if not asked.cancelled()])

    def run(self, work: Work, *, seed: int = 0) -> Any:
        """What `work(ctx)` returns. Raises `DatabaseError` and `Refused` as it does."""

        async def answered(_argument: None, ctx: Context) -> Any:
            kept.append(await work(ctx))

        kept: list[Any] = []
        ended = self.finished(Program("work", answered, None), Draws(str(seed)))
        if ended.error is not None:
            raise ended.error.exception()
        return kept[0]

    def finished(self, program: Program, draws: Draws) -> Finished:
        """Run a program to its end; what is left open when it fails is rolled back."""
        running = program.start()
        process = _Process(self, draws, running)
        asked = running.advance(None)
        try:
            while not isinstance(asked, Finished):
                if self._jitter_s:
                    time.sleep(draws.numbers.uniform(0, self._jitter_s))
                asked = running.advance(process.answer(asked))
            process.demand_closed()
            return asked
        finally:
            process.abandon()

    def wait_for_messages(self) -> None:
        """Until every message that was published is handled, and those that these published."""
        for handled in self._messages:  # grows while it is read: a handler may publish
            handled.result()

    def lost(self) -> tuple[Breach, ...]:
        """Messages whose handlers failed."""
        return tuple(sorted(self._lost, key=lambda breach: breach.sentence))

    def begun(self, step: Begin) -> Connection | Thrown:
        """A connection with a transaction on it."""
        connection = self._connections.take()
        thrown = connection.begin(step.isolation or self._isolation, step.mode)
        if thrown is None:
            return connection
        self._connections.give_back(connection)
        return thrown

    def ended(self, connection: Connection, command: str) -> Thrown | None:
        """End the transaction, and take its connection back if it has ended."""
        thrown = connection.end(command)
        if not connection.is_open:
            self._connections.give_back(connection)
        return thrown

    def beside(self, step: Step, draws: Draws) -> Any:
        """The answer to a step that is none of the database's."""
        match step:
            case Publish(message):
                return self._publish(message, draws)
            case Request():
                return self._request(step, draws)
            case Call(system, _):
                return draws.numbers.choice(self._answers_of(system))
            case Sleep(length):
                slept_s = duration_of(length).at(draws.numbers.random())
                return time.sleep(min(slept_s * self._pace, threading.TIMEOUT_MAX))
            case Now():
                return (time.monotonic() - self._began_s) / (self._pace or 1.0)
        raise AssertionError(step)

    def _publish(self, message: Any, draws: Draws) -> None:
        for route in self._routes.get(message.MESSAGE, ()):
            program, own = route.program(message), Draws(str(draws.numbers.random()))
            handled: Future[Any] = Future()
            self._messages.append(handled)
            begin = partial(self._begin, handled, program, own)
            self._turnstile.enter(route.service, message, begin)

    def _begin(self, handled: Future[Any], program: Program, draws: Draws, leave: Leave) -> None:
        self._pool.submit(self._handle, handled, program, draws, leave)

    def _handle(self, handled: Future[Any], program: Program, draws: Draws, leave: Leave) -> None:
        try:
            self._note_lost(program, self.finished(program, draws))
        except BaseException as error:
            handled.set_exception(error)
        else:
            handled.set_result(None)
        finally:
            leave()

    def _note_lost(self, program: Program, ended: Finished) -> None:
        if ended.error is not None and ended.error.kind is not Refused:
            self._lost.append(Breach(NOTHING_LOST, f"{program.title} failed with {ended.error}."))

    def _request(self, step: Request, draws: Draws) -> Any:
        message = step.message
        consumers = self._routes.get(message.MESSAGE, ())
        if len(consumers) != 1:
            raise Problem(
                f"a request of {message.MESSAGE} needs one handler, and has {len(consumers)}.",
                hint="name the handler of its service under `handlers:` in the scenario",
            )
        if step.timeout_s is None:
            ended = self._answered(consumers[0], message, draws)
            return ended.error or ended.value
        pool = ThreadPoolExecutor(1)  # of its own: messages that wait for replies fill the other
        own = Draws(str(draws.numbers.random()))
        asked = pool.submit(self._answered, consumers[0], message, own)
        pool.shutdown(wait=False)
        self._messages.append(asked)
        if not wait([asked], timeout=step.timeout_s).done:
            return Thrown(TimedOut, (message.MESSAGE, step.timeout_s))
        ended = asked.result()
        return ended.error or ended.value

    def _answered(self, route: Route, message: Any, draws: Draws) -> Finished:
        """How the handler of a request has ended."""
        program = route.program(message)
        leave = self._turnstile.wait(route.service, message)
        try:
            return self.finished(program, draws)
        except RecursionError as error:  # each request is answered within the one before
            raise asked_without_end(program.title, program.place) from error
        finally:
            leave()

    def _answers_of(self, system: str) -> tuple[str, ...]:
        if system not in self._outcomes:
            raise Problem(f"the model does not say what {system} may answer.")
        return self._outcomes[system]


@dataclass(slots=True)
class _Process:
    """One run of a handler: the transaction that it has open, if any."""

    live: Live
    draws: Draws
    running: Running
    connection: Connection | None = None

    def answer(self, step: Step) -> Any:
        """What the database or the world says to a step."""
        if isinstance(step, Begin):
            return self._begin(step)
        if isinstance(step, BESIDE):
            return self.live.beside(step, self.draws)
        if self.connection is None:
            raise self._at_fault("uses a transaction after its end")
        if isinstance(step, ENDING):
            return self._end(type(step).__name__.lower())
        assert not isinstance(step, Receive), "nobody waits for a turn here"
        try:
            return self.connection.execute(step)
        except (Problem, KeyboardInterrupt):
            raise
        except Exception as error:  # what SQLAlchemy or a driver makes of an odd value
            raise self._at_fault(f"asks what cannot be: {words_of(error)}", None) from error

    def demand_closed(self) -> None:
        """`Problem` where a handler has come to its end and a transaction has not."""
        if self.connection is not None:
            raise self._at_fault("ends with an open transaction")

    def abandon(self) -> None:
        """Roll back what is open."""
        if self.connection is not None:
            self._end("rollback")

    def _begin(self, step: Begin) -> Thrown | None:
        if self.connection is not None:
            raise self._at_fault("opens a transaction inside another")
        if isinstance(begun := self.live.begun(step), Thrown):
            return begun
        self.connection = begun
        return None

    def _at_fault(self, what: str, hint: str | None = AS_BLOCKS) -> Problem:
        program, place = self.running.program, self.running.place
        return Problem(f"{program.title} {what}{place or program.place}.", hint=hint)

    def _end(self, command: str) -> Thrown | None:
        assert self.connection is not None, "there is a transaction"
        thrown = self.live.ended(self.connection, command)
        if not self.connection.is_open:
            self.connection = None
        return thrown
