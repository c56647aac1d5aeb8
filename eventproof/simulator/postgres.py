"""A real PostgreSQL, one connection a transaction, one statement at a time.

Each session has a thread that runs its statements. After a statement is issued, the controller
waits until it has either finished or is provably waiting for a lock: `pg_blocking_pids`, asked on
a connection of its own. Nothing sleeps and hopes; every wait is bounded.

All that is made lies in a schema of its own (`postgres_schema`), which is dropped at the end.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic
from types import TracebackType
from typing import Any

from eventproof.findings import Problem
from eventproof.simulator.errors import DEADLOCK_DETECTED
from eventproof.simulator.postgres_schema import (
    demand_no_other_tables,
    drop_left_behind,
    drop_schema,
    fill,
    make_schema,
)
from eventproof.simulator.sql import Answer, Statement, statement, table_rows
from eventproof.simulator.steps import StoreStep
from eventproof.simulator.tables import Key, Row, Table

POLL_S = 0.0005
"""Between two looks at whether a statement has finished."""
SETTLE_S = 10.0
"""How long a statement may be neither finished nor waiting for a lock."""


class Session:
    """One connection and the thread that waits for its answers."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.pid: int = connection.info.backend_pid
        self._issued: queue.SimpleQueue[tuple[Statement | None, str]] = queue.SimpleQueue()
        self._finished = threading.Event()
        self._answer = Answer()
        self.busy = False
        """Whether a statement was issued whose answer has not been taken."""
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def issue(self, command: Statement | str) -> None:
        """Send a statement, without waiting for its answer."""
        self.busy = True
        self._finished.clear()
        if isinstance(command, str):
            self._issued.put((None, command))
        else:
            self._issued.put((command, command.text))

    def finished(self, within_s: float) -> bool:
        """Whether the answer is there, after waiting at most `within_s` seconds."""
        return self._finished.wait(within_s)

    def failed_with(self, sqlstate: str) -> bool:
        """Whether the answer is there, and is that error."""
        return self._finished.is_set() and self._answer.sqlstate == sqlstate

    def take(self) -> Answer:
        """The answer of a statement that has finished."""
        self.busy = False
        return self._answer

    def close(self) -> None:
        """End the thread and the connection, whatever is under way."""
        self._connection.cancel_safe(timeout=SETTLE_S)
        self._issued.put((None, ""))
        self._thread.join(SETTLE_S)
        self._connection.close()

    def _serve(self) -> None:
        import psycopg

        while True:
            command, text = self._issued.get()
            if not text:
                return
            try:
                cursor = self._connection.execute(text, command.parameters if command else None)
                self._answer = Answer(command.answer(cursor) if command else None)
            except psycopg.Error as error:
                self._answer = Answer(sqlstate=error.sqlstate or "no SQLSTATE")
            self._finished.set()


class Postgres:
    """A server, a schema with the model's tables in it, and the sessions at work on them."""

    def __init__(
        self,
        url: str,
        *,
        tables: Iterable[Table],
        rows: Mapping[Key, Row],
        beside_other_tables: bool = False,
        setup: Sequence[str] = (),
    ) -> None:
        """`setup` is run on every session's connection when it is opened."""
        self._dialect = dialect()
        self._url = url
        self._tables = tuple(tables)
        self._setup = tuple(setup)
        self._sessions: dict[Any, Session] = {}
        self._monitor = connected(self._url)
        self.obeys_patience = _is_superuser(self._monitor)
        """Whether `wait_patiently` can do what it says: only a superuser may ask for that."""
        try:
            self._set_up(rows, beside_other_tables=beside_other_tables)
        except BaseException:  # an interrupt as well
            self._monitor.close()  # what is half made goes with its transaction
            raise

    def __enter__(self) -> Postgres:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every session and drop the schema."""
        try:
            with _told_as("what the run made cannot be dropped, which the next run does"):
                self.abandon()
                drop_schema(self._monitor, self._schema)
                drop_left_behind(self._monitor)  # by who was killed just before this run began
        finally:
            self._monitor.close()

    def issue(self, place: Any, step: StoreStep | str) -> None:
        """Send a step, or a command such as COMMIT, on the session of a process."""
        command = step if isinstance(step, str) else statement(step, self._dialect)
        self.session(place).issue(command)

    def wait_patiently(self, place: Any, *, seconds: int) -> None:
        """In its transaction the process looks for a deadlock when it has waited so long.

        It would after `deadlock_timeout`, mostly a second, and whoever finds one is its victim.
        """
        if self.obeys_patience and not self.is_busy(place):
            self.issue(place, f"set local deadlock_timeout = '{seconds}s'")
            self.settle(place)

    def is_busy(self, place: Any) -> bool:
        """Whether a statement of the process was issued and its answer not yet taken."""
        session = self._sessions.get(place)
        return session is not None and session.busy

    def settle(self, place: Any, *, until: Callable[[], bool] | None = None) -> Answer | None:
        """The statement's answer, or None when it provably waits for a lock.

        With `until`, waiting for a lock is not enough: go on until the answer is there, or
        `until` says stop. `Problem` when neither happens in time.
        """
        session = self._sessions[place]
        deadline = monotonic() + SETTLE_S
        while not session.finished(POLL_S):
            # A finished statement beats a blocked one: it may have been let go meanwhile.
            blocked = until is None and self._blocked(session.pid)
            if blocked and not session.finished(0):
                return None
            if until is not None and until():
                return None
            if monotonic() > deadline:
                raise Problem(f"PostgreSQL did not answer a statement within {SETTLE_S:g} s.")
        return session.take()

    def victim_of(self, places: Sequence[Any]) -> Any:
        """Whom the server chose as a deadlock's victim. `Problem` when it chose nobody."""
        deadline = monotonic() + SETTLE_S
        while monotonic() < deadline:
            for place in places:
                if self._sessions[place].failed_with(DEADLOCK_DETECTED):
                    return place
            # Whoever is let go by it may finish first: only the error tells the victim.
            self._sessions[places[0]].finished(POLL_S)
        raise Problem(f"PostgreSQL resolved no deadlock within {SETTLE_S:g} s.")

    @property
    def search_path(self) -> str:
        """The command that makes a connection see the tables."""
        return f"set search_path to {self._schema}"

    def session(self, place: Any) -> Session:
        """The session of a process; opened when it is first asked for."""
        session = self._sessions.get(place)
        if session is None:
            connection = connected(self._url)
            for command in (self.search_path, *self._setup):
                connection.execute(command)
            session = self._sessions[place] = Session(connection)
        return session

    def blockers(self, places: Sequence[Any]) -> dict[Any, list[int]]:
        """For each process whom of the others it waits for, by their process ids on the server.

        All is asked at one moment. What the server does for itself, such as to vacuum a catalog,
        may be in the way too, and is over soon.
        """
        pids = [self.session(place).pid for place in places]
        ask = (
            "select pg_blocking_pids(pid) "
            "from unnest(%s::int[]) with ordinality as waiter(pid, number) order by number"
        )
        found = self._monitor.execute(ask, (pids,)).fetchall()
        ours = self._pids()
        return {
            place: [pid for pid in waits if pid in ours]
            for place, (waits,) in zip(places, found, strict=True)
        }

    def reset(self, rows: Mapping[Key, Row]) -> None:
        """The tables with other rows in them; every session must have ended its transaction."""
        names = ", ".join(table.name for table in self._tables)
        self._monitor.execute(f"truncate {names}")
        fill(self._monitor, self._tables, rows, self._dialect)

    def abandon(self) -> None:
        """End every session, whatever it is doing."""
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()

    def rows(self) -> dict[Key, Row]:
        """Every committed row, as the model keeps them.

        All tables are read as of one moment: the server may still be committing what a client
        asked for before it was killed.
        """
        found: dict[Key, Row] = {}
        self._monitor.execute("begin isolation level repeatable read read only")
        for table in self._tables:
            read = table_rows(table, self._dialect)
            found |= read.answer(self._monitor.execute(read.text, read.parameters))
        self._monitor.execute("commit")
        return found

    def _blocked(self, pid: int) -> bool:
        ask = "select pg_blocking_pids(%s) || pg_safe_snapshot_blocking_pids(%s)"
        (waits,) = self._monitor.execute(ask, (pid, pid)).fetchone()
        return not self._pids().isdisjoint(waits)

    def _pids(self) -> set[int]:
        return {session.pid for session in self._sessions.values()}

    def _set_up(self, rows: Mapping[Key, Row], *, beside_other_tables: bool) -> None:
        if not beside_other_tables:
            demand_no_other_tables(self._monitor)
        with _told_as("the tables cannot be made"):
            drop_left_behind(self._monitor)
            self._schema = make_schema(self._monitor, self._tables, rows, self._dialect)


def connected(url: str) -> Any:
    """A connection without implicit transactions. `Problem` when the server cannot be reached."""
    psycopg = _driver()
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=10)
    except psycopg.Error as error:
        reason = (str(error).strip().splitlines() or ["no reason given"])[-1].strip()
        raise Problem(
            f"PostgreSQL cannot be reached: {reason}.",
            hint="the form is postgresql://user:password@host:port/database",
        ) from error


@contextmanager
def _told_as(what: str) -> Iterator[None]:
    """`Problem` where the server says no: no right to do it, or no connection any more."""
    failure = _driver().Error
    try:
        yield
    except failure as error:
        reason = str(error).strip().partition("\n")[0]
        raise Problem(f"{what}: {reason}.") from error


def _driver() -> Any:
    try:
        import psycopg
    except ImportError as error:
        raise Problem(
            "replaying on PostgreSQL needs psycopg, which is not installed.",
            hint="pip install 'eventproof[postgres]'",
        ) from error
    return psycopg


def _is_superuser(connection: Any) -> bool:
    (said,) = connection.execute("select current_setting('is_superuser')").fetchone()
    return bool(said == "on")


def dialect() -> Any:
    """PostgreSQL's SQL, for psycopg."""
    from sqlalchemy.dialects import postgresql

    # psycopg's parameter style: %s.
    return postgresql.dialect(paramstyle="format")  # type: ignore[no-untyped-call] # SQLAlchemy's own
