"""Tables: declared once as SQLAlchemy Core tables, read here for the model store.

The model store keeps rows as named tuples: immutable, hashable, and readable as `row.available`.
A row's key is (table name, primary key); the primary key is a plain value, or a tuple of them.
"""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import sqlalchemy

Key = tuple[str, Any]
"""(table name, primary key)."""


class Row(Protocol):
    """A row: a named tuple with one field a column."""

    def __getattr__(self, column: str) -> Any: ...

    def _asdict(self) -> dict[str, Any]: ...

    def _replace(self, **changes: Any) -> Row: ...


@dataclass(frozen=True, eq=False)
class Table:
    """What the model store needs to know of a table. One object a table, compared by identity."""

    name: str
    columns: tuple[str, ...]
    primary_key: tuple[str, ...]
    row: Any
    """The named-tuple class of its rows."""
    shown: tuple[str, ...]
    """The columns that tell a timeline's reader what a read returned."""
    noun: str
    """What one row is called, such as `order`."""
    declared: Any = None
    """The SQLAlchemy table that this was made of."""

    def __repr__(self) -> str:
        return f"Table({self.name})"

    def key(self, identity: Any) -> Key:
        """The key of the row with that primary key: a value, or a tuple for a composite one."""
        return (self.name, identity)

    def key_of(self, values: dict[str, Any]) -> Key:
        """The key of a row that is about to be inserted."""
        identity = tuple(values[column] for column in self.primary_key)
        return (self.name, identity[0] if len(identity) == 1 else identity)

    def make(self, values: dict[str, Any]) -> Row:
        """A row; columns that are not named are None."""
        row: Row = self.row(*(values.get(column) for column in self.columns))
        return row


@cache  # one Table a SQLAlchemy table, so that identity can stand for equality
def table_of(declared: sqlalchemy.Table) -> Table:
    """The model's view of a SQLAlchemy table.

    `info={"shown": (...), "noun": "..."}` on the table says how timelines speak of its rows.
    """
    columns = tuple(column.name for column in declared.columns)
    return Table(
        name=declared.name,
        columns=columns,
        primary_key=tuple(column.name for column in declared.primary_key.columns),
        row=namedtuple(declared.name, columns),
        shown=tuple(declared.info.get("shown", ())),
        noun=declared.info.get("noun", declared.name),
        declared=declared,
    )
