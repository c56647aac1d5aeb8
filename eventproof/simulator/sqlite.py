"""A real SQLite file, one connection a process, one statement at a time, no waiting.

`Session` is one connection, which says what SQLite does with a statement; live runs use it too.
`Sqlite` is a replay's: its busy time-out is 0, so that a statement has an answer as soon as it is
issued.

Three things that could be wrong: a cursor that is not closed and goes on reading, which keeps its
lock; an error that is taken for another; and an upsert that says what the one before did.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from eventproof.simulator.errors import (
    BUSY,
    BUSY_SNAPSHOT,
    CHECK_VIOLATION,
    NOT_NULL_VIOLATION,
    UNIQUE_VIOLATION,
)
from eventproof.simulator.sql import Answer, Statement, Upserts, statement
from eventproof.simulator.sqlite_file import SqliteFile, connected, dialect
from eventproof.simulator.sqlite_store import Journal
from eventproof.simulator.steps import StoreStep
from eventproof.simulator.tables import Key, Row, Table

_SQLSTATES = {
    "SQLITE_CONSTRAINT_CHECK": CHECK_VIOLATION,
    "SQLITE_CONSTRAINT_NOTNULL": NOT_NULL_VIOLATION,
    "SQLITE_CONSTRAINT_PRIMARYKEY": UNIQUE_VIOLATION,
    "SQLITE_CONSTRAINT_ROWID": UNIQUE_VIOLATION,
    "SQLITE_CONSTRAINT_UNIQUE": UNIQUE_VIOLATION,
    "SQLITE_BUSY_RECOVERY": BUSY,
}
KNOWN = frozenset({*_SQLSTATES.values(), BUSY, BUSY_SNAPSHOT})
"""The errors that a handler may get; any other is none of the model's."""


class Session:
    """One connection to a file."""

    def __init__(
        self, path: Path | str, *, busy_timeout_s: float = 0.0, synchronous: str = "full"
    ) -> None:
        self.connection = connected(path, timeout_s=busy_timeout_s, synchronous=synchronous)
        self._upserts = Upserts()
        for name, function in self._upserts.functions:
            self.connection.create_function(name, 0, function)

    def said(self, command: Statement | str) -> Answer:
        """What SQLite says to a statement, or to a command such as COMMIT."""
        try:
            return Answer(self.do(command))
        except sqlite3.Error as error:
            return Answer(sqlstate=sqlstate_of(error))

    def do(self, command: Statement | str) -> Any:
        """The same as a bare answer, for live runs. Raises `sqlite3.Error`."""
        if isinstance(command, str):
            # After some errors SQLite has rolled back itself.
            if command != "rollback" or self.connection.in_transaction:
                self.connection.execute(command)
            return None
        self._upserts.begin()
        answer = None
        for text in command.text.split("; "):
            cursor = self.connection.execute(text, command.parameters)
            try:
                answer = command.answer(cursor)
            finally:
                cursor.close()
        return answer

    def close(self) -> None:
        """Close it; what is open is rolled back."""
        self.connection.close()


def sqlstate_of(error: sqlite3.Error) -> str:
    """What a handler is told of an error; SQLite's own name for one that none of them gets."""
    name = getattr(error, "sqlite_errorname", None) or type(error).__name__
    return _SQLSTATES.get(name, name)


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
        self._path = path
        self._dialect = dialect()
        self._sessions: dict[Any, Session] = {}
        self._answers: dict[Any, Answer] = {}
        self._file = SqliteFile(
            path,
            tables=tables,
            rows=rows,
            journal=journal,
            beside_other_tables=beside_other_tables,
        )

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
        self._file.close()

    def issue(self, place: Any, step: StoreStep | str) -> None:
        """Run a step, or a command such as COMMIT, on the session of a process."""
        command = step if isinstance(step, str) else statement(step, self._dialect)
        self._answers[place] = self._session(place).said(command)

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
        self._file.reset(rows)

    def abandon(self) -> None:
        """End every session, whatever it is doing."""
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()
        self._answers.clear()

    def rows(self) -> dict[Key, Row]:
        """Every committed row, as the model keeps them; what is open is rolled back."""
        self._roll_back()
        return self._file.rows()

    def _session(self, place: Any) -> Session:
        session = self._sessions.get(place)
        if session is None:
            # A replay that loses its file loses nothing; what is locked when stays the same.
            session = self._sessions[place] = Session(self._path, synchronous="off")
        return session

    def _roll_back(self) -> None:
        for session in self._sessions.values():
            session.said("rollback")
        self._answers.clear()
