"""A schema of a run's own in a PostgreSQL: made for it, and dropped after it.

A living run holds an advisory lock on its schema's name, which goes with its connection. A schema
whose lock is free was left behind by a run that was killed, and is dropped by any other.

Three things that could be wrong: a schema of somebody else's that is dropped (only those that bear
the mark are), a run that is interrupted half-way through, and a killed run's sessions, which the
server may notice a moment later.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from eventproof.findings import Problem
from eventproof.simulator.sql import creation, insertion
from eventproof.simulator.tables import Key, Row, Table

SCHEMA_PREFIX = "eventproof_"
MARK = "made by eventproof for one run"
"""The comment on each schema that was made here."""

_MARKED = "nspname like 'eventproof\\_%%' and obj_description(oid, 'pg_namespace') = %s"


def make_schema(
    monitor: Any, tables: Sequence[Table], rows: Mapping[Key, Row], dialect: Any
) -> str:
    """Make the tables in a new schema, which `monitor` then sees; its name.

    All at once: where this is interrupted, nothing is left of it when `monitor` is closed.
    """
    schema = SCHEMA_PREFIX + uuid.uuid4().hex[:12]
    monitor.execute("select pg_advisory_lock(hashtext(%s))", (schema,))
    monitor.execute("begin")
    monitor.execute(f"create schema {schema}")
    monitor.execute(f"comment on schema {schema} is '{MARK}'")
    monitor.execute(f"set search_path to {schema}")
    for table in tables:
        for command in creation(table, dialect):
            monitor.execute(command)
        # Its locks on a table are nothing that the model could foresee.
        monitor.execute(f"alter table {table.name} set (autovacuum_enabled = off)")
    fill(monitor, tables, rows, dialect)
    monitor.execute("commit")
    return schema


def fill(monitor: Any, tables: Iterable[Table], rows: Mapping[Key, Row], dialect: Any) -> None:
    """Put rows into the tables."""
    by_name = {table.name: table for table in tables}
    for key, row in rows.items():
        insert = insertion(key, row, by_name[key[0]], dialect)
        monitor.execute(insert.text, insert.parameters)


def drop_schema(monitor: Any, schema: str) -> None:
    """Drop a schema with all that is in it, if it is there."""
    monitor.execute(f"drop schema if exists {schema} cascade")


def drop_left_behind(monitor: Any) -> None:
    """Drop the schemas of runs that were killed."""
    ask = f"select nspname from pg_namespace where {_MARKED}"  # noqa: S608 - a constant
    for (schema,) in monitor.execute(ask, (MARK,)).fetchall():
        lock = "select pg_try_advisory_lock(hashtext(%s))"
        (free,) = monitor.execute(lock, (schema,)).fetchone()
        if free:
            drop_schema(monitor, schema)
            monitor.execute("select pg_advisory_unlock(hashtext(%s))", (schema,))


def demand_no_other_tables(monitor: Any) -> None:
    """`Problem` when the database holds tables that no run has made."""
    ask = (
        "select schemaname || '.' || tablename from pg_tables "  # noqa: S608 - a constant
        "where schemaname not in ('pg_catalog', 'information_schema') and schemaname not in "
        f"(select nspname from pg_namespace where {_MARKED}) order by 1 limit 1"
    )
    found = monitor.execute(ask, (MARK,)).fetchone()
    if found is not None:
        raise Problem(
            f"the database holds tables that eventproof did not make, such as {found[0]}.",
            hint="name an empty database, or allow this one with --beside-other-tables",
        )
