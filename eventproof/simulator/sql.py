"""Steps as SQL: the statement that a real database is given for each step of the store.

Built by SQLAlchemy Core from the declared tables, so that PostgreSQL and SQLite get theirs from
one description. A statement is text with named parameters, and says how to read its result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateTable

from eventproof.simulator.steps import Get, Insert, StoreStep, Update
from eventproof.simulator.tables import Key, Row, Table


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement, ready for a driver."""

    text: str
    parameters: Mapping[str, Any]
    answer: Callable[[Any], Any]
    """From the driver's cursor to what the model answers for the same step."""


def statement(step: StoreStep, dialect: Dialect) -> Statement:
    """The SQL of a step."""
    match step:
        case Get(table, key, lock):
            return _compiled(_select(table, key, lock=lock), dialect, _row_of(table))
        case Update():
            return _compiled(_update(step), dialect, _changed)
        case Insert(table, _, row):
            return _compiled(sa.insert(table.declared).values(row._asdict()), dialect, _nothing)


def insertion(key: Key, row: Row, table: Table, dialect: Dialect) -> Statement:
    """The SQL that puts a row of the model into the database."""
    return statement(Insert(table, key, row), dialect)


def table_rows(table: Table, dialect: Dialect) -> Statement:
    """The SQL that reads a whole table; answered with the model's rows by key."""
    return _compiled(sa.select(table.declared), dialect, _rows_of(table))


def creation(table: Table, dialect: Dialect) -> str:
    """The SQL that creates a table."""
    return str(CreateTable(table.declared).compile(dialect=dialect))


def _select(table: Table, key: Key, *, lock: bool) -> Any:
    select = sa.select(table.declared).where(*_is_row(table, key))
    return select.with_for_update() if lock else select


def _update(step: Update) -> Any:
    columns = step.table.declared.c
    values = {
        change.column: columns[change.column] + change.operand
        if change.operator == "+"
        else change.operand
        for change in step.changes
    }
    guards = [
        columns[guard.column] >= guard.operand
        if guard.operator == ">="
        else columns[guard.column] == guard.operand
        for guard in step.guards
    ]
    return (
        sa.update(step.table.declared)
        .where(*_is_row(step.table, step.key), *guards)
        .values(values)
    )


def _is_row(table: Table, key: Key) -> list[Any]:
    identity = key[1] if len(table.primary_key) > 1 else (key[1],)
    columns = table.declared.c
    return [columns[n] == v for n, v in zip(table.primary_key, identity, strict=True)]


def _compiled(clause: Any, dialect: Dialect, answer: Callable[[Any], Any]) -> Statement:
    compiled = clause.compile(dialect=dialect)
    return Statement(str(compiled), compiled.params, answer)


def _row_of(table: Table) -> Callable[[Any], Row | None]:
    def read(cursor: Any) -> Row | None:
        values = cursor.fetchone()
        return None if values is None else table.row(*values)

    return read


def _rows_of(table: Table) -> Callable[[Any], dict[Key, Row]]:
    def read(cursor: Any) -> dict[Key, Row]:
        rows = [table.row(*values) for values in cursor.fetchall()]
        return {table.key_of(row._asdict()): row for row in rows}

    return read


def _changed(cursor: Any) -> bool:
    return bool(cursor.rowcount)


def _nothing(_cursor: Any) -> None:
    return None
