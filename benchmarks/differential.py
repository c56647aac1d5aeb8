"""The model store against a real database: schedules of transactions, step by step on both.

    python benchmarks/differential.py --schedules 20000 --on postgresql
    python benchmarks/differential.py --schedules 5000 --on sqlite
    python benchmarks/differential.py --schedules 5000 --checked

Random transactions of two and three sessions on two tables, with every kind of statement and
every isolation level (on SQLite every mode and both journals), in random orders; of small ones
every order (`--exhaustive`). With `--checked` the tables have check constraints, and rows that
they refuse are written more often. After each step the same statements must have finished with the
same answers and errors, and the same must wait; at the end the rows must be the same. Exit code 1
when any schedule disagrees; it is printed.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from random import Random
from time import perf_counter

from arena import Script
from random_scripts import CHECKED, PLAIN, ROWS, Tables, random_scripts
from server import postgres_url
from side_by_side import Result, run_schedule
from sqlite_side import (
    Servers,
    random_sqlite_schedule,
    random_sqlite_scripts,
    run_on_sqlite,
    sqlite_files,
)

from eventproof.simulator.postgres import Postgres
from eventproof.simulator.sqlite_store import Journal, SQLite
from eventproof.simulator.steps import Begin, Isolation, Step

LEVELS = tuple(Isolation)
ORDERS_BOUND = 400
"""Orders taken of one set of scripts, where every order is asked for."""


@contextmanager
def kept_server(url: str, tables: Tables = PLAIN) -> Iterator[Postgres]:
    """A server whose connections are kept, and whose deadlocks are found at once."""
    setup = ("set deadlock_timeout = '20ms'",)
    with Postgres(url, tables=tables[:2], rows={}, setup=setup) as server:
        yield server


def random_schedule(
    seed: int, server: Postgres, sessions: int | None = None, tables: Tables = PLAIN
) -> tuple[Result, tuple[Script, ...]]:
    """The schedule of a seed: two or three sessions, in a random order; and their scripts."""
    random = Random(seed)
    count = sessions or random.choice((2, 3))
    scripts = random_scripts(random, count, LEVELS, tables)
    return run_schedule(server, ROWS, scripts, random.choice), scripts


def every_order(scripts: tuple[Script, ...], server: Postgres) -> Iterator[Result]:
    """Every order of some scripts on PostgreSQL."""
    return orders_of(lambda choose: run_schedule(server, ROWS, scripts, choose))


def orders_of(take: Callable[[Callable], Result]) -> Iterator[Result]:
    """Every order of what `take` runs; the last choice that has an alternative changes first."""
    tape: list[int] | None = []
    for _ in range(ORDERS_BOUND):
        if tape is None:
            return
        result = take(_following(tape))
        yield result
        tape = _next(result)


def _following(tape: list[int]) -> Callable:
    left = iter(tape)

    def choose(ready: Sequence[int]) -> int:
        wanted = next(left, None)
        return wanted if wanted in ready else ready[0]

    return choose


def _next(result: Result) -> list[int] | None:
    for at in reversed(range(len(result.taken))):
        ready = result.widths[at]
        later = ready[ready.index(result.taken[at]) + 1 :]
        if later:
            return [*result.taken[:at], later[0]]
    return None


def name_of(scripts: tuple[Script, ...]) -> str:
    """How a schedule is counted: how many sessions, at which levels."""
    levels = {step.isolation for script in scripts for step in script.steps if _begins(step)}
    level = str(levels.pop()) if len(levels) == 1 else "mixed levels"
    return f"{len(scripts)} sessions, {level}"


def _begins(step: Step) -> bool:
    return isinstance(step, Begin)


def told(result: Result, what: str, scripts: tuple[Script, ...]) -> str:
    """A disagreement, for a person."""
    lines = [
        f"  {n}: {line.session} {line.step} -> {line.seen}"
        for n, line in enumerate(result.lines, 1)
    ]
    own = [f"  {n}: {script}" for n, script in enumerate(scripts)]
    return "\n".join([f"{what}: {result.disagreement}", *lines, *own])


class Tally:
    """Counts by name; grows while schedules are run."""

    def __init__(self, *kinds: str) -> None:
        """`kinds` of things that happen are counted, such as errors by their code."""
        self.columns = ("schedules", "steps", *kinds, "disagreements")
        self.counts: dict[str, Counter] = {}
        self.disagreements: list[str] = []

    def note(self, name: str, result: Result, what: str, scripts: tuple[Script, ...]) -> None:
        """One schedule."""
        counts = self.counts.setdefault(name, Counter())
        counts["schedules"] += 1
        counts["steps"] += len(result.lines)
        counts.update(result.kinds)
        counts["open"] += result.open_choices
        if result.disagreement is not None:
            counts["disagreements"] += 1
            self.disagreements.append(told(result, what, scripts))

    def table(self) -> str:
        """The counts as Markdown."""
        columns = self.columns
        head = ["| transactions | " + " | ".join(columns) + " |", "|---|" + "---:|" * len(columns)]
        rows = [
            f"| {name} | " + " | ".join(f"{self.counts[name][c]:,}" for c in columns) + " |"
            for name in sorted(self.counts)
        ]
        total = sum(self.counts.values(), Counter())
        rows.append("| all | " + " | ".join(f"{total[c]:,}" for c in columns) + " |")
        return "\n".join(head + rows)


def run(arguments: argparse.Namespace, server: Postgres) -> Tally:
    """All schedules that were asked for."""
    refusals = ("23502", "23514") if arguments.checked else ()
    tally = Tally("waits", "40001", "40P01", "55P03", "23505", *refusals, "open")
    tables = CHECKED if arguments.checked else PLAIN
    for seed in range(arguments.seed, arguments.seed + arguments.schedules):
        result, scripts = random_schedule(seed, server, arguments.sessions, tables)
        tally.note(name_of(scripts), result, f"seed {seed}", scripts)
        if len(tally.disagreements) >= arguments.most:
            break
    for seed in range(arguments.seed, arguments.seed + arguments.exhaustive):
        random = Random(f"every order {seed}")
        scripts = random_scripts(random, 2, LEVELS, tables)
        for number, result in enumerate(every_order(scripts, server)):
            what = f"every order of {seed}, number {number}"
            tally.note(f"every order, {name_of(scripts)}", result, what, scripts)
    return tally


def run_sqlite(arguments: argparse.Namespace, servers: Servers) -> Tally:
    """The same on SQLite."""
    refusals = ("23502", "23514") if arguments.checked else ()
    tally = Tally("SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "23505", *refusals)
    tables = CHECKED if arguments.checked else PLAIN
    for seed in range(arguments.seed, arguments.seed + arguments.schedules):
        result, scripts, journal = random_sqlite_schedule(
            seed, servers, ROWS, arguments.sessions, tables
        )
        tally.note(sqlite_name_of(scripts, journal), result, f"seed {seed}", scripts)
        if len(tally.disagreements) >= arguments.most:
            break
    for seed in range(arguments.seed, arguments.seed + arguments.exhaustive):
        for journal, server in servers.items():
            count = arguments.sessions or 2
            scripts = random_sqlite_scripts(Random(f"every order {seed}"), count, tables)
            take = partial(run_on_sqlite, server, ROWS, scripts, SQLite(journal))
            for number, result in enumerate(orders_of(take)):
                what = f"every order of {seed} on {journal}, number {number}"
                name = f"every order, {sqlite_name_of(scripts, journal)}"
                tally.note(name, result, what, scripts)
    return tally


def sqlite_name_of(scripts: tuple[Script, ...], journal: Journal) -> str:
    """How a schedule on SQLite is counted: how many sessions, which journal, in which modes."""
    modes = {step.mode for script in scripts for step in script.steps if _begins(step)}
    mode = str(modes.pop()) if len(modes) == 1 else "mixed modes"
    return f"{len(scripts)} sessions, {journal}, {mode}"


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--schedules", type=int, default=1_000, help="random schedules")
    parser.add_argument("--exhaustive", type=int, default=0, help="sets of scripts in all orders")
    parser.add_argument("--sessions", type=int, help="sessions of each; 2 or 3 without it")
    parser.add_argument("--seed", type=int, default=0, help="the first schedule's")
    parser.add_argument("--most", type=int, default=20, help="disagreements to stop at")
    help_on = "postgresql, a postgresql:// URL, or sqlite (files in a temporary folder)"
    parser.add_argument("--on", default="postgresql", help=help_on)
    parser.add_argument("--checked", action="store_true", help="tables with check constraints")
    arguments = parser.parse_args()
    tables = CHECKED if arguments.checked else PLAIN
    started = perf_counter()
    if arguments.on == "sqlite":
        with sqlite_files(tables[:2]) as servers:
            tally = run_sqlite(arguments, servers)
    else:
        with postgres_url(arguments.on) as url, kept_server(url, tables) as server:
            tally = run(arguments, server)
    print(tally.table())
    count = sum(counts["schedules"] for counts in tally.counts.values())
    each_ms = (perf_counter() - started) / max(1, count) * 1000
    print(f"{each_ms:.1f} ms a schedule", file=sys.stderr)
    for disagreement in tally.disagreements:
        print(f"\n{disagreement}")
    return 1 if tally.disagreements else 0


if __name__ == "__main__":
    sys.exit(main())
