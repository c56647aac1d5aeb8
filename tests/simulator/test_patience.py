"""SQLite's busy time-out in simulated time."""

from dataclasses import replace

import pytest
from simulator_shops import scenario, shelves, shop, stocked

from eventproof.simulator import DatabaseError, Journal, Mode, SQLite, minus, simulate
from eventproof.simulator.errors import BUSY
from eventproof.simulator.scenario import Latency

BOTH = pytest.mark.parametrize("journal", Journal)


def timed(journey, *, sqlite, customers=2, arrivals_per_s=1e6):
    model = replace(shop(journey, customers=customers, rows=stocked(a=9, b=9)), sqlite=sqlite)
    how = scenario(customers, arrivals_per_s=arrivals_per_s, latency=Latency(statement_s=0.0))
    return simulate(model, how, seed=1)


def taking(*, holds_s, mode="immediate"):
    """A journey that takes a unit, and lets the others wait so long on average."""

    async def journey(_customer, ctx):
        began_s = await ctx.now()
        try:
            async with ctx.transaction(mode=mode) as tx:
                await tx.update(shelves, "a", units=minus(1))
                await ctx.sleep(holds_s)
        except DatabaseError as error:
            return f"{error.sqlstate} after {await ctx.now() - began_s:.3f} s"
        return "taken"

    return journey


@BOTH
@pytest.mark.parametrize("mode", ["deferred", "immediate", "exclusive"])
def test_who_waits_long_enough_gets_the_lock(journal, mode):
    journey = taking(holds_s=0.1, mode=mode)
    impatient = timed(journey, customers=6, sqlite=SQLite(journal))
    assert impatient.tally.outcomes["taken"] == 1
    assert impatient.tally.steps["busy answers"] == 5

    patient = timed(journey, customers=6, sqlite=SQLite(journal, busy_timeout_s=60.0))
    assert patient.tally.outcomes == {"taken": 6}
    assert patient.tally.steps["lock waits"] == 5
    assert patient.tally.steps["busy answers"] == 0


@BOTH
def test_the_wait_is_bounded_by_the_time_out(journal):
    run = timed(taking(holds_s=1000.0), sqlite=SQLite(journal, busy_timeout_s=1.5))
    assert run.tally.outcomes == {"taken": 1, f"{BUSY} after 1.500 s": 1}
    assert run.tally.steps["busy answers"] == 1


@BOTH
def test_who_reads_already_and_would_write_is_told_at_once(journal):
    async def journey(_customer, ctx):
        try:
            async with ctx.transaction() as tx:
                row = await tx.get(shelves, "a")
                await ctx.sleep(1.0)
                await tx.update(shelves, "a", units=row.units - 1)
                await ctx.sleep(1.0)
        except DatabaseError as error:
            return error.sqlstate
        return "taken"

    run = timed(journey, sqlite=SQLite(journal, busy_timeout_s=1000.0))
    assert run.tally.outcomes["taken"] == 1
    assert run.tally.steps["busy answers"] == 1


def test_a_commit_that_waits_for_a_reader_keeps_new_readers_out():
    seen = []

    async def journey(customer, ctx):
        name = customer.name.removeprefix("customer-")
        await ctx.sleep(0.0)
        async with ctx.transaction() as tx:
            if name == "1":
                await tx.get(shelves, "a")
                while await ctx.now() < 50:
                    await ctx.sleep(1.0)
            elif name == "2":
                await tx.update(shelves, "a", units=minus(1))
            else:
                while await ctx.now() < 20:
                    await ctx.sleep(1.0)
                row = await tx.get(shelves, "a")
                seen.append((row.units, await ctx.now() >= 50))
        return "done"

    sqlite = SQLite(Journal.ROLLBACK, Mode.DEFERRED, busy_timeout_s=10_000.0)
    run = timed(journey, customers=3, sqlite=sqlite)
    assert run.tally.outcomes == {"done": 3}
    assert seen == [(8, True)]
