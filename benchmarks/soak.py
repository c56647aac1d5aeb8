"""Whether memory stays flat over millions of steps in simulated time, in one process.

    python benchmarks/soak.py [--steps 10000000]

Customers come all the time and stay for some thousands of steps: they read and write shared rows
under READ COMMITTED and REPEATABLE READ, wait for locks, fail with 40001 and try again, call a
provider, and publish messages whose handlers write too; some transactions overlap at any moment.
Rows are changed and not added, so nothing has to grow. Prints the steps so far and the resident
memory at ten places; the command fails when the last is above the third by more than 10 %.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import sqlalchemy as sa

from eventproof.simulator import Context, Customer, DatabaseError, Model, Scenario, plus, simulate
from eventproof.simulator.programs import Route
from eventproof.simulator.scenario import Customers, Latency, Outcomes
from eventproof.simulator.steps import Isolation
from eventproof.simulator.tables import table_of

ROWS = 20
ROUNDS = 300
"""Of a customer; each takes 14 or 15 steps, with the handler of its message."""
PLACES = 10
SETTLED = 2
"""The place from which on memory may not grow: caches and the first customers are there."""
ALLOWED = 1.1

counters = sa.Table(
    "counters",
    sa.MetaData(),
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("count", sa.Integer),
)


@dataclass(frozen=True, kw_only=True)
class Counted:
    """A message, as the generator would write it."""

    MESSAGE: ClassVar[str] = "counted"
    VERSION: ClassVar[str] = "1.0.0"

    name: str

    def to_payload(self) -> dict[str, Any]:
        """The message as JSON."""
        return {"name": self.name}


class Counter:
    """The service that gets the message."""

    async def on_counted(self, message: Counted, ctx: Context) -> None:
        """Count it."""
        async with ctx.transaction() as tx:
            await tx.update(counters, message.name, count=plus(1))


async def stay(customer: Customer, ctx: Context) -> str:
    """Count for a while; return how it went."""
    taken = 0
    first = int(customer.name.rpartition("-")[2])
    for turn in range(ROUNDS):
        name = f"row-{(first * 7 + turn * 3) % ROWS}"
        async with ctx.transaction() as tx:
            await tx.get_for_update(counters, name)
            await tx.update(counters, name, count=plus(1))
        try:
            async with ctx.transaction(isolation="repeatable read") as tx:
                await tx.get(counters, f"row-{turn % ROWS}")
                await ctx.sleep(0.01)
                await tx.update(counters, f"row-{(turn + 1) % ROWS}", count=plus(1))
                await tx.select(counters, limit=1)
        except DatabaseError:
            taken += 1
        await ctx.call("provider", "ask")
        await ctx.publish(Counted(name=name))
    return "counted" if taken < ROUNDS else "in vain"


def model_of(customers: int) -> Model:
    """The customers on their rows."""
    table = table_of(counters)
    names = [f"row-{number}" for number in range(ROWS)]
    return Model(
        customers=tuple(Customer(f"customer-{n + 1}") for n in range(customers)),
        journey=stay,
        rows={table.key(name): table.make({"name": name, "count": 0}) for name in names},
        routes={"counted": (Route("counter", Counter, "on_counted", Counted),)},
        outcomes={"provider": ("yes", "no")},
        isolation=Isolation.READ_COMMITTED,
        always=(),
        sometimes=(),
        fault_of=lambda _message, _version: None,
    )


def scenario_of(customers: int) -> Scenario:
    """Some thirty customers are there at a time."""
    return Scenario(
        path=Path("soak.yaml"),
        shown="soak.yaml",
        name="soak",
        catalog=Path("catalog"),
        customers=Customers(count=customers, cart=(), arrivals_per_s=2.0),
        stock={},
        external={"provider": Outcomes((("yes", 0.5), ("no", 0.5)))},
        latency=Latency(external_s=0.01),
    )


def main() -> int:
    """Run, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--steps", type=int, default=10_000_000)
    options = parser.parse_args()
    customers = max(PLACES * 3, options.steps // steps_of_one())
    megabytes: list[float] = []
    began_s = time.process_time()

    def progress(done: int) -> None:
        if done % (customers // PLACES) == 0 and len(megabytes) < PLACES:
            megabytes.append(resident_mb())
            print(_line(done, time.process_time() - began_s, megabytes[-1]), flush=True)

    run = simulate(model_of(customers), scenario_of(customers), seed=1, progress=progress)
    print(dict(run.tally.steps), dict(run.tally.outcomes))
    if sum(run.tally.outcomes.values()) != customers:
        raise SystemExit("a customer was lost")
    return 0 if megabytes[-1] <= megabytes[SETTLED] * ALLOWED else 1


def _line(done: int, seconds: float, megabytes: float) -> str:
    steps = done * steps_of_one()
    rate = f"{seconds:>8.1f} CPU s {steps / seconds:>9,.0f} steps/s"
    return f"{done:>8,} customers {steps:>12,} steps {rate} {megabytes:>7.1f} MB"


def steps_of_one() -> int:
    """How many steps a customer takes at least, its messages' handlers included."""
    return ROUNDS * 14


def resident_mb() -> float:
    """The process's resident memory now, where the system says; else at its highest."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * resource.getpagesize() / 1e6


if __name__ == "__main__":
    sys.exit(main())
