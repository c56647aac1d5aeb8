"""Connections of the live driver: each transaction on one of its own, each step run at once.

`Connections` are those to one database; `take` lends one, `give_back` takes it back. A connection
answers a step as the model store does, or with a `Thrown` that carries the SQLSTATE, or what
stands for it on SQLite.

Three things that could be wrong: a connection that is given back within a transaction, an error
that is taken for an answer, and a wait without a bound.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from eventproof.findings import Problem
from eventproof.simulator.errors import BUSY, DatabaseError
from eventproof.simulator.programs import Thrown
from eventproof.simulator.shapes import Shapes
from eventproof.simulator.sql import Statement
from eventproof.simulator.sqlite import KNOWN, Session, sqlstate_of
from eventproof.simulator.sqlite_file import dialect as sqlite_dialect
from eventproof.simulator.sqlite_store import Journal, SQLite, misplaced
from eventproof.simulator.statements import Isolation, Mode, StoreStep

SQLITE = "sqlite:///"
WAIT_S = 30
"""How long a statement may wait for a lock before it fails with 55P03 or SQLITE_BUSY."""


class Connection(Protocol):
    """One connection; every method's answer is a value or a `Thrown`."""

    @property
    def is_open(self) -> bool:
        """Whether there is a transaction. SQLite refuses some commits and keeps it."""
        ...

    def begin(self, isolation: Isolation, mode: Mode | None = None) -> Thrown | None:
        """Open a transaction."""
        ...

    def execute(self, step: StoreStep) -> Any:
        """Run a step of the transaction."""
        ...

    def end(self, command: str) -> Thrown | None:
        """`commit` or `rollback`."""
        ...

    def close(self) -> None:
        """Close it; what is open is rolled back."""
        ...


class Connections:
    """Those to one database; lent to any thread, opened when none is free."""

    def __init__(
        self,
        url: str,
        *,
        setup: Sequence[str] = (),
        wait_s: float = WAIT_S,
        sqlite: SQLite | None = None,
    ) -> None:
        """`url` is `postgresql://…` or `sqlite:///file`; `setup` is run on a server's connections.

        A statement waits for a lock at most `wait_s` seconds. On a file `sqlite` says how
        transactions begin and how long they wait; without it each is BEGIN IMMEDIATE, and those
        of one process queue for up to `wait_s`: SQLite has no queue, and who meets its lock
        sleeps. The journal is the file's.
        """
        demand_form(url)
        if url.startswith(SQLITE):
            self._open = _sqlite(url.removeprefix(SQLITE), wait_s, sqlite)
        else:
            self._open = _postgres(url, setup, wait_s)
        self._free: list[Connection] = []
        self._all: list[Connection] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Connections:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def take(self) -> Connection:
        """A connection that nobody else has. `Problem` when the database cannot be reached."""
        with self._lock:
            if self._free:
                return self._free.pop()
        made = self._open()
        with self._lock:
            self._all.append(made)
        return made

    def give_back(self, connection: Connection) -> None:
        """The transaction has ended."""
        with self._lock:
            self._free.append(connection)

    def close(self) -> None:
        """Close all of them."""
        for connection in self._all:
            connection.close()


class PostgresConnection:
    """A connection to PostgreSQL by psycopg."""

    def __init__(self, connection: Any, shapes: Shapes) -> None:
        import psycopg

        self._failure = psycopg.Error
        self.raw = connection
        """The driver's own connection."""
        self._shapes = shapes

    @property
    def is_open(self) -> bool:
        """Whether there is a transaction."""
        return bool(self.raw.info.transaction_status)  # 0 is idle

    def begin(self, isolation: Isolation, mode: Mode | None = None) -> Thrown | None:
        """Open a transaction."""
        if mode is not None:
            said, hint = misplaced(mode)
            raise Problem(f"a handler {said}.", hint=hint)
        thrown: Thrown | None = self._said(_BEGIN[isolation])
        return thrown

    def execute(self, step: StoreStep) -> Any:
        """Run a step."""
        return self._said(self._shapes.statement(step))

    def end(self, command: str) -> Thrown | None:
        """Commit or roll back."""
        thrown: Thrown | None = self._said(_END[command])
        return thrown

    def close(self) -> None:
        """Close it."""
        self.raw.close()

    def _said(self, command: Statement) -> Any:
        try:
            cursor = self.raw.execute(command.text, command.parameters or None)
            return command.answer(cursor)
        except self._failure as error:
            if error.sqlstate is None:  # no statement failed: the connection is gone
                raise Problem(f"PostgreSQL has closed a connection: {error}.") from error
            return Thrown(DatabaseError, (error.sqlstate,))


class SqliteConnection:
    """A connection to a SQLite file."""

    def __init__(
        self, session: Session, shapes: Shapes, sqlite: SQLite, turn: threading.Lock | None
    ) -> None:
        """`turn` is what the transactions of one process queue for, if they do."""
        self.raw = session.connection
        """The driver's own connection."""
        self._session = session
        self._shapes = shapes
        self._sqlite = sqlite
        self._begins = {mode: f"begin {sqlite.of(mode)}" for mode in (None, *Mode)}
        self._turn = turn

    @property
    def is_open(self) -> bool:
        """Whether there is a transaction; a commit that was refused has not ended it."""
        return self.raw.in_transaction

    def begin(self, isolation: Isolation, mode: Mode | None = None) -> Thrown | None:
        """Open a transaction; SQLite's are serializable whatever is asked."""
        del isolation
        if self._turn is not None and not self._turn.acquire(timeout=self._sqlite.busy_timeout_s):
            return Thrown(DatabaseError, (BUSY,))
        return self._ended_or_not(self._begins[mode])

    def execute(self, step: StoreStep) -> Any:
        """Run a step."""
        return self._said(self._shapes.statement(step))

    def end(self, command: str) -> Thrown | None:
        """Commit or roll back."""
        return self._ended_or_not(command)

    def close(self) -> None:
        """Close it."""
        self._session.close()

    def _ended_or_not(self, command: str) -> Thrown | None:
        try:
            thrown: Thrown | None = self._said(command)
        finally:
            if self._turn is not None and not self.is_open:
                self._turn.release()
        return thrown

    def _said(self, command: Statement | str) -> Any:
        try:
            return self._session.do(command)
        except sqlite3.Error as error:
            sqlstate = sqlstate_of(error)
            if sqlstate in KNOWN:
                return Thrown(DatabaseError, (sqlstate,))
            text = command if isinstance(command, str) else command.text
            raise Problem(f"SQLite cannot do `{text}`: {sqlstate}.") from error


def demand_form(url: str) -> None:
    """`Problem` when `url` names neither a PostgreSQL nor a SQLite file."""
    is_file = url.startswith(SQLITE) and url != SQLITE
    if not is_file and not url.startswith(("postgresql://", "postgres://")):
        raise Problem(
            f"{url!r} names no database to run on.",
            hint="the forms are postgresql://user:password@host:port/database and sqlite:///file",
        )


def _sqlite(path: str, wait_s: float, sqlite: SQLite | None) -> Callable[[], Connection]:
    shapes = Shapes(sqlite_dialect())
    turn = threading.Lock() if sqlite is None else None
    how = sqlite or SQLite(Journal.WAL, Mode.IMMEDIATE, busy_timeout_s=wait_s)

    def opened() -> Connection:
        try:
            session = Session(path, busy_timeout_s=how.busy_timeout_s)
        except sqlite3.Error as error:
            raise Problem(f"the SQLite file {path} cannot be used: {error}.") from error
        return SqliteConnection(session, shapes, how, turn)

    return opened


def _postgres(url: str, setup: Sequence[str], wait_s: float) -> Callable[[], Connection]:
    from eventproof.simulator.postgres import connected, dialect

    shapes = Shapes(dialect())

    def opened() -> Connection:
        connection = connected(url)
        for command in (f"set lock_timeout = '{round(wait_s * 1000)}ms'", *setup):
            connection.execute(command)
        return PostgresConnection(connection, shapes)

    return opened


def _nothing(_cursor: Any) -> None:
    return None


def _command(text: str) -> Statement:
    return Statement(text, (), _nothing)


_BEGIN = {level: _command(f"begin isolation level {level}") for level in Isolation}
_END = {command: _command(command) for command in ("commit", "rollback")}
