"""Customers who lose patience: when they go, and what they leave behind."""

from dataclasses import replace

import pytest
from simulator_shops import Ping, scenario, shelves, shop, stocked, units_on

from eventproof.cli.figures import figures_of
from eventproof.findings import Problem
from eventproof.simulator import load_scenario, plus, simulate
from eventproof.simulator.durations import Constant, Uniform
from eventproof.simulator.inventory import allocate_guarded, initial_rows
from eventproof.simulator.pace import Latency
from eventproof.simulator.programs import Route
from eventproof.simulator.properties import Sometimes

SECOND = Latency(statement_s=Constant(1), message_s=0, external_s=Constant(10))


def run(journey, *, patience_s, customers=1, latency=SECOND, stock=None, **more):
    how = scenario(customers, latency=latency)
    who = replace(how.customers, patience_s=patience_s)
    model = shop(journey, customers=customers, **more)
    return simulate(model, replace(how, customers=who), seed=1)


def only(seconds):
    return pytest.approx(seconds, abs=1e-6)


def test_who_has_lost_patience_goes_before_its_next_transaction():
    done = []

    async def journey(_customer, ctx):
        for turn in range(5):
            async with ctx.transaction() as tx:
                await tx.update(shelves, "a", units=plus(1))
            done.append(turn)

    found = run(journey, patience_s=Constant(4.5))
    assert (found.tally.outcomes, done, found.breaches) == ({"abandoned": 1}, [0, 1], ())
    assert found.tally.journey_s == [only(7)]


def test_a_transaction_that_is_open_is_gone_through_with():
    async def journey(_customer, ctx):
        async with ctx.transaction() as tx:
            await tx.update(shelves, "a", units=plus(1))
        await ctx.call("payment", "authorise")

    twice = Sometimes("both have written", lambda view: units_on(view, "a") == 2)
    found = run(
        journey, patience_s=Constant(1.5), customers=2, rows=stocked(a=0), sometimes=[twice],
        outcomes={"payment": ("approve",)},
    )  # fmt: skip
    assert (found.tally.outcomes, found.unmet) == ({"abandoned": 2}, ())
    assert found.tally.steps["lock waits"] == 1


def test_an_answer_that_comes_too_late_is_not_heard():
    heard = []

    async def journey(_customer, ctx):
        heard.append(await ctx.call("payment", "authorise"))

    outcomes = {"payment": ("approve",)}
    assert run(journey, patience_s=Constant(9), outcomes=outcomes).tally.outcomes == {
        "abandoned": 1
    }
    assert heard == []
    assert run(journey, patience_s=Constant(11), outcomes=outcomes).tally.outcomes == {"done": 1}
    assert heard == ["approve"]


def test_who_waits_for_a_reply_goes_at_once_and_its_handler_goes_on():
    class Listener:
        async def on_ping(self, _ping, ctx):
            async with ctx.transaction() as tx:
                await tx.update(shelves, "a", units=plus(1))

    async def journey(customer, ctx):
        await ctx.request(Ping(sender=customer.name), timeout_s=60)
        raise AssertionError("nobody hears the reply")

    added = Sometimes("added", lambda view: units_on(view, "a") == 2)
    found = run(
        journey, patience_s=Constant(0.5), sometimes=[added],
        routes={"ping": (Route("listener", Listener, "on_ping", Ping),)},
    )  # fmt: skip
    assert (found.tally.outcomes, found.unmet) == ({"abandoned": 1}, ())
    assert found.tally.steps["requests given up"] == 0
    assert 1 < found.seconds <= 5


def test_who_stands_in_line_for_a_connection_goes_at_once():
    async def journey(_customer, ctx):
        async with ctx.transaction() as tx:
            await tx.update(shelves, "a", units=plus(1))
            await tx.get(shelves, "a")

    found = run(
        journey, patience_s=Constant(3.5), customers=3, latency=replace(SECOND, connections=1)
    )
    assert found.tally.outcomes == {"done": 1, "abandoned": 2}
    assert found.connection_waits_s == (0,)
    assert (found.seconds, found.breaches) == (pytest.approx(4, abs=0.1), ())


def test_a_connection_that_was_just_given_to_who_goes_is_given_on():
    """The first gives it back at 3 s; the second would begin at 4 s, and has gone by then."""

    async def journey(_customer, ctx):
        async with ctx.transaction() as tx:
            await tx.update(shelves, "a", units=plus(1))

    latency = replace(SECOND, connections=1)
    found = run(journey, patience_s=Uniform(3.5, 3.6), customers=2, latency=latency)
    assert found.tally.outcomes == {"done": 1, "abandoned": 1}
    assert len(found.connection_waits_s) == 2
    assert found.breaches == ()


def test_what_was_allocated_stays_allocated():
    """A hold ends when somebody lets it expire, which is not the customer's business."""

    async def journey(customer, ctx):
        async with ctx.transaction() as tx:
            await allocate_guarded(tx, "tea", 1, cause=customer.name)
        await ctx.sleep(100)
        return "paid"

    found = run(journey, patience_s=Constant(5), rows=initial_rows({"tea": 1}))
    assert found.tally.outcomes == {"abandoned": 1}
    assert found.sales.sell_out_s is not None
    assert found.sales.lost == 0
    assert figures_of(found)["abandoned_journeys"] == 1


def test_who_is_patient_enough_is_not_changed_by_having_patience():
    async def journey(_customer, ctx):
        await ctx.sleep(1)
        async with ctx.transaction() as tx:
            await tx.get(shelves, "a")

    for_ever = run(journey, patience_s=None, customers=5)
    patient = run(journey, patience_s=Constant(1e6), customers=5)
    assert patient.tally == for_ever.tally
    assert patient.seconds == for_ever.seconds


def test_a_journey_that_tidies_up_when_it_is_left_is_let_go():
    async def journey(_customer, ctx):
        try:
            await ctx.sleep(100)
        finally:
            await ctx.sleep(1)

    assert run(journey, patience_s=Constant(1)).tally.outcomes == {"abandoned": 1}


def test_patience_that_cannot_be_is_told_with_its_line(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(
        "scenario: mine\ncatalog: .\ncustomers:\n  count: 1\n  cart: {tea: 1}\n"
        "  patience_s: {lognormal: {mean_s: 1}}\n"
    )
    with pytest.raises(Problem, match=r"mine.yaml:6: `customers.patience_s`: a lognormal needs"):
        load_scenario(file)
