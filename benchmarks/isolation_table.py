"""Ways to take the last unit by isolation level: in the model and on a server, side by side.

    python benchmarks/isolation_table.py --on postgresql

For each way and level every order of two customers is taken on both sides, statement by
statement; in how many orders both units were sold, somebody waited or got 40001 is counted. The
last column says in how many orders the server did what the model says, statement by statement.
The table is in docs/reference/isolation.md.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import sqlalchemy as sa
from server import postgres_url

from eventproof.simulator import (
    Context,
    Customer,
    DatabaseError,
    Model,
    Transaction,
    at_least,
    equal,
    minus,
)
from eventproof.simulator.postgres import Postgres
from eventproof.simulator.programs import Thrown
from eventproof.simulator.shadow import Shadow
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
RUNS_BOUND = 2_000

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


WAYS: dict[str, Way] = {
    "read, decide, write": naive,
    "select for update": locked,
    "compare and set": compare_and_set,
    "guarded update": guarded,
    "skip locked": skipping,
    "count the sales, enter one more": counted,
}


def model_of(way: Way, level: Isolation) -> Model:
    """Two customers who want the one unit."""

    async def journey(customer: Customer, ctx: Context) -> str:
        try:
            async with ctx.transaction() as tx:
                if not await way(tx):
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
        always=(),
        sometimes=(),
        fault_of=lambda _message, _version: None,
    )


class Run:
    """One order of the customers' steps, on the model and on the server."""

    def __init__(self, model: Model, server: Postgres, tape: list[int]) -> None:
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


def every_order(way: Way, level: Isolation, server: Postgres) -> tuple[Counter[str], int, int]:
    """How many orders showed what; how many there are, and in how many the two sides agreed."""
    counts: Counter[str] = Counter()
    orders = agreed = 0
    tape: list[int] | None = []
    model = model_of(way, level)
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
    counts, orders, agreed = every_order(way, level, server)
    columns = ("oversells, model", "oversells, server", "waits", "40001")
    figures = (orders, *(counts[column] for column in columns), agreed)
    return f"| {name} | {level} | " + " | ".join(map(str, figures)) + " |", agreed == orders


def _next(run: Run) -> list[int] | None:
    for at in reversed(range(len(run.taken))):
        if run.taken[at] + 1 < run.widths[at]:
            return [*run.taken[:at], run.taken[at] + 1]
    return None


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--on", default="postgresql", help="postgresql, or a postgresql:// URL")
    arguments = parser.parse_args()
    print(HEAD)
    everywhere = True
    tables = (table_of(stock), table_of(sales))
    with postgres_url(arguments.on) as url, Postgres(url, tables=tables, rows=ROWS) as server:
        for name, way in WAYS.items():
            for level in Isolation:
                line, agrees = line_of(name, way, level, server)
                print(line, flush=True)
                everywhere = everywhere and agrees
    return 0 if everywhere else 1


if __name__ == "__main__":
    sys.exit(main())
