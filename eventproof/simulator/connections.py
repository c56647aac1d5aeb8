"""Connections of the live driver: each transaction on one of its own, each step run at once.

`Connections` are those to one database; `take` lends one, `give_back` takes it back. A connection
answers a step as the model store does, or with a `Thrown` that carries the SQLSTATE. SQLite has
none: a constraint is `23505` there, and a lock that was not free within the busy time-out
`SQLITE_BUSY`, as in the model.

Three things that could be wrong: a connection that is given back within a transaction, an error
that is taken for an answer, and a wait without a bound.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from eventproof.findings import Problem
from eventproof.simulator.errors import (
    BUSY,
    BUSY_SNAPSHOT,
    UNIQUE_VIOLATION,
    DatabaseError,
)
from eventproof.simulator.programs import Thrown
from eventproof.simulator.shapes import Shapes
from eventproof.simulator.sql import SAVEPOINT, Statement
from eventproof.simulator.statements import (
    Change,
    Insert,
    Isolation,
    OnConflict,
    RollbackTo,
    StoreStep,
    Update,
)

SQLITE = "sqlite:///"
WAIT_S = 30
"""How long a statement may wait for a lock before it fails with 55P03 or SQLITE_BUSY."""
_SQLSTATES = {
    "SQLITE_CONSTRAINT_PRIMARYKEY": UNIQUE_VIOLATION,
    "SQLITE_CONSTRAINT_UNIQUE": UNIQUE_VIOLATION,
    BUSY: BUSY,
    BUSY_SNAPSHOT: BUSY_SNAPSHOT,
}


class Connection(Protocol):
    """One connection; every method's answer is a value or a `Thrown`."""

    def begin(self, isolation: Isolation) -> Thrown | None:
        """Open a transaction."""
        ...

    def execute(self, step: StoreStep) -> Any:
        """Run a step of the transaction."""
        ...

    def end(self, command: str) -> Thrown | None:
        """`commit` or `rollback`; the transaction has ended even where that fails."""
        ...

    def close(self) -> None:
        """Close it; what is open is rolled back."""
        ...


class Connections:
    """Those to one database; lent to any thread, opened when none is free."""

    def __init__(self, url: str, *, setup: Sequence[str] = (), wait_s: float = WAIT_S) -> None:
        """`url` is `postgresql://…` or `sqlite:///file`; `setup` is run on each that is opened.

        A statement waits for a lock at most `wait_s` seconds.
        """
        self._open = _opener(url, setup, wait_s)
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

    def begin(self, isolation: Isolation) -> Thrown | None:
        """Open a transaction."""
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
    """A connection to a SQLite file. Each transaction is BEGIN IMMEDIATE: one writes at a time.

    Writers of one process queue for `turn`: SQLite has no queue, and who meets its lock sleeps.
    """

    def __init__(
        self, connection: sqlite3.Connection, shapes: Shapes, turn: threading.Lock, wait_s: float
    ) -> None:
        self.raw = connection
        """The driver's own connection."""
        self._shapes = shapes
        self._turn = turn
        self._wait_s = wait_s

    def begin(self, isolation: Isolation) -> Thrown | None:
        """Open a transaction; SQLite's are serializable whatever is asked."""
        del isolation
        if not self._turn.acquire(timeout=self._wait_s):
            return Thrown(DatabaseError, (BUSY,))
        thrown: Thrown | None = self._said(_BEGIN_IMMEDIATE)
        if thrown is not None:
            self._turn.release()
        return thrown

    def execute(self, step: StoreStep) -> Any:
        """Run a step."""
        if isinstance(step, RollbackTo):
            self._said(_ROLL_BACK_TO)
            return self._said(_RELEASE)
        if isinstance(step, Insert) and step.on_conflict is OnConflict.UPDATE:
            return self._upsert(step)
        return self._said(self._shapes.statement(step))

    def end(self, command: str) -> Thrown | None:
        """Commit or roll back; what cannot be committed is rolled back."""
        try:
            thrown: Thrown | None = self._said(_END[command])
            if self.raw.in_transaction:
                self.raw.execute("rollback")
        finally:
            self._turn.release()
        return thrown

    def close(self) -> None:
        """Close it."""
        self.raw.close()

    def _upsert(self, step: Insert) -> Any:
        # Nobody else writes within the transaction, so two statements are as good as one.
        plain = Insert(step.table, step.key, step.row)
        added = self._said(self._shapes.statement(plain))
        if not isinstance(added, Thrown):
            return added
        changes = tuple(Change(name, "=", getattr(step.row, name)) for name in step.sets)
        updated = self._said(self._shapes.statement(Update(step.table, step.key, changes)))
        if updated is True:
            return False
        return updated if isinstance(updated, Thrown) else added

    def _said(self, command: Statement) -> Any:
        try:
            cursor = self.raw.execute(command.text, command.parameters)
            return command.answer(cursor)
        except sqlite3.Error as error:
            sqlstate = _SQLSTATES.get(getattr(error, "sqlite_errorname", ""))
            if sqlstate is not None:
                return Thrown(DatabaseError, (sqlstate,))
            raise Problem(f"SQLite cannot do `{command.text}`: {error}.") from error


def demand_form(url: str) -> None:
    """`Problem` when `url` names neither a PostgreSQL nor a SQLite file."""
    is_file = url.startswith(SQLITE) and url != SQLITE
    if not is_file and not url.startswith(("postgresql://", "postgres://")):
        raise Problem(
            f"{url!r} names no database to run on.",
            hint="the forms are postgresql://user:password@host:port/database and sqlite:///file",
        )


def _opener(url: str, setup: Sequence[str], wait_s: float) -> Callable[[], Connection]:
    demand_form(url)
    if url.startswith(SQLITE):
        return _sqlite(url.removeprefix(SQLITE), setup, wait_s)
    return _postgres(url, setup, wait_s)


def _sqlite(path: str, setup: Sequence[str], wait_s: float) -> Callable[[], Connection]:
    from sqlalchemy.dialects import sqlite

    shapes = Shapes(sqlite.dialect(paramstyle="qmark"))
    one_at_a_time, turn = threading.Lock(), threading.Lock()

    def opened() -> Connection:
        try:
            connection = sqlite3.connect(
                path, timeout=wait_s, isolation_level=None, check_same_thread=False
            )
            with one_at_a_time:  # SQLite does not wait for who changes the journal as well
                connection.execute("pragma journal_mode = wal")
            # What is committed is on the disk.
            for command in ("pragma synchronous = full", *setup):
                connection.execute(command)
        except sqlite3.Error as error:
            raise Problem(f"the SQLite file {path} cannot be used: {error}.") from error
        return SqliteConnection(connection, shapes, turn, wait_s)

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
_BEGIN_IMMEDIATE = _command("begin immediate")
_END = {command: _command(command) for command in ("commit", "rollback")}
_ROLL_BACK_TO, _RELEASE = _command(f"rollback to {SAVEPOINT}"), _command(f"release {SAVEPOINT}")
