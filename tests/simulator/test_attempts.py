"""Customers who come again: after which ends, how often, and what load that makes."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulator_shops import Ping, never, scenario, shelves, shop, units_on

from eventproof.cli.figures import figures_of, metrics_of
from eventproof.cli.taping import tape_races
from eventproof.findings import Problem
from eventproof.simulator import (
    Customers,
    DatabaseError,
    Refused,
    Scenario,
    load_scenario,
    plus,
    prepare,
    read_tape,
    simulate,
)
from eventproof.simulator.attempts import Attempts, Retry, attempts_of, kind_of
from eventproof.simulator.durations import Constant
from eventproof.simulator.pace import Latency
from eventproof.simulator.programs import Route

CATALOG = (Path(__file__).parents[2] / "examples" / "acme" / "catalog").resolve()
SECOND = Latency(statement_s=Constant(1), message_s=0)


def run(journey, retry, *, customers=1, patience_s=None, arrivals_per_s=1.0, seed=1, **more):
    how = scenario(customers, latency=SECOND, arrivals_per_s=arrivals_per_s)
    who = replace(how.customers, retry=retry, patience_s=patience_s)
    model = shop(journey, customers=customers, **more)
    return simulate(model, replace(how, customers=who), seed=seed)


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        ("refused: 400", "refused"),
        ("failed: no reply to ping within 3 s", "timed out"),
        ("failed: 40001: could not serialize access", "conflict"),
        ("failed: SQLITE_BUSY: database is locked", "conflict"),
        ("failed: 23505: duplicate key", None),
        ("abandoned", "abandoned"),
        ("conflict in the cart", "conflict"),
        ("paid", None),
    ],
)
def test_an_end_is_of_one_kind(outcome, kind):
    assert kind_of(outcome) == kind


def test_who_was_refused_comes_again_as_often_as_the_scenario_says_and_as_much_later():
    came = []

    async def journey(customer, ctx):
        came.append((customer.name, customer.cart, await ctx.now()))
        raise Refused(400)

    found = run(journey, Retry(3, Constant(10)))
    names, carts, times = zip(*came, strict=True)
    assert names == ("customer-1", "customer-2", "customer-3", "customer-4")
    assert len(set(carts)) == 1
    assert [round(at - times[0], 6) for at in times] == [0, 10, 20, 30]
    assert found.tally.outcomes == {"refused: 400": 4}
    assert (found.attempts.first, found.attempts.again) == (1, 3)


def test_who_was_served_does_not_come_again():
    async def journey(customer, ctx):
        if customer.name == "customer-1":
            raise Refused(400)
        return "paid"

    found = run(journey, Retry(3, Constant(10)))
    assert found.tally.outcomes == {"refused: 400": 1, "paid": 1}


@pytest.mark.parametrize("on", ["refused", "timed out", "conflict", "abandoned"])
def test_after_which_ends_they_come_again_is_the_scenarios_choice(on):
    class Slow:
        async def on_ping(self, _ping, ctx):
            await ctx.sleep(100)

    async def journey(customer, ctx):
        match customer.name:
            case "customer-1":
                raise Refused(400)
            case "customer-2":
                raise DatabaseError("40001")
            case "customer-3":
                await ctx.request(Ping(sender=customer.name), timeout_s=0.1)
            case "customer-4":
                await ctx.sleep(1e6)
        return "served"

    found = run(
        journey, Retry(1, Constant(1), on=(on,)), customers=4, patience_s=Constant(50),
        routes={"ping": (Route("slow", Slow, "on_ping", Ping),)},
    )  # fmt: skip
    assert (found.attempts.again, found.tally.outcomes["served"]) == (1, 1)


def test_a_customer_is_one_visit_however_often_it_comes():
    """The first of two comes again and is served at last: after the second, who came later."""

    async def journey(customer, ctx):
        if customer.name == "customer-1":
            raise Refused(400)
        return "paid"

    found = run(journey, Retry(1, Constant(100)), customers=2)
    assert (found.sales.pairs, found.sales.out_of_turn) == (1, 1)
    assert found.sales.lost == 0


def test_what_the_first_attempts_draw_does_not_depend_on_who_comes_again():
    def thinking(times):
        found = {}

        async def journey(customer, ctx):
            began = await ctx.now()
            await ctx.sleep(5)
            found[customer.name] = round(await ctx.now() - began, 9)
            raise Refused(400)

        run(journey, Retry(times, Constant(1)), customers=4)
        return found

    once, twice = thinking(1), thinking(2)
    first = [f"customer-{n}" for n in range(1, 5)]
    assert [once[name] for name in first] == [twice[name] for name in first]
    assert len(set(twice.values())) == 12


@settings(max_examples=50, deadline=None)
@given(
    first=st.lists(st.floats(0.1, 100), min_size=1).map(sorted),
    again=st.lists(st.floats(0, 1000)),
)
def test_the_load_of_all_windows_is_every_attempt(first, again):
    found = attempts_of(first, again)
    assert (found.first, found.again) == (len(first), len(again))
    assert found.peak >= max(found.load)
    kept = sum(found.load) * len(first) / 10
    late = sum(int(at / (first[-1] / 10)) >= 20 for at in again)
    assert kept == pytest.approx(len(first) + len(again) - late)


def test_a_storm_is_told_by_its_peak():
    first, again = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [12.5] * 30
    found = attempts_of(first, again)
    assert found == Attempts(10, 30, (0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 0, 0, 30), peak=30)
    assert attempts_of([], []) == Attempts(0, 0)


def test_conflicts_that_later_attempts_meet_are_counted_apart():
    async def journey(customer, ctx):
        async with ctx.transaction() as tx:
            await tx.update(shelves, "a", units=plus(1))
            await tx.get(shelves, "a")
            raise Refused(400)

    found = run(journey, Retry(1, Constant(2)), customers=6, arrivals_per_s=1e6)
    metrics = metrics_of([found])
    assert metrics["attempts_per_customer"] == 2
    assert metrics["retry_rate"] == 0.5
    assert 0 < metrics["conflicts_of_retries"] < metrics["lock_waits"]
    assert metrics["peak_load"] > 1
    assert figures_of(found)["attempts_per_customer"] == 2


def test_where_nobody_comes_again_nothing_is_said_of_it():
    async def journey(_customer, _ctx):
        raise Refused(400)

    found = run(journey, None)
    assert found.attempts is None
    assert metrics_of([found])["offered_load"] is None
    assert figures_of(found)["peak_load"] is None


def test_a_race_of_later_attempts_has_a_tape_with_a_customer_for_each(tmp_path):
    async def counts(_customer, ctx):
        async with ctx.transaction() as tx:
            await tx.update(shelves, "a", units=plus(1))
        raise Refused(400)

    how = Scenario(
        name="they come again",
        catalog=CATALOG,
        path=tmp_path / "again.py",
        customers=Customers(count=1, journey=counts, retry=Retry(2, Constant(3))),
        tables=shelves.metadata,
        rows={"shelves": [{"shelf": "a", "units": 0}]},
        always=(never("below-three", lambda view: units_on(view, "a") == 3),),
    )
    prepared = prepare(how)
    found = simulate(prepared.model, how, seed=1)
    (taped,) = tape_races(prepared, [found], work=tmp_path)
    assert taped.why_not is None
    tape = read_tape(tmp_path / ".eventproof" / "tapes" / "again.json")
    assert (tape.property, tape.customers) == ("below-three", 3)
    assert {step.actor for step in tape.steps} == {"customer-1", "customer-2", "customer-3"}


def test_a_retry_that_cannot_be_is_told_with_its_line(tmp_path):
    file = tmp_path / "mine.yaml"
    for said, wanted in (
        ("{times: 0, after_s: 1}", "`customers.retry.times`: 0 is less"),
        ("{times: 1}", "`customers.retry`: 'after_s' is a required property"),
        ("{times: 1, after_s: 1, on: [declined]}", "`customers.retry.on.0`: 'declined' is not"),
        ("{times: 1, after_s: {values_s: []}}", "`customers.retry.after_s.values_s`: []"),
    ):
        file.write_text(
            "scenario: mine\ncatalog: .\ncustomers:\n  count: 1\n  cart: {tea: 1}\n"
            f"  retry: {said}\n"
        )
        with pytest.raises(Problem) as problem:
            load_scenario(file)
        assert f"mine.yaml:6: {wanted}" in problem.value.sentence
