"""A pool of connections in simulated time: who needs one, who waits, and who gives it back."""

from dataclasses import replace

import pytest
from simulator_shops import Ping, scenario, shelves, shop

from eventproof.cli.figures import figures_of, metrics_of
from eventproof.findings import Problem
from eventproof.simulator import DatabaseError, Journal, SQLite, load_scenario, plus, simulate
from eventproof.simulator.durations import Constant
from eventproof.simulator.network import Left, Network
from eventproof.simulator.pace import Latency
from eventproof.simulator.programs import Route
from eventproof.simulator.properties import NEVER_STUCK
from eventproof.simulator.statements import Mode

SECOND = Constant(1)


def run(journey, *, connections, customers, latency=None, **more):
    latency = latency or Latency(
        statement_s=SECOND, message_s=0, connections=connections, redelivery_s=Constant(1)
    )
    model = shop(journey, customers=customers, **more)
    return simulate(model, scenario(customers, arrivals_per_s=1e6, latency=latency), seed=1)


async def reads(_customer, ctx):
    """Three seconds in a transaction: begin, read, commit."""
    async with ctx.transaction() as tx:
        await tx.get(shelves, "a")


def rounded(seconds):
    return [round(each, 3) for each in seconds]


def test_who_finds_no_connection_waits_for_one_first_come_first_served():
    begun = []

    async def journey(customer, ctx):
        async with ctx.transaction() as tx:
            begun.append(customer.name)
            await tx.get(shelves, "a")

    found = run(journey, connections=2, customers=6)
    assert begun == [f"customer-{n}" for n in range(1, 7)]
    assert rounded(found.connection_waits_s) == [0, 0, 3, 3, 6, 6]
    assert rounded(found.tally.journey_s) == [3, 3, 6, 6, 9, 9]
    assert metrics_of([found])["connection_wait_p95_s"] == pytest.approx(6, abs=0.001)
    assert figures_of(found)["connection_wait_p95_s"] == pytest.approx(6, abs=0.001)


def test_with_as_many_connections_as_customers_nothing_is_different():
    enough = run(reads, connections=6, customers=6)
    any_number = run(reads, connections=None, customers=6)
    assert set(enough.connection_waits_s) == {0}
    assert any_number.connection_waits_s is None
    assert metrics_of([any_number])["connection_wait_p95_s"] is None
    assert enough.tally == any_number.tally
    assert enough.seconds == any_number.seconds


def test_who_waits_for_a_row_keeps_its_connection():
    async def journey(_customer, ctx):
        async with ctx.transaction() as tx:
            await tx.update(shelves, "a", units=plus(1))

    found = run(journey, connections=2, customers=4)
    assert found.tally.steps["lock waits"] > 0
    assert rounded(found.connection_waits_s)[:3] == [0, 0, 3]
    assert found.breaches == ()


def test_a_transaction_that_fails_gives_its_connection_back():
    async def journey(_customer, ctx):
        try:
            async with ctx.transaction() as tx:
                await tx.insert(shelves, shelf="a", units=1)
        except DatabaseError as error:
            return error.sqlstate

    found = run(journey, connections=1, customers=3)
    assert (found.tally.outcomes, found.breaches) == ({"23505": 3}, ())


def test_a_transaction_that_sqlite_does_not_let_begin_gives_its_connection_back():
    sqlite = SQLite(Journal.ROLLBACK, Mode.IMMEDIATE)

    async def journey(_customer, ctx):
        try:
            async with ctx.transaction() as tx:
                await tx.update(shelves, "a", units=plus(1))
        except DatabaseError as error:
            return error.sqlstate

    found = run(journey, connections=2, customers=8, sqlite=sqlite)
    assert (found.tally.outcomes["SQLITE_BUSY"] > 0, found.breaches) == (True, ())
    assert sum(found.tally.outcomes.values()) == 8


def test_a_handler_that_crashes_gives_its_connection_back_and_asks_again():
    class Listener:
        async def on_ping(self, _ping, ctx):
            async with ctx.transaction() as tx:
                await tx.update(shelves, "a", units=plus(1))

    async def journey(customer, ctx):
        await ctx.publish(Ping(sender=customer.name))

    found = run(
        journey, connections=1, customers=3, network=Network(left=Left(crashes=1), rate=1.0),
        routes={"ping": (Route("listener", Listener, "on_ping", Ping),)},
    )  # fmt: skip
    assert (sum(found.tally.outcomes.values()), found.breaches) == (3, ())
    assert len(found.connection_waits_s) == 6


def test_handlers_that_wait_for_each_others_connections_are_stuck():
    """Each holds one while it waits for a handler that needs another: they starve."""

    class Listener:
        async def on_ping(self, _ping, ctx):
            await reads(None, ctx)

    async def journey(customer, ctx):
        async with ctx.transaction():
            await ctx.request(Ping(sender=customer.name))

    routes = {"ping": (Route("listener", Listener, "on_ping", Ping),)}
    (breach,) = run(journey, connections=2, customers=3, routes=routes).breaches
    assert breach.property == NEVER_STUCK
    assert breach.sentence == (
        "3 customers had not ended when nothing could move; "
        "3 would begin a transaction and had no connection."
    )
    assert run(journey, connections=4, customers=3, routes=routes).breaches == ()


def test_waits_in_the_warm_up_are_not_counted():
    latency = Latency(statement_s=SECOND, connections=1)
    how = replace(scenario(4, arrivals_per_s=1e6, latency=latency), warm_up_s=5.0)
    found = simulate(shop(reads, customers=4), how, seed=1)
    assert rounded(found.connection_waits_s) == [6, 9]


def test_a_number_of_connections_that_cannot_be_is_told_with_its_line(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(
        "scenario: mine\ncatalog: .\ncustomers: {count: 1, cart: {tea: 1}}\n"
        "latency:\n  connections: 0\n"
    )
    with pytest.raises(Problem, match=r"mine.yaml:5: `latency.connections`: 0 is less than"):
        load_scenario(file)
