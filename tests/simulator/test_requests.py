"""Requests with a time-out: the reply may come late, the handler goes on, nobody hears of it."""

from dataclasses import replace

import pytest
from simulator_brute_force import every_schedule, reached
from simulator_shops import Ping, never, notes, shelves, shop, stocked, units_on

from eventproof.findings import Problem
from eventproof.simulator import (
    Customer,
    DatabaseError,
    Refused,
    TimedOut,
    explore,
    minus,
    plus,
    run_live,
)
from eventproof.simulator.network import GIVES_UP, LOST, Guarantee, Left, Network
from eventproof.simulator.programs import Route
from eventproof.simulator.replay import replay_deeds, replay_tape, tape_steps
from eventproof.simulator.scenario import Customers, Latency, Scenario
from eventproof.simulator.timed import simulate


async def asks_once(customer, ctx):
    try:
        await ctx.request(Ping(sender=customer.name), timeout_s=2)
    except TimedOut:
        return "gave up"
    return "answered"


async def asks_twice(customer, ctx):
    for _ in range(2):
        try:
            await ctx.request(Ping(sender=customer.name), timeout_s=2)
        except TimedOut:
            continue
        return "answered"
    return "gave up"


class Naive:
    """Takes a unit each time that it is asked to."""

    async def on_ping(self, message, ctx):
        async with ctx.transaction() as tx:
            await tx.update(shelves, "a", units=minus(1))


class Once:
    """Takes a unit for each sender, however often it is asked."""

    async def on_ping(self, message, ctx):
        try:
            async with ctx.transaction() as tx:
                await tx.insert(shelves, shelf=f"inbox-{message.sender}", units=1)
                await tx.update(shelves, "a", units=minus(1))
        except DatabaseError as error:
            if error.sqlstate != "23505":
                raise


class Refuses:
    async def on_ping(self, message, ctx):
        async with ctx.transaction() as tx:
            await tx.update(shelves, "a", units=minus(1))
        raise Refused(409)


class Slow:
    async def on_ping(self, message, ctx):
        await ctx.sleep(1000.0)


class Quick:
    async def on_ping(self, message, ctx):
        return message


def model(journey, handler, *, customers=1, always=(), network=None, carts=None):
    return shop(
        journey,
        customers=customers,
        carts=carts,
        rows=stocked(a=9),
        routes={"ping": (Route("shelves", handler, "on_ping", Ping),)},
        always=always,
        network=network,
    )


def outcomes(ends):
    return {outcome for _, outcomes in ends for outcome in outcomes}


taken_once = never("taken-once", lambda view: units_on(view, "a") < 8)


def test_a_requester_may_give_up_before_the_reply_and_not_after():
    _, ends = reached(model(asks_once, Naive), interchangeable=False)

    assert outcomes(ends) == {"gave up", "answered"}
    assert {units for rows, _ in ends for units in [dict(rows)["shelves", "a"].units]} == {8}


def test_who_asks_again_after_a_time_out_is_served_twice_by_a_naive_handler():
    scenario = model(asks_twice, Naive, always=[taken_once])

    found = explore(scenario)

    assert found.verdict == "violated"
    assert [d.deed.choice for d in found.violations[0].deeds if d.deed.choice] == [GIVES_UP]
    assert explore(model(asks_twice, Once, always=[taken_once])).verdict == "proved"


def test_a_time_out_says_in_a_replay_what_did_not_come():
    scenario = model(asks_twice, Naive, always=[taken_once])
    (violation,) = explore(scenario).violations
    replayed = replay_deeds(scenario, violation.deeds)

    again = replay_tape(scenario, tape_steps(violation.deeds, replayed.moments))

    said = [moment.event.label for moment in again.moments]
    assert "request ping fails: no reply to ping within 2 s" in said
    assert again.breaks("taken-once")


@pytest.mark.parametrize("handler", [Naive, Once, Refuses, Quick])
@pytest.mark.parametrize("journey", [asks_once, asks_twice])
def test_time_outs_lead_to_the_ends_that_every_schedule_leads_to(journey, handler):
    scenario = model(journey, handler)

    _, ends = reached(scenario, interchangeable=False)

    assert ends == every_schedule(scenario).ends


@pytest.mark.parametrize(
    ("left", "guarantee"),
    [
        ({"losses": 1}, Guarantee.AT_MOST_ONCE),
        ({"crashes": 1}, Guarantee.AT_MOST_ONCE),
        ({"duplicates": 1}, Guarantee.AT_LEAST_ONCE),
        ({"crashes": 1}, Guarantee.AT_LEAST_ONCE),
        ({"crashes": 1}, Guarantee.EXACTLY_ONCE),
    ],
)
def test_so_do_requests_that_are_lost_repeated_or_whose_handler_crashes(left, guarantee):
    scenario = model(asks_once, Naive, network=Network(Left(**left), default=guarantee))

    _, ends = reached(scenario, interchangeable=False)

    assert ends == every_schedule(scenario).ends


def test_two_customers_who_give_up_are_interchangeable():
    scenario = model(asks_once, Naive, customers=2)

    found = explore(scenario)

    assert (found.verdict, found.interchangeable) == ("proved", True)
    _, ends = reached(scenario, interchangeable=False)
    assert outcomes(ends) == {"gave up", "answered"}


def test_a_request_that_is_lost_leaves_nobody_stuck():
    losing = Network(Left(losses=1), default=Guarantee.AT_MOST_ONCE)

    found = explore(model(asks_once, Once, network=losing))

    assert found.verdict == "proved"
    _, ends = reached(model(asks_once, Once, network=losing), interchangeable=False)
    assert ("gave up",) in {outcomes for rows, outcomes in ends if len(rows) == 1}


def test_without_a_time_out_a_request_is_neither_lost_nor_repeated():
    async def waits(customer, ctx):
        await ctx.request(Ping(sender=customer.name))
        return "answered"

    faults = Network(Left(losses=1, crashes=1), default=Guarantee.AT_MOST_ONCE)
    _, ends = reached(model(waits, Naive, network=faults), interchangeable=False)

    assert outcomes(ends) == {"answered"}
    assert LOST not in outcomes(ends)


def test_a_late_reply_does_not_answer_the_next_request():
    async def asks_two_things(customer, ctx):
        said = []
        for name in ("first", "second"):
            try:
                reply = await ctx.request(Ping(sender=name), timeout_s=1)
            except TimedOut:
                said.append("nothing")
            else:
                said.append(reply["sender"])
        return " ".join(said)

    class Echo:
        async def on_ping(self, message, ctx):
            async with ctx.transaction() as tx:
                await tx.update(shelves, "a", units=plus(1))
            return message

    _, ends = reached(model(asks_two_things, Echo), interchangeable=False)

    assert outcomes(ends) == {
        "first second", "first nothing", "nothing second", "nothing nothing"
    }  # fmt: skip


def test_a_handler_that_gives_up_while_nobody_waits_has_lost_its_message():
    class Forwards:
        async def on_ping(self, message, ctx):
            await ctx.request(Pong(sender=message.sender), timeout_s=1)

    class Pong(Ping):
        MESSAGE = "pong"

    async def publishes(customer, ctx):
        await ctx.publish(Ping(sender=customer.name))

    routes = {
        "ping": (Route("forwarder", Forwards, "on_ping", Ping),),
        "pong": (Route("shelves", Naive, "on_ping", Pong),),
    }
    found = explore(shop(publishes, customers=1, rows=stocked(a=9), routes=routes))

    (violation,) = found.violations
    assert violation.property == "no-message-lost"
    assert violation.sentence == "forwarder.ping failed with no reply to pong within 1 s."


@pytest.mark.parametrize("timeout_s", [-1, "soon", float("nan"), float("inf")])
def test_a_time_out_that_is_no_time_is_told(timeout_s):
    async def asks(customer, ctx):
        await ctx.request(Ping(sender=customer.name), timeout_s=timeout_s)

    with pytest.raises(Problem, match="TypeError: a request with a time-out of"):
        explore(model(asks, Naive))


def timed(journey, handler, tmp_path, *, customers=5):
    carts = (("tea", 1),)
    scenario = Scenario(
        path=tmp_path / "scenario.yaml",
        shown="scenario.yaml",
        name="requests",
        catalog=tmp_path,
        customers=Customers(count=customers, cart=carts),
        stock={"tea": 1},
        latency=Latency(),
    )
    made = model(journey, handler, customers=customers)
    assert made.customers[0] == Customer("customer-1", carts)
    return simulate(made, scenario, seed=1)


def test_in_simulated_time_a_slow_handler_answers_too_late(tmp_path):
    run = timed(asks_once, Slow, tmp_path)

    assert run.tally.outcomes == {"gave up": 5}
    assert run.tally.steps["requests given up"] == 5
    assert run.seconds > 100, "the handlers go on"
    assert not run.breaches


def test_in_simulated_time_a_quick_handler_is_waited_for_and_no_longer(tmp_path):
    async def asks(customer, ctx):
        await ctx.request(Ping(sender=customer.name), timeout_s=1_000_000)
        return "answered"

    run = timed(asks, Quick, tmp_path)

    assert run.tally.outcomes == {"answered": 5}
    simulated_s = run.seconds
    assert simulated_s < 10, "nobody waits for a time-out that is not needed any more"


def test_each_journey_takes_as_long_as_its_time_out(tmp_path):
    async def asks(customer, ctx):
        before = await ctx.now()
        try:
            await ctx.request(Ping(sender=customer.name), timeout_s=2)
        except TimedOut:
            return f"{await ctx.now() - before:.1f}"

    run = timed(asks, Slow, tmp_path, customers=20)

    # The request itself is on its way for some milliseconds.
    assert run.tally.outcomes == {"2.0": 20}


def on_sqlite(journey, handler, tmp_path):
    made = replace(model(journey, handler), tables=(shelves, notes))
    return run_live(made, on=f"sqlite:///{tmp_path / 'shop.db'}")


def test_on_a_database_a_handler_that_waits_for_its_requester_goes_on_when_that_gave_up(tmp_path):
    async def asks_while_it_holds_the_row(customer, ctx):
        async with ctx.transaction() as tx:
            await tx.update(shelves, "a", units=minus(1))
            try:
                await ctx.request(Ping(sender=customer.name), timeout_s=0.05)
            except TimedOut as error:
                return str(error)

    run = on_sqlite(asks_while_it_holds_the_row, Naive, tmp_path)

    assert run.outcomes == {"customer-1": "no reply to ping within 0.05 s"}
    assert {row.units for row in run.rows.values()} == {7}, "both have taken theirs"


def test_on_a_database_a_reply_in_time_is_heard(tmp_path):
    async def asks(customer, ctx):
        return (await ctx.request(Ping(sender=customer.name), timeout_s=600))["sender"]

    assert on_sqlite(asks, Quick, tmp_path).outcomes == {"customer-1": "customer-1"}
