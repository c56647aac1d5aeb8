"""Kills a live run of the engine with SIGKILL, again and again, and looks at what is left.

    python benchmarks/kill_live_run.py --times 100
    python benchmarks/kill_live_run.py --on sqlite --journal rollback --mode deferred

A child process runs commands on the engine in several threads: each command is one transaction
with its inbox entry, and its number is written to a file, and synced, once the commit has
answered. The child is killed at a random moment. Then every invariant must hold, and every
command that was acknowledged must be in the inbox. At the end all commands are delivered again,
twice: each must have had its effect once.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

from server import postgres_url
from sqlite_options import add_sqlite_options, as_options, sqlite_of

from eventproof.simulator.connections import Connections
from eventproof.simulator.context import Context
from eventproof.simulator.errors import TRANSIENT, DatabaseError
from eventproof.simulator.inventory import ALWAYS, book, initial_rows, messaging, metadata
from eventproof.simulator.premises import Premises, premises
from eventproof.simulator.properties import View, breaches
from eventproof.simulator.sqlite_store import Journal, SQLite
from eventproof.simulator.tables import table_of
from eventproof.simulator.threads import Live

THREADS = 4
PRODUCTS = ("cup", "tea", "pot")
STOCK = 1_000_000
KILL_WITHIN_S = 0.3
"""After the first acknowledgement."""
START_S = 60.0
"""How long a child may take to its first acknowledgement."""


def wanted(number: int) -> tuple[str, int]:
    """The product and quantity of a command: always the same for its number."""
    return PRODUCTS[number % len(PRODUCTS)], 1 + number % 4


def handle(live: Live, number: int) -> None:
    """Deliver a command."""

    async def work(ctx: Context) -> None:
        product, quantity = wanted(number)
        async with ctx.transaction() as tx:
            if await messaging.first_time(tx, f"command-{number}"):
                done = await book(tx, "allocate", product, quantity, command=f"command-{number}")
                assert done is not None, "there is stock for all"

    while True:  # a broker delivers a command again until it has been handled
        try:
            return live.run(work, seed=number)
        except DatabaseError as error:
            if error.sqlstate not in TRANSIENT:
                raise


def child(
    url: str, setup: list[str], sqlite: SQLite | None, acknowledged: str, first: int
) -> None:
    """Deliver commands from `first` on until it is killed."""
    numbers = iter(range(first, first + 10**9))
    turn = threading.Lock()
    file = os.open(acknowledged, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def deliver() -> None:
        while True:
            with turn:
                number = next(numbers)
            handle(live, number)
            os.write(file, f"{number}\n".encode())
            os.fsync(file)

    with (
        Connections(url, setup=setup, sqlite=sqlite) as connections,
        Live(connections) as live,
        ThreadPoolExecutor(THREADS) as pool,
    ):
        for ended in [pool.submit(deliver) for _ in range(THREADS)]:
            ended.result()


def lines_of(file: Path) -> list[int]:
    """The numbers that were acknowledged; a last line without its end does not count."""
    text = file.read_text() if file.exists() else ""
    return [int(line) for line in text[: text.rfind("\n") + 1].split()]


def kill_once(
    url: str, setup: Iterable[str], sqlite: SQLite | None, file: Path, draws: Random
) -> None:
    """Start the child, and kill it some time after its first acknowledgement."""
    before = lines_of(file)
    first = str(max(before, default=0) + THREADS + 1)
    options = as_options(sqlite)
    command = [sys.executable, __file__, *options, "--child", url, str(file), first, *setup]
    process = subprocess.Popen(command)
    deadline = time.monotonic() + START_S
    while len(lines_of(file)) == len(before):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise SystemExit("the child has not acknowledged anything")
        time.sleep(0.005)
    time.sleep(draws.uniform(0, KILL_WITHIN_S))
    process.send_signal(signal.SIGKILL)
    process.wait()


def faults(place: Premises, acknowledged: Iterable[int]) -> list[str]:
    """What is wrong with the rows after a kill."""
    rows = place.rows()
    found = [breach.sentence for breach in breaches(ALWAYS.values(), View((rows,)))]
    lost = [n for n in acknowledged if ("inbox", f"command-{n}") not in rows]
    found += [f"command {number} was acknowledged and is lost" for number in lost]
    seen = {row.message_key for key, row in rows.items() if key[0] == "inbox"}
    booked = {row.command_id for key, row in rows.items() if key[0] == "ledger"}
    odd = seen ^ {command for command in booked if str(command).startswith("command-")}
    return found + [f"{command} is only in the inbox or only booked" for command in sorted(odd)]


def redelivered(place: Premises, url: str, highest: int) -> list[str]:
    """Deliver every command again, twice; what is wrong after that."""
    with Connections(url, setup=place.setup) as connections, Live(connections) as live:
        for number in (*range(1, highest + 1), *range(1, highest + 1)):
            handle(live, number)
    rows: Any = place.rows()
    found = faults(place, range(1, highest + 1))
    for product in PRODUCTS:
        due = sum(q for p, q in map(wanted, range(1, highest + 1)) if p == product)
        if rows["stock", product].allocated != due:
            allocated = rows["stock", product].allocated
            found.append(f"{allocated} of {product} are allocated, {due} were commanded")
    return found


def run(url: str, times: int, seed: int, sqlite: SQLite | None) -> tuple[int, list[str]]:
    """Kill a run so many times; how much was acknowledged, and what is wrong."""
    tables = tuple(map(table_of, metadata.sorted_tables))
    draws = Random(seed)
    found: list[str] = []
    journal = sqlite.journal if sqlite is not None else Journal.WAL
    with premises(url, tables, journal=journal) as place, tempfile.TemporaryDirectory() as folder:
        place.reset(initial_rows(dict.fromkeys(PRODUCTS, STOCK)))
        file = Path(folder) / "acknowledged"
        for _ in range(times):
            kill_once(url, place.setup, sqlite, file, draws)
            found += faults(place, lines_of(file))
        acknowledged = lines_of(file)
        # Each thread may have been killed between its commit and its acknowledgement.
        found += redelivered(place, url, max(acknowledged) + THREADS)
    return len(acknowledged), found


def report(name: str, url: str, asked: argparse.Namespace) -> bool:
    """Print one line; whether nothing is wrong."""
    times, sqlite = asked.times, sqlite_of(asked) if name == "sqlite" else None
    acknowledged, found = run(url, times, asked.seed, sqlite)
    print(f"{name}: {times} kills, {acknowledged} commands acknowledged, {len(found)} faults")
    print(*found[:20], sep="\n", end="\n" if found else "")
    return not found


def main() -> int:
    """Run it; the exit code."""
    arguments = argparse.ArgumentParser(description="Kill live runs of the engine.")
    arguments.add_argument("--times", type=int, default=100)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--on", nargs="+", default=["sqlite", "postgresql"])
    add_sqlite_options(arguments)
    arguments.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    asked = arguments.parse_args()
    if asked.child:
        url, file, first, *setup = asked.child
        child(url, setup, sqlite_of(asked), file, int(first))
    fine = True
    for name in asked.on:
        if name == "sqlite":
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "shop.db"
                fine &= report(name, f"sqlite:///{path}", asked)
            continue
        with postgres_url(name) as url:
            fine &= report("postgresql", url, asked)
    return 0 if fine else 1


if __name__ == "__main__":
    raise SystemExit(main())
