"""Ways to take the last unit by isolation level: in the model and on a server, side by side.

    python benchmarks/isolation_table.py --on postgresql
    python benchmarks/isolation_table.py --on sqlite

For each way and level every order of two customers is taken on both sides, statement by
statement; in how many orders both units were sold, somebody waited or got 40001 is counted. The
last column says in how many orders the server did what the model says, statement by statement.
On SQLite there are journals and modes in place of levels, and SQLITE_BUSY in place of both.
The tables are in docs/reference/isolation.md.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import partial
from itertools import product
from typing import Any

import sqlalchemy as sa
from server import postgres_url
from sqlite_side import sqlite_files

from eventproof.simulator import (
    Context,
    Customer,
    DatabaseError,
    Journal,
    Mode,
    Model,
    SQLite,
    Transaction,
    at_least,
    equal,
    minus,
)
from eventproof.simulator.postgres import Postgres
from eventproof.simulator.programs import Thrown
from eventproof.simulator.shadow import Server, Shadow
from eventproof.simulator.sqlite import Sqlite
from eventproof.simulator.steps import Isolation
from eventproof.simulator.tables import table_of
from eventproof.simulator.world import World

metadata = sa.MetaData()
stock = sa.Table(
    "stock",
    metadata,
    sa.Column("item", sa.String, primary_key=True),
    sa.Column("units", sa.Integer, nullable=False),
)
sales = sa.Table(
    "sales",
    metadata,
    sa.Column("customer", sa.String, primary_key=True),
    sa.Column("item", sa.String, nullable=False),
)
ROWS = {table_of(stock).key("tea"): table_of(stock).make({"item": "tea", "units": 1})}
TABLES = (table_of(stock), table_of(sales))
RUNS_BOUND = 5_000

Way = Callable[[Transaction], Awaitable[bool]]


async def naive(tx: Transaction) -> bool:
    """Read, decide, write what was read less one."""
    row: Any = await tx.get(stock, "tea")
    return row.units >= 1 and await tx.update(stock, "tea", units=row.units - 1)


async def locked(tx: Transaction) -> bool:
    """The same after SELECT … FOR UPDATE."""
    row: Any = await tx.get_for_update(stock, "tea")
    return row.units >= 1 and await tx.update(stock, "tea", units=row.units - 1)


async def compare_and_set(tx: Transaction) -> bool:
    """The same, where the row is still as it was read."""
    row: Any = await tx.get(stock, "tea")
    old = row.units
    return old >= 1 and await tx.update(stock, "tea", units=old - 1, guard=equal(units=old))


async def guarded(tx: Transaction) -> bool:
    """One update that tests and takes."""
    return await tx.update(stock, "tea", units=minus(1), guard=at_least(units=1))


async def skipping(tx: Transaction) -> bool:
    """The first row that has a unit and that nobody has locked."""
    rows = await tx.select(stock, at_least(units=1), limit=1, lock=True, skip_locked=True)
    return bool(rows) and await tx.update(stock, "tea", units=rows[0].units - 1)


async def counted(tx: Transaction) -> bool:
    """Count the sales and enter one more; the stock is not touched."""
    return not await tx.select(sales, equal(item="tea"))


async def apart(tx: Transaction, units: int = 0) -> bool:
    """Write what was read less one, in another transaction than the read."""
    return units >= 1 and await tx.update(stock, "tea", units=units - 1)


WAYS: dict[str, Way] = {
    "read, decide, write": naive,
    "select for update": locked,
    "compare and set": compare_and_set,
    "guarded update": guarded,
    "skip locked": skipping,
    "count the sales, enter one more": counted,
}
SQLITE_WAYS = WAYS | {"read, then write in another transaction": apart}


def model_of(way: Way, level: Isolation, sqlite: SQLite | None = None) -> Model:
    """Two customers who want the one unit."""

    async def journey(customer: Customer, ctx: Context) -> str:
        take = way
        try:
            if way is apart:
                async with ctx.transaction() as tx:
                    row: Any = await tx.get(stock, "tea")
                take = partial(apart, units=row.units)
            async with ctx.transaction() as tx:
                if not await take(tx):
                    return "refused"
                await tx.insert(sales, customer=customer.name, item="tea")
        except DatabaseError as error:
            return error.sqlstate
        return "sold"

    cart = (("tea", 1),)
    return Model(
        customers=(Customer("customer-1", cart), Customer("customer-2", cart)),
        journey=journey,
        rows=ROWS,
        routes={},
        outcomes={},
        isolation=level,
        sqlite=sqlite,
        always=(),
        sometimes=(),
        fault_of=lambda _message, _version: None,
    )


class Run:
    """One order of the customers' steps, on the model and on the server."""

    def __init__(self, model: Model, server: Server, tape: list[int]) -> None:
        self.world = World(model)
        for customer in model.customers:
            self.world.arrive(customer)
        self._server = server
        self._shadow = Shadow(self.world, server)
        self._tape = tape
        self._waiting: list[Any] = []
        self.taken: list[int] = []
        self.widths: list[int] = []
        self.seen: set[str] = set()

    def play(self) -> bool:
        """To the end; whether both sides agree."""
        while ready := [place for place in self.world.places() if place not in self._waiting]:
            at = len(self.taken)
            choice = self._tape[at] if at < len(self._tape) else 0
            self.taken.append(choice)
            self.widths.append(len(ready))
            self._take(ready[choice])
        ended = self._shadow.ended()
        for side, rows in ("model", self.world.rows.current), ("server", self._server.rows()):
            if sum(key[0] == "sales" for key in rows) > 1:
                self.seen.add(f"oversells, {side}")
        return ended.agrees

    def _take(self, place: Any) -> None:
        held = self.world.held(place)
        event = self._shadow.take(place, "step", None)
        if isinstance(event.answer, Thrown):
            self.seen.add(event.answer.arguments[0])
        if event.waits:
            self.seen.add("waits")
            self._waiting.append(place)
            self.world.wait(place, event.waits_for)
            return
        for waiter in self.world.released(held - self.world.held(place)):
            self._waiting.remove(waiter)
            self._take(waiter)


def every_order(model: Model, server: Server) -> tuple[Counter[str], int, int]:
    """How many orders showed what; how many there are, and in how many the two sides agreed."""
    counts: Counter[str] = Counter()
    orders = agreed = 0
    tape: list[int] | None = []
    while tape is not None and orders < RUNS_BOUND:
        server.reset(ROWS)
        run = Run(model, server, tape)
        agreed += run.play()
        orders += 1
        counts.update(run.seen)
        tape = _next(run)
    return counts, orders, agreed


HEAD = (
    "| way | level | orders | oversell, model | oversell, server | wait | 40001 | agree |\n"
    "|---|---|---:|---:|---:|---:|---:|---:|"
)


def line_of(name: str, way: Way, level: Isolation, server: Postgres) -> tuple[str, bool]:
    """One line of the table, and whether all orders agree."""
    counts, orders, agreed = every_order(model_of(way, level), server)
    columns = ("oversells, model", "oversells, server", "waits", "40001")
    figures = (orders, *(counts[column] for column in columns), agreed)
    return f"| {name} | {level} | " + " | ".join(map(str, figures)) + " |", agreed == orders


SQLITE_HEAD = (
    "| way | journal | mode | orders | oversell, model | oversell, SQLite "
    "| SQLITE_BUSY | SQLITE_BUSY_SNAPSHOT | agree |\n"
    "|---|---|---|---:|---:|---:|---:|---:|---:|"
)


def sqlite_line_of(name: str, way: Way, sqlite: SQLite, server: Sqlite) -> tuple[str, bool]:
    """One line of SQLite's table, and whether all orders agree."""
    model = model_of(way, Isolation.READ_COMMITTED, sqlite)
    counts, orders, agreed = every_order(model, server)
    columns = ("oversells, model", "oversells, server", "SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT")
    figures = (orders, *(counts[column] for column in columns), agreed)
    head = f"| {name} | {sqlite.journal} | {sqlite.mode} | "
    return head + " | ".join(map(str, figures)) + " |", agreed == orders


def _next(run: Run) -> list[int] | None:
    for at in reversed(range(len(run.taken))):
        if run.taken[at] + 1 < run.widths[at]:
            return [*run.taken[:at], run.taken[at] + 1]
    return None


def on_postgres(url: str) -> Iterator[tuple[str, bool]]:
    """The lines of PostgreSQL's table."""
    with Postgres(url, tables=TABLES, rows=ROWS) as server:
        for name, way in WAYS.items():
            for level in Isolation:
                yield line_of(name, way, level, server)


def on_sqlite() -> Iterator[tuple[str, bool]]:
    """The lines of SQLite's table."""
    with sqlite_files(TABLES) as servers:
        for name, way in SQLITE_WAYS.items():
            for journal, mode in product(Journal, Mode):
                yield sqlite_line_of(name, way, SQLite(journal, mode), servers[journal])


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    help_on = "postgresql, a postgresql:// URL, or sqlite"
    parser.add_argument("--on", default="postgresql", help=help_on)
    arguments = parser.parse_args()
    if arguments.on == "sqlite":
        print(SQLITE_HEAD)
        return _printed(on_sqlite())
    print(HEAD)
    with postgres_url(arguments.on) as url:
        return _printed(on_postgres(url))


def _printed(lines: Iterable[tuple[str, bool]]) -> int:
    everywhere = True
    for line, agrees in lines:
        print(line, flush=True)
        everywhere = everywhere and agrees
    return 0 if everywhere else 1


if __name__ == "__main__":
    sys.exit(main())
