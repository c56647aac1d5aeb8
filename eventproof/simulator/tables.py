"""Tables: declared once as SQLAlchemy Core tables, read here for the model store.

The model store keeps rows as named tuples: immutable, hashable, and readable as `row.available`.
A row's key is (table name, primary key); the primary key is a plain value, or a tuple of them.
"""

from __future__ import annotations

import operator
from collections import namedtuple
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from eventproof.findings import Problem
from eventproof.simulator.checks import Check, checks_of
from eventproof.simulator.errors import CHECK_VIOLATION, NOT_NULL_VIOLATION
from eventproof.simulator.guards import Guard

if TYPE_CHECKING:
    import sqlalchemy

Key = tuple[str, Any]
"""(table name, primary key)."""


class Entry(NamedTuple):
    """The place of a row in a unique index; a key as well, for it is locked as rows are."""

    name: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Unique:
    """A unique index beside the primary key."""

    name: str
    columns: tuple[str, ...]
    where: tuple[Guard, ...] = ()
    """Which rows are in it; all without any."""


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
    unique: tuple[Unique, ...] = ()
    """Its unique indexes, by name."""
    required: tuple[str, ...] = ()
    """The columns that must not be NULL."""
    numbers: frozenset[str] = frozenset()
    """The columns that take numbers only."""
    checks: tuple[Check, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """What a row has in the columns that are not named when it is made, where that is not NULL."""
    declared: Any = None
    """The SQLAlchemy table that this was made of."""

    def __repr__(self) -> str:
        return f"Table({self.name})"

    def __deepcopy__(self, _memo: dict[int, Any]) -> Table:
        return self  # a copied step is about the same table

    @cached_property
    def _required_of(self) -> operator.attrgetter[tuple[Any, ...]]:
        """Its values in the required columns, of which there is one; the first comes twice."""
        return operator.attrgetter(*self.required, self.required[0])

    def key(self, identity: Any) -> Key:
        """The key of the row with that primary key: a value, or a tuple for a composite one."""
        return (self.name, identity)

    def key_of(self, values: dict[str, Any]) -> Key:
        """The key of a row that is about to be inserted."""
        identity = tuple([values[column] for column in self.primary_key])
        return (self.name, identity[0] if len(identity) == 1 else identity)

    def make(self, values: dict[str, Any]) -> Row:
        """A row; columns that are not named have their default, or are None."""
        full = {**self.defaults, **values}
        row: Row = self.row._make([full.get(column) for column in self.columns])
        return row

    def refusal(self, row: Row) -> str | None:
        """The SQLSTATE with which the table refuses a row, whatever others there are; or None."""
        if self.required and None in self._required_of(row):
            return NOT_NULL_VIOLATION
        for check in self.checks:
            if not check.holds(row):
                return CHECK_VIOLATION
        return None


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
        unique=_uniques(declared),
        required=tuple(column.name for column in declared.columns if not column.nullable),
        numbers=_numbers(declared),
        checks=checks_of(declared),
        defaults=_defaults(declared),
        declared=declared,
    )


def _numbers(declared: sqlalchemy.Table) -> frozenset[str]:
    from sqlalchemy import Integer, Numeric

    return frozenset(c.name for c in declared.columns if isinstance(c.type, Integer | Numeric))


def _defaults(declared: sqlalchemy.Table) -> dict[str, Any]:
    scalars = [(column.name, column.default) for column in declared.columns]
    return {name: how.arg for name, how in scalars if how is not None and how.is_scalar}  # type: ignore[attr-defined]  # scalar defaults have one


def _uniques(declared: sqlalchemy.Table) -> tuple[Unique, ...]:
    """The unique indexes of a table: of its columns, its constraints, and its indexes."""
    from sqlalchemy import UniqueConstraint

    found = []
    for constraint in declared.constraints:
        if isinstance(constraint, UniqueConstraint):
            columns = tuple(column.name for column in constraint.columns)
            found.append(Unique(str(constraint.name or "_".join(columns)), columns))
    for index in declared.indexes:
        if index.unique:
            columns = tuple(column.name for column in index.columns)
            partly = index.dialect_options["postgresql"]["where"]
            where = () if partly is None else tuple(_guards(partly, declared, index.name))
            found.append(Unique(str(index.name or "_".join(columns)), columns, where))
    return tuple(sorted(found, key=lambda unique: unique.name))


def _guards(condition: Any, declared: sqlalchemy.Table, index: Any) -> Iterator[Guard]:
    """A partial index's condition: comparisons of a column with a value, joined by `and`."""
    from sqlalchemy.sql.elements import BinaryExpression, BindParameter, BooleanClauseList

    if isinstance(condition, BooleanClauseList) and condition.operator is operator.and_:
        for part in condition.clauses:
            yield from _guards(part, declared, index)
        return
    known = isinstance(condition, BinaryExpression) and condition.operator in _COMPARED
    if not known or not isinstance(condition.right, BindParameter):
        raise Problem(
            f"the condition of the index {index} on {declared.name} is not understood.",
            hint="compare columns with values by ==, !=, >= or <=, joined by and_",
        )
    yield Guard(condition.left.name, _COMPARED[condition.operator], condition.right.value)


_COMPARED: dict[Any, str] = {
    operator.eq: "=",
    operator.ne: "<>",
    operator.ge: ">=",
    operator.le: "<=",
}
