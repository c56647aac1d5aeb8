"""Steps as SQL: the statement that a real database is given for each step of the store.

Built by SQLAlchemy Core from the declared tables, so that PostgreSQL and SQLite get theirs from
one description. A statement is text with parameters by position, and says how to read its result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from eventproof.simulator.statements import (
    Delete,
    Get,
    Guard,
    Insert,
    OnConflict,
    OnLocked,
    Release,
    RollbackTo,
    Savepoint,
    Select,
    StoreStep,
    Update,
)
from eventproof.simulator.tables import Key, Row, Table

SAVEPOINT = "mark"
"""The name of every savepoint: the last of a name counts, and each is released in turn."""
UPDATES, INSERTED = "eventproof_updates", "eventproof_inserted"
"""Functions of a SQLite connection, by which an upsert says what it did."""


class Answer:
    """What a database said to a statement: a value, or an error's SQLSTATE."""

    __slots__ = ("sqlstate", "value")

    def __init__(self, value: Any = None, sqlstate: str | None = None) -> None:
        self.value = value
        self.sqlstate = sqlstate


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement, ready for a driver."""

    text: str
    parameters: tuple[Any, ...]
    answer: Callable[[Any], Any]
    """From the driver's cursor to what the model answers for the same step."""


def statement(step: StoreStep, dialect: Dialect) -> Statement:
    """The SQL of a step."""
    match step:
        case Get():
            return _compiled(_get(step), dialect, _row_of(step.table))
        case Select():
            return _compiled(_select(step, dialect), dialect, _selected(step.table))
        case Update():
            return _compiled(_update(step, dialect), dialect, _changed)
        case Delete(table, key, guards):
            where = (*_is_row(table, key), *_conditions(table, guards, dialect))
            return _compiled(sa.delete(table.declared).where(*where), dialect, _changed)
        case Insert():
            return _insert(step, dialect)
        case Savepoint():
            return Statement(f"savepoint {SAVEPOINT}", (), _nothing)
        case Release():
            return Statement(f"release savepoint {SAVEPOINT}", (), _nothing)
        case RollbackTo():
            # Going back to a savepoint keeps it, and the next one of its name would hide it.
            both = f"rollback to savepoint {SAVEPOINT}; release savepoint {SAVEPOINT}"
            return Statement(both, (), _nothing)


def insertion(key: Key, row: Row, table: Table, dialect: Dialect) -> Statement:
    """The SQL that puts a row of the model into the database."""
    return statement(Insert(table, key, row), dialect)


def table_rows(table: Table, dialect: Dialect) -> Statement:
    """The SQL that reads a whole table; answered with the model's rows by key."""
    return _compiled(sa.select(table.declared), dialect, _rows_of(table))


def creation(table: Table, dialect: Dialect) -> tuple[str, ...]:
    """The SQL that creates a table and its indexes."""
    indexes = sorted(table.declared.indexes, key=lambda index: str(index.name))
    made = [CreateTable(table.declared).compile(dialect=dialect)]
    made += [CreateIndex(index).compile(dialect=dialect) for index in indexes]
    return tuple(map(str, made))


def emptying(table: Table, dialect: Dialect) -> str:
    """The SQL that deletes every row of a table."""
    return str(sa.delete(table.declared).compile(dialect=dialect))


def _get(step: Get) -> Any:
    select = sa.select(step.table.declared).where(*_is_row(step.table, step.key))
    return _locking(select, step)


def _select(step: Select, dialect: Dialect) -> Any:
    where = _conditions(step.table, step.guards, dialect)
    order = (
        _in_code_point_order(step.table.declared.c[name], dialect).asc().nulls_last()
        for name in (*step.order_by, *step.table.primary_key)
    )
    select = sa.select(step.table.declared).where(*where).order_by(*order).limit(step.limit)
    return _locking(select, step)


def _locking(select: Any, step: Get | Select) -> Any:
    if not step.lock:
        return select
    return select.with_for_update(
        nowait=step.on_locked is OnLocked.FAIL, skip_locked=step.on_locked is OnLocked.SKIP
    )


def _in_code_point_order(column: Any, dialect: Dialect) -> Any:
    # The model compares text as Python does; a server's own collation may do otherwise.
    is_text = isinstance(column.type, sa.String) and dialect.name == "postgresql"
    return column.collate("C") if is_text else column


def _conditions(table: Table, guards: Iterable[Guard], dialect: Dialect) -> list[Any]:
    return [_condition(table.declared.c[guard.column], guard, dialect) for guard in guards]


def _condition(column: Any, guard: Guard, dialect: Dialect) -> Any:
    match guard.operator:
        case "=":
            return column == guard.operand
        case "<>":
            return column != guard.operand
        case ">=":
            return _in_code_point_order(column, dialect) >= guard.operand
    return _in_code_point_order(column, dialect) <= guard.operand


def _insert(step: Insert, dialect: Dialect) -> Statement:
    table = step.table.declared
    values = step.row._asdict()
    if step.on_conflict is OnConflict.RAISE:
        return _compiled(sa.insert(table).values(values), dialect, _changed)
    upsert = (postgresql if dialect.name == "postgresql" else sqlite).insert(table).values(values)
    if step.on_conflict is OnConflict.NOTHING:
        return _compiled(upsert.on_conflict_do_nothing(), dialect, _changed)
    updates = upsert.on_conflict_do_update(
        index_elements=list(step.table.primary_key),
        set_={column: upsert.excluded[column] for column in step.sets},
        where=None if dialect.name == "postgresql" else sa.literal_column(f"{UPDATES}()"),
    )
    # An updated row carries the mark of having been locked for it; an inserted one does not.
    is_new = "xmax = 0" if dialect.name == "postgresql" else f"{INSERTED}()"
    return _compiled(updates.returning(sa.literal_column(is_new)), dialect, _is_true)


class Upserts:
    """Says what an upsert did on a SQLite connection, where both kinds of rows look alike.

    The condition of its update notes that it was asked, and is true; what is returned says
    whether it was. `functions` have to be made known to the connection, by their names.
    """

    def __init__(self) -> None:
        self._updates = False
        self.functions = ((UPDATES, self._asked), (INSERTED, self._inserted))

    def begin(self) -> None:
        """Another statement begins; the one before may have failed half-way."""
        self._updates = False

    def _asked(self) -> bool:
        self._updates = True
        return True

    def _inserted(self) -> bool:
        return not self._updates


def _update(step: Update, dialect: Dialect) -> Any:
    columns = step.table.declared.c
    values = {
        change.column: columns[change.column] + change.operand
        if change.operator == "+"
        else change.operand
        for change in step.changes
    }
    guards = _conditions(step.table, step.guards, dialect)
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
    values = tuple([compiled.params[name] for name in compiled.positiontup or ()])
    return Statement(str(compiled), values, answer)


def _row_of(table: Table) -> Callable[[Any], Row | None]:
    def read(cursor: Any) -> Row | None:
        values = cursor.fetchone()
        return None if values is None else table.row(*values)

    return read


def _selected(table: Table) -> Callable[[Any], tuple[Row, ...]]:
    return lambda cursor: tuple(table.row(*values) for values in cursor.fetchall())


def _is_true(cursor: Any) -> bool:
    return bool(cursor.fetchone()[0])


def _rows_of(table: Table) -> Callable[[Any], dict[Key, Row]]:
    def read(cursor: Any) -> dict[Key, Row]:
        rows = [table.row(*values) for values in cursor.fetchall()]
        return {table.key_of(row._asdict()): row for row in rows}

    return read


def _changed(cursor: Any) -> bool:
    return bool(cursor.rowcount)


def _nothing(_cursor: Any) -> None:
    return None
