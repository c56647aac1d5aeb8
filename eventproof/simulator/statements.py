"""What a transaction asks of the store: one frozen record a statement.

A statement names the rows it reads or writes, by their key or by a predicate over one table. The
model (`store`) and the SQL drivers (`sql`) both answer these records, so what could be wrong here
is a meaning that the two read differently: NULL in a comparison, the order of selected rows, and
which columns an `on conflict` sets.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from eventproof.simulator.guards import Guard
from eventproof.simulator.tables import Key, Row, Table


class Isolation(StrEnum):
    """Isolation levels of a transaction, as PostgreSQL names and implements them."""

    READ_COMMITTED = "read committed"
    """Each statement sees what was committed before it began."""
    REPEATABLE_READ = "repeatable read"
    """Every statement sees what was committed before the transaction's first statement."""
    SERIALIZABLE = "serializable"
    """As if transactions had run one after another, or 40001."""


class Mode(StrEnum):
    """How a transaction begins on SQLite."""

    DEFERRED = "deferred"
    """With no lock: the first statement that reads or writes takes what it needs."""
    IMMEDIATE = "immediate"
    """As the one who writes."""
    EXCLUSIVE = "exclusive"
    """Alone with the database; with a WAL, as immediate."""


@dataclass(frozen=True, slots=True)
class Change:
    """A new value for a column: set to an operand, or moved by it."""

    column: str
    operator: str
    """`=` sets, `+` adds (a negative operand subtracts)."""
    operand: Any

    def apply(self, row: Row) -> Any:
        """The column's new value."""
        value = getattr(row, self.column)
        if self.operator == "=":
            return self.operand
        return None if value is None else value + self.operand  # NULL plus one is NULL


class OnLocked(StrEnum):
    """What a locking read does with a row that another transaction holds."""

    WAIT = "wait"
    FAIL = "nowait"
    """Raises 55P03."""
    SKIP = "skip locked"
    """Goes on as if the row were not there."""


class OnConflict(StrEnum):
    """What an insert does where a row with its key is there."""

    RAISE = "raise"
    """Raises 23505."""
    NOTHING = "nothing"
    UPDATE = "update"
    """Sets the columns of the row that is there."""


@dataclass(frozen=True, slots=True)
class Get:
    """Read one row by its primary key, or None; `lock` is SELECT … FOR UPDATE."""

    table: Table
    key: Key
    lock: bool = False
    on_locked: OnLocked = OnLocked.WAIT


@dataclass(frozen=True, slots=True)
class Select:
    """Read the rows that meet every guard, by `order_by` and then by primary key."""

    table: Table
    guards: tuple[Guard, ...] = ()
    order_by: tuple[str, ...] = ()
    limit: int | None = None
    lock: bool = False
    on_locked: OnLocked = OnLocked.WAIT

    def order(self, row: Row) -> tuple[tuple[bool, Any], ...]:
        """What rows are sorted by; NULL comes last, as in PostgreSQL."""
        values = (getattr(row, name) for name in (*self.order_by, *self.table.primary_key))
        return tuple((value is None, value) for value in values)


@dataclass(frozen=True, slots=True)
class Update:
    """Change one row if it exists and every guard holds; answered with whether it did."""

    table: Table
    key: Key
    changes: tuple[Change, ...]
    guards: tuple[Guard, ...] = ()

    def applied_to(self, row: Row) -> Row:
        """The row after it."""
        return row._replace(**{change.column: change.apply(row) for change in self.changes})


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove one row if it exists and every guard holds; answered with whether it did."""

    table: Table
    key: Key
    guards: tuple[Guard, ...] = ()


@dataclass(frozen=True, slots=True)
class Insert:
    """Add one row; answered with whether it was added."""

    table: Table
    key: Key
    row: Row
    on_conflict: OnConflict = OnConflict.RAISE
    sets: tuple[str, ...] = ()
    """The columns that `on conflict do update` takes from the row."""


@dataclass(frozen=True, slots=True)
class Savepoint:
    """Remember the transaction's work so far, to come back to it."""


@dataclass(frozen=True, slots=True)
class Release:
    """Forget the last savepoint and keep the work since."""


@dataclass(frozen=True, slots=True)
class RollbackTo:
    """Undo the work since the last savepoint, and forget it. Mends a failed transaction."""


def may_be_refused(step: Get | Select | Update | Delete | Insert) -> bool:
    """Whether the table's own constraints could refuse the row that the statement writes."""
    match step:
        case Insert(table, row=row):
            return table.refusal(row) is not None or bool(step.sets and table.checks)
        case Update(table, changes=changes):
            nulls = (change.column for change in changes if change.operand is None)
            return bool(table.checks) or not set(table.required).isdisjoint(nulls)
    return False


RowStep = Get | Select | Update | Delete | Insert
"""Statements on rows."""
Mark = Savepoint | Release | RollbackTo
StoreStep = RowStep | Mark


__all__ = [
    "Change",
    "Delete",
    "Get",
    "Guard",
    "Insert",
    "Isolation",
    "Mark",
    "Mode",
    "OnConflict",
    "OnLocked",
    "Release",
    "RollbackTo",
    "RowStep",
    "Savepoint",
    "Select",
    "StoreStep",
    "Update",
    "may_be_refused",
]
