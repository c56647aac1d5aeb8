"""Engine operations a second on a real database, beside the same SQL written by hand.

    python benchmarks/engine_rate.py

One operation takes a unit: a guarded update and a ledger entry in one transaction. The engine does
it by `allocate_guarded` on `ctx`; by hand it is two statements on a connection of the same
settings. Both run in turn, on one hot item and on 1,000, from 1 to 32 threads; both must have
taken every unit in the end.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

from server import postgres_url

from eventproof.simulator.connections import Connections
from eventproof.simulator.context import Context
from eventproof.simulator.inventory import allocate_guarded, initial_rows, metadata
from eventproof.simulator.premises import Premises, premises
from eventproof.simulator.tables import table_of
from eventproof.simulator.threads import Live

STOCK = 1_000_000
UPDATE = (
    "update stock set available = available - 1, allocated = allocated + 1 "
    "where product_id = {} and available >= 1"
)
INSERT = (
    "insert into ledger (entry_id, product_id, action, quantity, cause) "
    "values ({}, {}, 'allocate', 1, {})"
)
Take = Callable[[str, str], None]


def by_engine(live: Live) -> Take:
    """The engine's operation."""

    def take(product: str, cause: str) -> None:
        async def work(ctx: Context) -> None:
            async with ctx.transaction() as tx:
                await allocate_guarded(tx, product, 1, cause=cause)

        live.run(work)

    return take


def by_hand(connections: Connections, mark: str) -> Take:
    """The same by two statements; `mark` is the driver's sign for a parameter."""
    update, insert = UPDATE.format(mark), INSERT.format(mark, mark, mark)
    begin = "begin isolation level read committed" if mark == "%s" else "begin immediate"

    def take(product: str, cause: str) -> None:
        connection: Any = connections.take()
        raw = connection.raw
        raw.execute(begin)
        assert raw.execute(update, (product,)).rowcount == 1
        raw.execute(insert, (f"{cause}:allocate:{product}", product, cause))
        raw.execute("commit")
        connections.give_back(connection)

    return take


def rate(take: Take, products: list[str], threads: int, operations: int) -> float:
    """Operations a second."""

    def some(thread: int) -> None:
        for number in range(thread, operations, threads):
            take(products[number * 7919 % len(products)], f"order-{number}")

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda _: time.sleep(0.01), range(threads)))  # all threads are there
        began = time.perf_counter()
        list(pool.map(some, range(threads)))
        return operations / (time.perf_counter() - began)


def measured(
    place: Premises, take: Take, products: list[str], threads: int, operations: int
) -> float:
    """One run on fresh rows; everything must have been taken at its end."""
    place.reset(initial_rows(dict.fromkeys(products, STOCK)))
    found = rate(take, products, threads, operations)
    rows: Any = place.rows()
    assert sum(rows["stock", product].allocated for product in products) == operations
    return found


def compare(name: str, url: str, asked: argparse.Namespace) -> None:
    """Print the rows of one database."""
    tables = tuple(map(table_of, metadata.sorted_tables))
    mark = "?" if url.startswith("sqlite") else "%s"
    with (
        premises(url, tables) as place,
        Connections(url, setup=place.setup) as connections,
        Live(connections) as live,
    ):
        takes = (by_engine(live), by_hand(connections, mark))
        for items in (1, 1000):
            products = [f"product-{number}" for number in range(items)]
            for threads in asked.threads:
                rounds = [
                    [measured(place, take, products, threads, asked.operations) for take in takes]
                    for _ in range(asked.rounds)
                ]
                engine, hand = (median(column) for column in zip(*rounds, strict=True))
                ratio = median(engine / hand for engine, hand in rounds)
                cells = (name, items, threads, f"{engine:,.0f}", f"{hand:,.0f}", f"{ratio:.2f}")
                print("|", " | ".join(map(str, cells)), "|", flush=True)


def main() -> None:
    """Run it."""
    arguments = argparse.ArgumentParser(description="Engine operations a second.")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--operations", type=int, default=1000)
    arguments.add_argument("--threads", type=int, nargs="+", default=[1, 8, 32])
    arguments.add_argument("--on", nargs="+", default=["sqlite", "postgresql"])
    asked = arguments.parse_args()
    print("| on | items | clients | engine, 1/s | by hand, 1/s | ratio |")
    print("|---|---|---|---|---|---|")
    for name in asked.on:
        if name == "sqlite":
            with tempfile.TemporaryDirectory() as folder:
                compare(name, f"sqlite:///{Path(folder) / 'shop.db'}", asked)
            continue
        with postgres_url(name) as url:
            compare("postgresql", url, asked)


if __name__ == "__main__":
    main()
