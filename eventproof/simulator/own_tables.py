"""Tables of one's own: SQLAlchemy tables that a scenario names, and the rows it begins with.

A scenario says `tables: path.py:metadata` and lists rows; what the model store cannot hold to what
a database would do (foreign keys, computed columns, checks that it does not understand) is
refused, not ignored.

Three things could be wrong: a row that the database would not take (a column that is missing, of
the wrong type, or twice the same key), a constraint that only the database knows of, and a table
of the same name as one of the engine's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

from eventproof.findings import Problem, nearest
from eventproof.simulator.handlers import load_named
from eventproof.simulator.scenario import Scenario
from eventproof.simulator.tables import Key, Row, Table, table_of

if TYPE_CHECKING:
    import sqlalchemy

PLAIN = (bool, int, float, str)
"""Types of which a scenario can write values; others are taken as YAML reads them."""


def own_tables(scenario: Scenario, *, taken: Iterable[str] = ()) -> tuple[sqlalchemy.Table, ...]:
    """The tables that a scenario names; none if it names none. `taken`: names it cannot have.

    `Problem` with the line when they cannot be had, or not be modelled.
    """
    import sqlalchemy

    if scenario.tables is None:
        if scenario.rows:
            raise Problem(
                f"{scenario.place('rows')}: `rows` are of tables that the scenario does not name.",
                hint="say where they are declared: `tables: path.py:metadata`",
            )
        return ()
    place = scenario.place("tables")
    found = load_named(scenario.tables, folder=scenario.folder, shown=place)
    if not isinstance(found, sqlalchemy.MetaData):
        raise Problem(
            f"{place}: {scenario.tables} is no sqlalchemy.MetaData.",
            hint="name the MetaData that your tables are declared with",
        )
    tables = tuple(sorted(found.tables.values(), key=lambda table: str(table.name)))
    for table in tables:
        why = _why_not(table, frozenset(taken))
        if why is not None:
            raise Problem(f"{place}: the table {table.name} {why[0]}.", hint=why[1])
        try:
            table_of(table)
        except Problem as problem:
            raise Problem(f"{place}: {problem.sentence}", hint=problem.hint) from problem
    return tables


def own_rows(scenario: Scenario, declared: Iterable[sqlalchemy.Table]) -> Mapping[Key, Row]:
    """The rows that a scenario begins with. `Problem` with the line of one that cannot be."""
    tables = {table.name: table_of(table) for table in declared}
    rows: dict[Key, Row] = {}
    for name, said in scenario.rows.items():
        if name not in tables:
            near = nearest(name, tables)
            raise Problem(
                f"{scenario.place('rows', name)}: there is no table {name}.",
                hint=f"did you mean `{near}`?" if near else f"there are {', '.join(tables)}",
            )
        for number, values in enumerate(said):
            place = scenario.place("rows", name, number)
            row = _row(tables[name], values, place)
            key = tables[name].key_of(row._asdict())
            if key in rows:
                raise Problem(f"{place}: {name} has a row {key[1]} already.")
            rows[key] = row
    return rows


def _why_not(table: sqlalchemy.Table, taken: frozenset[str]) -> tuple[str, str] | None:
    """Why a table cannot be modelled, and what to do; None if it can."""
    if table.name in taken:
        return "has the name of one of the inventory engine's", "leave `stock` out, or rename it"
    unfit = next((n for n in (table.name, *table.columns.keys()) if not _is_word(n)), None)
    if unfit is not None:
        return f"cannot be read as Python says `row.column`: {unfit!r}", (
            "name tables and columns by words of letters, digits and _ that do not begin with _"
        )
    if not table.primary_key.columns:
        return "has no primary key", "rows are told apart by it"
    if table.foreign_keys:
        return "has a foreign key, which the model store does not check", (
            "declare the tables for the model without it"
        )
    if any(column.computed is not None for column in table.columns):
        return "has a computed column, which the model store does not compute", (
            "declare it as a plain column"
        )
    return None


def _is_word(name: str) -> bool:
    return name.isidentifier() and not iskeyword(name) and not name.startswith("_")


def _row(table: Table, values: Mapping[str, Any], place: str) -> Row:
    for name in values:
        if name not in table.columns:
            near = nearest(name, table.columns)
            raise Problem(
                f"{place}: {table.name} has no column {name}.",
                hint=f"did you mean `{near}`?" if near else f"it has {', '.join(table.columns)}",
            )
    row = table.make({c.name: _value(c, values, place) for c in table.declared.columns})
    broken = next((check for check in table.checks if not check.holds(row)), None)
    if broken is not None:
        raise Problem(f"{place}: {table.name} does not take this row: {broken.text}.")
    return row


def _value(column: sqlalchemy.Column[Any], values: Mapping[str, Any], place: str) -> Any:
    """What a row has in a column: what is said, else the column's default, else nothing."""
    if column.name not in values:
        if column.default is not None and column.default.is_scalar:
            return column.default.arg  # type: ignore[attr-defined]  # scalar defaults have one
        if column.nullable:
            return None
        raise Problem(
            f"{place}: {column.table.name}.{column.name} is not said, and must not be null.",
            hint=f"add `{column.name}:` to the row",
        )
    value = values[column.name]
    if value is None and column.nullable:
        return None
    wanted = _type_of(column)
    if wanted in PLAIN and not _fits(value, wanted):
        raise Problem(
            f"{place}: {column.table.name}.{column.name} is {value!r}, not {wanted.__name__}."
        )
    return value


def _type_of(column: sqlalchemy.Column[Any]) -> type:
    try:
        return column.type.python_type
    except NotImplementedError:  # a type of somebody's own
        return object


def _fits(value: Any, wanted: type) -> bool:
    if wanted is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is wanted


__all__ = ["own_rows", "own_tables"]
