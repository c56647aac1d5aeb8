"""Random transactions on two small tables, of every kind of statement, as scripts.

The tables come twice: as they are (`PLAIN`), and with constraints on their rows (`CHECKED`).
"""

from random import Random
from typing import Any, NamedTuple

import sqlalchemy as sa
from arena import Script

from eventproof.simulator.statements import (
    Change,
    Delete,
    Get,
    Guard,
    Insert,
    Isolation,
    OnConflict,
    OnLocked,
    Release,
    RollbackTo,
    RowStep,
    Savepoint,
    Select,
    Update,
)
from eventproof.simulator.steps import Begin, Commit, Rollback
from eventproof.simulator.tables import Table, table_of


class Tables(NamedTuple):
    """The two tables, and numbers of units that a script may write there."""

    stock: Table
    orders: Table
    units: tuple[int | None, ...]


def tables_with(
    *, on_stock: tuple[str, ...], on_orders: tuple[str, ...], units: tuple[int | None, ...]
) -> Tables:
    """The two tables with check constraints."""
    metadata = sa.MetaData()
    stock = sa.Table(
        "stock",
        metadata,
        sa.Column("item", sa.String, primary_key=True),
        sa.Column("units", sa.Integer, nullable=False),
        sa.Column("note", sa.String),
        sa.Index(
            "stocked_note",
            "note",
            unique=True,
            postgresql_where=sa.column("units") >= 1,
            sqlite_where=sa.column("units") >= 1,
        ),
        *map(sa.CheckConstraint, on_stock),
    )
    orders = sa.Table(
        "orders",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("item", sa.String),
        sa.Column("units", sa.Integer),
        sa.Column("number", sa.Integer, unique=True),
        *map(sa.CheckConstraint, on_orders),
    )
    return Tables(table_of(stock), table_of(orders), units)


PLAIN = tables_with(on_stock=(), on_orders=(), units=(-1, 1, 2))
CHECKED = tables_with(
    on_stock=("units >= 0 and units < 6", "note is null or note <> 'y' or units between 1 and 3"),
    on_orders=("id + units <= 2 * id + 1", "number <> 8 or not (item in ('b', 'c'))"),
    units=(-1, 1, 2, 4, None),
)
stock, orders = PLAIN.stock, PLAIN.orders
TABLES = (stock, orders)
ITEMS = ("a", "b", "c")
IDS = (1, 2)
KINDS = ("get", "lock", "select", "update", "update", "delete", "insert", "insert")

ROWS = {
    **{
        stock.key(item): stock.make({"item": item, "units": units})
        for item, units in (("a", 2), ("b", 1))
    },
    orders.key(1): orders.make({"id": 1, "item": "a", "units": 1, "number": 7}),
}


def random_scripts(
    random: Random, sessions: int, levels: tuple[Isolation, ...], tables: Tables = PLAIN
) -> tuple:
    """A script for each session; all at one isolation level, or each at its own."""
    same = random.choice(levels) if random.random() < 0.7 else None
    return tuple(
        random_script(random, same or random.choice(levels), tables, most=5 - sessions // 3)
        for _ in range(sessions)
    )


def random_script(random: Random, level: Isolation, tables: Tables, *, most: int) -> Script:
    """One transaction of up to `most` statements, sometimes two."""
    steps = []
    for _ in range(2 if random.random() < 0.2 else 1):
        count = random.randint(1, most)
        body = [random_statement(random, tables) for _ in range(count)]
        if random.random() < 0.2:
            at = random.randrange(count)
            body = [*body[:at], Savepoint(), *body[at:], random.choice((Release(), RollbackTo()))]
        end = Commit() if random.random() < 0.85 else Rollback()
        steps += [Begin(level), *body, end]
    # One that goes on after a failure would come to the end of a part that never began.
    parts = any(isinstance(step, Savepoint) for step in steps)
    return Script(tuple(steps), stubborn=not parts and random.random() < 0.1)


def random_statement(random: Random, tables: Tables) -> RowStep:
    """One statement on rows."""
    table = tables.stock if random.random() < 0.65 else tables.orders
    names = ITEMS if table is tables.stock else IDS
    identity = random.choice(names)
    key = table.key(identity)
    kind = random.choice(
        ("get", "lock", "select", "update", "update", "delete", "insert", "insert")
    )
    match kind:
        case "get":
            return Get(table, key)
        case "lock":
            return Get(table, key, True, random.choice(tuple(OnLocked)))
        case "select":
            return _select(random, table)
        case "update":
            return Update(table, key, _changes(random, table, tables), _guards(random, some=0.5))
        case "delete":
            return Delete(table, key, _guards(random, some=0.3))
    return _insert(random, table, identity, tables)


def _select(random: Random, table: Table) -> Select:
    lock = random.random() < 0.6
    return Select(
        table,
        _guards(random, some=0.7),
        random.choice(((), ("units",), ("item",))),
        random.choice((None, None, 1, 2)),
        lock,
        random.choice(tuple(OnLocked)) if lock else OnLocked.WAIT,
    )


def _guards(random: Random, *, some: float) -> tuple[Guard, ...]:
    if random.random() > some:
        return ()
    if random.random() < 0.2:
        return (Guard("item", random.choice(("=", "<>", ">=")), random.choice(ITEMS)),)
    return (Guard("units", random.choice((">=", "<=", "=", "<>")), random.choice((0, 1, 2))),)


def _changes(random: Random, table: Table, tables: Tables) -> tuple[Change, ...]:
    if random.random() < 0.25:
        return (Change(*_likeness(random, table)),)
    how, units = random.choice("+=+"), random.choice(tables.units)
    return (Change("units", how if units is not None else "=", units),)


def _likeness(random: Random, table: Table) -> tuple[str, str, Any]:
    """A column with a unique index, and a value that others have too."""
    if table.name == "stock":
        return ("note", "=", random.choice(("x", "y", None)))
    return ("number", "=", random.choice((7, 8, None)))


def _insert(random: Random, table: Table, identity: str | int, tables: Tables) -> Insert:
    if table is tables.stock:
        some = (0, 1, 5) if tables is PLAIN else (0, 1, 2, 5, *tables.units)
        values = {"item": identity, "units": random.choice(some)}
    else:
        some = (1, None) if tables is PLAIN else tables.units
        values = {"id": identity, "item": random.choice(ITEMS), "units": random.choice(some)}
    column, _, value = _likeness(random, table)
    values[column] = value if random.random() < 0.5 else None
    on_conflict = random.choice(tuple(OnConflict))
    sets = ()
    if on_conflict is OnConflict.UPDATE:
        sets = ("units",) if random.random() < 0.7 else (column,)
    return Insert(table, table.key(identity), table.make(values), on_conflict, sets)
