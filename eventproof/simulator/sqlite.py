"""A real SQLite file, one connection a process, one statement at a time, no waiting.

The busy time-out is 0, so a statement has an answer as soon as it is issued. All tables that are
made are written down in a table of their own and dropped at the end, and the journal mode is put
back; what a killed run left behind is taken away by the next. A second file beside the database,
locked by SQLite itself, says that a run is alive.

Three things that could be wrong: a cursor that is not closed and goes on reading, which keeps its
lock; a table of somebody else's that is dropped; and a mode that is left behind.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from eventproof.findings import Problem
from eventproof.simulator.errors import BUSY, UNIQUE_VIOLATION
from eventproof.simulator.sql import (
    Answer,
    Statement,
    Upserts,
    creation,
    emptying,
    insertion,
    statement,
    table_rows,
)
from eventproof.simulator.sqlite_store import Journal
from eventproof.simulator.steps import StoreStep
from eventproof.simulator.tables import Key, Row, Table

MADE = "eventproof_made"
"""The table that names what a run has made, and how the journal was before."""

OLDEST = (3, 35)
"""The first SQLite that knows `returning`."""

_SQLSTATES = {
    "SQLITE_CONSTRAINT_PRIMARYKEY": UNIQUE_VIOLATION,
    "SQLITE_CONSTRAINT_ROWID": UNIQUE_VIOLATION,
    "SQLITE_CONSTRAINT_UNIQUE": UNIQUE_VIOLATION,
}
_JOURNALS = {Journal.ROLLBACK: "delete", Journal.WAL: "wal"}


class Session(NamedTuple):
    """One connection."""

    connection: sqlite3.Connection
    upserts: Upserts


class Sqlite:
    """A database file with the model's tables in it, and the sessions at work on them."""

    def __init__(
        self,
        path: Path | str,
        *,
        tables: Iterable[Table],
        rows: Mapping[Key, Row],
        journal: Journal,
        beside_other_tables: bool = False,
    ) -> None:
        """`Problem` when the file is no database, is in use, or holds other tables."""
        if sqlite3.sqlite_version_info < OLDEST:
            raise Problem(
                f"Python's SQLite is {sqlite3.sqlite_version}; a replay needs 3.35 or newer.",
                hint="use a Python that was built with a newer SQLite",
            )
        self._path = Path(path)
        self._dialect = _dialect()
        self._tables = tuple(tables)
        self._sessions: dict[Any, Session] = {}
        self._answers: dict[Any, Answer] = {}
        for table in self._tables:
            _demand_same_indexes(table)
        self._was_there = self._path.exists()
        self._guard = self._locked_guard()
        try:
            self._monitor = self._connect()
            self._set_up(rows, journal, beside_other_tables=beside_other_tables)
        except Problem:
            self._let_go_of_the_file()
            raise
        except sqlite3.Error as error:
            self._let_go_of_the_file()
            raise Problem(f"{self._path} cannot be used: {error}.", hint=FORM) from error

    def __enter__(self) -> Sqlite:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every session and take away all that was made."""
        self.abandon()
        try:
            self._take_away()
        except sqlite3.Error as error:
            raise Problem(
                f"{self._path} still holds what the replay made there: {error}.",
                hint="another program is at work on it; the next replay takes it away",
            ) from error
        finally:
            self._monitor.close()
            self._let_go_of_the_file()

    def issue(self, place: Any, step: StoreStep | str) -> None:
        """Run a step, or a command such as COMMIT, on the session of a process."""
        session = self._session(place)
        if step == "rollback" and not session.connection.in_transaction:
            self._answers[place] = Answer()
            return
        command = step if isinstance(step, str) else statement(step, self._dialect)
        session.upserts.begin()
        self._answers[place] = _said(session.connection, command)

    def is_busy(self, place: Any) -> bool:
        """Whether a statement of the process was issued and its answer not yet taken."""
        return place in self._answers

    def settle(self, place: Any, *, until: Callable[[], bool] | None = None) -> Answer | None:
        """The statement's answer; it is there as soon as the statement was issued."""
        del until  # nothing to wait for
        return self._answers.pop(place)

    def reset(self, rows: Mapping[Key, Row]) -> None:
        """The tables with other rows in them; what is open is rolled back."""
        self._roll_back()
        self._monitor.execute("begin immediate")
        for table in self._tables:
            self._monitor.execute(emptying(table, self._dialect))
        self._fill(rows)
        self._monitor.execute("commit")

    def abandon(self) -> None:
        """End every session, whatever it is doing."""
        for session in self._sessions.values():
            session.connection.close()
        self._sessions.clear()
        self._answers.clear()

    def rows(self) -> dict[Key, Row]:
        """Every committed row, as the model keeps them; what is open is rolled back."""
        self._roll_back()
        found: dict[Key, Row] = {}
        for table in self._tables:
            read = table_rows(table, self._dialect)
            found |= read.answer(self._monitor.execute(read.text, read.parameters))
        return found

    def _session(self, place: Any) -> Session:
        session = self._sessions.get(place)
        if session is None:
            session = self._sessions[place] = Session(self._connect(), Upserts())
            for name, function in session.upserts.functions:
                session.connection.create_function(name, 0, function)
        return session

    def _connect(self) -> sqlite3.Connection:
        connection = _connected(self._path)
        # A replay that loses its file loses nothing; what is locked when stays the same. Where the
        # database is locked just now, it goes without.
        with suppress(sqlite3.OperationalError):
            connection.execute("pragma synchronous = off")
        return connection

    def _roll_back(self) -> None:
        for session in self._sessions.values():
            if session.connection.in_transaction:
                session.connection.execute("rollback")
        self._answers.clear()

    def _set_up(
        self, rows: Mapping[Key, Row], journal: Journal, *, beside_other_tables: bool
    ) -> None:
        self._take_away()
        there = self._tables_there()
        if there and not beside_other_tables:
            raise Problem(
                f"the database holds tables that eventproof did not make, such as {there[0]}.",
                hint="name a new file, or allow this one with --beside-other-tables",
            )
        for table in self._tables:
            if table.name in there:
                raise Problem(
                    f"the database holds a table {table.name} already, which is not touched.",
                    hint="name a new file",
                )
        (before,) = self._monitor.execute("pragma journal_mode").fetchone()
        self._monitor.execute("begin exclusive")
        self._monitor.execute("create table eventproof_made (kind text, name text)")
        self._note("journal", before)
        for table in self._tables:
            self._note("table", table.name)
            for command in creation(table, self._dialect):
                self._monitor.execute(command)
        self._fill(rows)
        self._monitor.execute("commit")
        self._turn_to(_JOURNALS[journal])

    def _note(self, kind: str, name: str) -> None:
        self._monitor.execute("insert into eventproof_made values (?, ?)", (kind, name))

    def _fill(self, rows: Mapping[Key, Row]) -> None:
        by_name = {table.name: table for table in self._tables}
        for key, row in rows.items():
            insert = insertion(key, row, by_name[key[0]], self._dialect)
            self._monitor.execute(insert.text, insert.parameters)

    def _turn_to(self, journal: str) -> None:
        (now,) = self._monitor.execute("pragma journal_mode").fetchone()
        if now == journal:
            return
        (now,) = self._monitor.execute(f"pragma journal_mode = {journal}").fetchone()
        if now != journal:
            raise Problem(f"{self._path} cannot be turned to journal mode {journal}.")

    def _tables_there(self) -> list[str]:
        ask = "select name from sqlite_master where type = 'table' and name not like 'sqlite!_%' "
        found = self._monitor.execute(f"{ask} escape '!' order by name").fetchall()
        return [name for (name,) in found]

    def _take_away(self) -> None:
        """Drop what this run, or one that was killed, has made."""
        if MADE not in self._tables_there():
            return
        made = self._monitor.execute("select kind, name from eventproof_made").fetchall()
        self._monitor.execute("begin exclusive")
        for kind, name in made:
            if kind == "table":
                self._monitor.execute(f'drop table if exists "{name}"')
        self._monitor.execute("drop table eventproof_made")
        self._monitor.execute("commit")
        for kind, name in made:
            if kind == "journal":
                self._turn_to(name)

    def _locked_guard(self) -> sqlite3.Connection:
        """The lock that says that a run is alive: it goes with its process."""
        guard = None
        try:
            guard = _connected(self._guard_path)
            guard.execute("begin exclusive")
        except sqlite3.Error as error:
            if guard is not None:
                guard.close()
            if getattr(error, "sqlite_errorname", "") == BUSY:
                raise Problem(f"another replay is at work on {self._path}.") from error
            raise Problem(f"{self._path} cannot be opened: {error}.", hint=FORM) from error
        return guard

    @property
    def _guard_path(self) -> Path:
        return self._path.with_name(f"{self._path.name}-eventproof")

    def _let_go_of_the_file(self) -> None:
        if not self._was_there:
            self._path.unlink(missing_ok=True)
        # Before the lock is given back, or it might be the next run's file. Some systems forbid
        # to remove a file that is open; then it stays, empty.
        with suppress(OSError):
            self._guard_path.unlink(missing_ok=True)
        self._guard.close()


FORM = "the form is sqlite:///folder/file.db, or sqlite:////folder/file.db from the root"


def _connected(path: Path) -> sqlite3.Connection:
    # No transaction begins that was not asked for, and nobody waits.
    return sqlite3.connect(path, timeout=0, isolation_level=None)


def _said(session: sqlite3.Connection, command: Statement | str) -> Answer:
    texts = [command] if isinstance(command, str) else command.text.split("; ")
    parameters = () if isinstance(command, str) else command.parameters
    try:
        for text in texts:
            cursor = session.execute(text, parameters)
            try:
                answer = None if isinstance(command, str) else command.answer(cursor)
            finally:
                cursor.close()
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", None) or type(error).__name__
        return Answer(sqlstate=_SQLSTATES.get(name, name))
    return Answer(answer)


def _demand_same_indexes(table: Table) -> None:
    for index in table.declared.indexes:
        options = index.dialect_options
        on_postgres, here = options["postgresql"]["where"], options["sqlite"]["where"]
        if index.unique and str(on_postgres) != str(here):
            raise Problem(
                f"the index {index.name} on {table.name} is another one on SQLite.",
                hint="give it the same condition as postgresql_where and as sqlite_where",
            )


def _dialect() -> Any:
    from sqlalchemy.dialects import sqlite

    return sqlite.dialect(paramstyle="qmark")
