"""Where a live run takes place: a model's tables in a real database, made and taken away here.

In PostgreSQL they lie in a schema of their own, in SQLite in the file itself. A database that
holds other tables is refused, unless it is allowed; a SQLite file that was not there is deleted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from eventproof.findings import Problem
from eventproof.simulator.connections import SQLITE, demand_form
from eventproof.simulator.postgres import Postgres
from eventproof.simulator.sql import creation, insertion, table_rows
from eventproof.simulator.tables import Key, Row, Table


class Premises(Protocol):
    """A model's tables in a real database."""

    setup: Sequence[str]
    """What a connection has to be told to see them."""

    def reset(self, rows: Mapping[Key, Row]) -> None:
        """The tables with other rows in them; nobody may be at work on them."""
        ...

    def rows(self) -> dict[Key, Row]:
        """Every committed row, as the model keeps them."""
        ...


class PostgresPremises:
    """A schema of its own."""

    def __init__(self, server: Postgres) -> None:
        self.setup: Sequence[str] = (server.search_path,)
        self.reset = server.reset
        self.rows = server.rows


class SqlitePremises:
    """Tables in a file."""

    def __init__(self, path: str, tables: Iterable[Table]) -> None:
        from sqlalchemy.dialects import sqlite

        self.setup: Sequence[str] = ()
        self._dialect: Any = sqlite.dialect(paramstyle="qmark")
        self._tables = {table.name: table for table in tables}
        self._connection = sqlite3.connect(path, isolation_level=None)

    def create(self) -> None:
        """Make the tables."""
        for table in self._tables.values():
            for command in creation(table, self._dialect):
                self._connection.execute(command)

    def reset(self, rows: Mapping[Key, Row]) -> None:
        """The tables with other rows in them."""
        self._connection.execute("begin immediate")
        for name in self._tables:
            self._connection.execute(f"delete from {name}")  # noqa: S608 - a table of the model's
        for key, row in rows.items():
            insert = insertion(key, row, self._tables[key[0]], self._dialect)
            self._connection.execute(insert.text, insert.parameters)
        self._connection.execute("commit")

    def rows(self) -> dict[Key, Row]:
        """Every committed row."""
        found: dict[Key, Row] = {}
        for table in self._tables.values():
            read = table_rows(table, self._dialect)
            found |= read.answer(self._connection.execute(read.text))
        return found

    def other_tables(self) -> list[str]:
        """Tables that the file holds already."""
        ask = "select name from sqlite_master where type = 'table' order by name"
        return [name for (name,) in self._connection.execute(ask)]

    def close(self, *, drop: bool) -> None:
        """Take the tables away, if they were made here."""
        for name in self._tables if drop else ():
            self._connection.execute(f"drop table if exists {name}")
        self._connection.close()


@contextmanager
def premises(
    url: str, tables: Sequence[Table], *, beside_other_tables: bool = False
) -> Iterator[Premises]:
    """The tables, empty, in the database at `url`; they are taken away at the end.

    `Problem` when it cannot be reached, or holds other tables and that was not allowed.
    """
    demand_form(url)
    if not url.startswith(SQLITE):
        server = Postgres(url, tables=tables, rows={}, beside_other_tables=beside_other_tables)
        with server:
            yield PostgresPremises(server)
        return
    with _sqlite_file(url.removeprefix(SQLITE), tables, beside_other_tables) as made:
        yield made


@contextmanager
def _sqlite_file(
    path: str, tables: Sequence[Table], beside_other_tables: bool
) -> Iterator[SqlitePremises]:
    was_there = Path(path).exists()
    made = False
    try:
        file = SqlitePremises(path, tables)
        try:
            _demand_room(path, file.other_tables(), tables, beside_other_tables)
            made = True
            file.create()
            yield file
        finally:
            file.close(drop=made)
    except sqlite3.Error as error:
        raise Problem(f"the SQLite file {path} cannot be used: {error}.") from error
    finally:
        for suffix in () if was_there else ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                Path(path + suffix).unlink()


def _demand_room(
    path: str, there: list[str], tables: Sequence[Table], beside_other_tables: bool
) -> None:
    ours = {table.name for table in tables}
    in_the_way = [name for name in there if name in ours or not beside_other_tables]
    if in_the_way:
        raise Problem(
            f"{path} holds tables that eventproof did not make, such as {in_the_way[0]}.",
            hint="name a file that does not exist yet; it is deleted at the end",
        )
