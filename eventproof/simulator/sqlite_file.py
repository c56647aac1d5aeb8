"""A SQLite file with a model's tables in it: made for one run, and taken away after it.

Replays and live runs work in such a file. All tables that are made are written down in a table of
their own and dropped at the end, and the journal mode is put back; what a killed run left behind
is taken away by the next. A second file beside the database, locked by SQLite itself, says that a
run is alive.

Three things that could be wrong: a table of somebody else's that is dropped; a mode that is left
behind; and a file that a killed run made and that is taken for one that was there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from eventproof.findings import Problem
from eventproof.simulator.errors import BUSY
from eventproof.simulator.sql import creation, emptying, insertion, table_rows
from eventproof.simulator.sqlite_store import Journal
from eventproof.simulator.tables import Key, Row, Table

MADE = "eventproof_made"
"""The table that names what a run has made, and how the journal was before."""

OLDEST = (3, 35)
"""The first SQLite that knows `returning`."""

FORM = "the form is sqlite:///folder/file.db, or sqlite:////folder/file.db from the root"

_JOURNALS = {Journal.ROLLBACK: "delete", Journal.WAL: "wal"}
_BESIDE = ("-journal", "-wal", "-shm")
"""What SQLite keeps beside a database: gone with its last connection, unless that is killed."""


class SqliteFile:
    """A database file with the model's tables in it."""

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
                f"Python's SQLite is {sqlite3.sqlite_version}; 3.35 or newer is needed.",
                hint="use a Python that was built with a newer SQLite",
            )
        self._path = Path(path)
        self._dialect = dialect()
        self._tables = tuple(tables)
        for table in self._tables:
            _demand_same_indexes(table)
        self._undoing = ExitStack()
        try:
            self._open()
            self._set_up(rows, journal, beside_other_tables=beside_other_tables)
        except sqlite3.Error as error:
            self._give_up()
            raise Problem(f"{self._path} cannot be used: {error}.", hint=FORM) from error
        except BaseException:  # an interrupt as well
            self._give_up()
            raise

    def close(self) -> None:
        """Take away all that was made. Nobody may be at work on the file any more."""
        try:
            self._undoing.close()
        except sqlite3.Error as error:
            raise Problem(
                f"{self._path} still holds what the run made there: {error}.",
                hint="another program is at work on it; the next run takes it away",
            ) from error

    def reset(self, rows: Mapping[Key, Row]) -> None:
        """The tables with other rows in them."""
        self._monitor.execute("begin immediate")
        for table in self._tables:
            self._monitor.execute(emptying(table, self._dialect))
        self._fill(rows)
        self._monitor.execute("commit")

    def rows(self) -> dict[Key, Row]:
        """Every committed row, as the model keeps them."""
        found: dict[Key, Row] = {}
        for table in self._tables:
            read = table_rows(table, self._dialect)
            found |= read.answer(self._monitor.execute(read.text, read.parameters))
        return found

    def _open(self) -> None:
        was_killed = self._lock()
        self._is_new = not self._path.exists()
        self._undoing.callback(self._remove_if_new)
        self._monitor = connected(self._path, synchronous="off")
        self._undoing.callback(self._monitor.close)
        self._undoing.callback(self._take_away)
        self._take_away()
        # A killed run may have come no further than to make the file.
        (pages,) = self._monitor.execute("pragma page_count").fetchone()
        self._is_new = self._is_new or (was_killed and pages == 0)

    def _give_up(self) -> None:
        with suppress(Problem, sqlite3.Error):  # what went wrong first is told
            self._undoing.close()

    def _set_up(
        self, rows: Mapping[Key, Row], journal: Journal, *, beside_other_tables: bool
    ) -> None:
        there = [name for name in self._tables_there() if name != MADE]
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
        self._monitor.execute(f"create table if not exists {MADE} (kind text, name text)")
        self._note("journal", before)
        if self._is_new:
            self._note("file", self._path.name)
        for table in self._tables:
            self._note("table", table.name)
            for command in creation(table, self._dialect):
                self._monitor.execute(command)
        self._fill(rows)
        self._monitor.execute("commit")
        self._turn_to(_JOURNALS[journal])

    def _note(self, kind: str, name: str) -> None:
        self._monitor.execute(f"insert into {MADE} values (?, ?)", (kind, name))  # noqa: S608 - our own table

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
        """Drop what this run, or one that was killed, has made: the note of it last."""
        if self._monitor.in_transaction:
            self._monitor.execute("rollback")
        made: list[tuple[str, str]] = []
        if MADE in self._tables_there():
            made = self._monitor.execute(f"select kind, name from {MADE}").fetchall()  # noqa: S608 - our own table
            self._drop([name for kind, name in made if kind == "table"])
        for kind, name in made:
            if kind == "journal":
                self._turn_to(name)
        is_new = self._is_new or any(kind == "file" for kind, _ in made)
        self._is_new = is_new and set(self._tables_there()) <= {MADE}
        if made and not self._is_new:
            self._monitor.execute(f"drop table {MADE}")

    def _drop(self, names: Iterable[str]) -> None:
        self._monitor.execute("begin exclusive")
        for name in names:
            self._monitor.execute(f'drop table if exists "{name}"')
        self._monitor.execute(f"delete from {MADE} where kind = 'table'")  # noqa: S608 - our own table
        self._monitor.execute("commit")

    def _lock(self) -> bool:
        """Say that a run is alive, by a lock that goes with it; whether the last was killed."""
        was_killed = self._guard_path.exists()
        try:
            guard = connected(self._guard_path)
            self._undoing.callback(guard.close)
            guard.execute("begin exclusive")
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorname", "") == BUSY:
                raise Problem(f"another run is at work on {self._path}.") from error
            raise Problem(f"{self._path} cannot be opened: {error}.", hint=FORM) from error
        # Before the lock is given back, or it might be the next run's file.
        self._undoing.callback(self._remove, self._guard_path)
        return was_killed

    @property
    def _guard_path(self) -> Path:
        return self._path.with_name(f"{self._path.name}-eventproof")

    def _remove_if_new(self) -> None:
        for suffix in ("", *_BESIDE) if self._is_new else ():
            self._remove(self._path.with_name(self._path.name + suffix))

    def _remove(self, path: Path) -> None:
        with suppress(OSError):  # some systems forbid to remove what somebody has open
            path.unlink(missing_ok=True)


def connected(
    path: Path | str, *, timeout_s: float = 0.0, synchronous: str | None = None
) -> sqlite3.Connection:
    """A connection without implicit transactions, which any thread may use.

    `timeout_s` is SQLite's busy time-out, in seconds; `synchronous` its pragma of that name.
    """
    connection = sqlite3.connect(
        path, timeout=timeout_s, isolation_level=None, check_same_thread=False
    )
    if synchronous is not None:
        # Where the database is locked just now, it goes without.
        with suppress(sqlite3.OperationalError):
            connection.execute(f"pragma synchronous = {synchronous}")
    return connection


def _demand_same_indexes(table: Table) -> None:
    for index in table.declared.indexes:
        options = index.dialect_options
        on_postgres, here = options["postgresql"]["where"], options["sqlite"]["where"]
        if index.unique and str(on_postgres) != str(here):
            raise Problem(
                f"the index {index.name} on {table.name} is another one on SQLite.",
                hint="give it the same condition as postgresql_where and as sqlite_where",
            )


def dialect() -> Any:
    """SQLite's SQL, with parameters by position."""
    from sqlalchemy.dialects import sqlite

    return sqlite.dialect(paramstyle="qmark")
