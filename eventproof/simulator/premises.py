"""Where a live run takes place: a model's tables in a real database, made and taken away here.

In PostgreSQL they lie in a schema of their own, in SQLite in the file itself. A database that
holds other tables is refused, unless it is allowed; a SQLite file that was not there is deleted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Protocol

from eventproof.simulator.connections import SQLITE, demand_form
from eventproof.simulator.postgres import Postgres
from eventproof.simulator.sqlite_file import SqliteFile
from eventproof.simulator.sqlite_store import Journal
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

    def __init__(self, file: SqliteFile) -> None:
        self.setup: Sequence[str] = ()
        self.reset = file.reset
        self.rows = file.rows


@contextmanager
def premises(
    url: str,
    tables: Sequence[Table],
    *,
    journal: Journal = Journal.WAL,
    beside_other_tables: bool = False,
) -> Iterator[Premises]:
    """The tables, empty, in the database at `url`; they are taken away at the end.

    `journal` is a SQLite file's, for as long. `Problem` when the database cannot be reached, or
    holds other tables and that was not allowed.
    """
    demand_form(url)
    if not url.startswith(SQLITE):
        server = Postgres(url, tables=tables, rows={}, beside_other_tables=beside_other_tables)
        with server:
            yield PostgresPremises(server)
        return
    file = SqliteFile(
        url.removeprefix(SQLITE),
        tables=tables,
        rows={},
        journal=journal,
        beside_other_tables=beside_other_tables,
    )
    with closing(file):
        yield SqlitePremises(file)
