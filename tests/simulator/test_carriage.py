"""Messages on their way: in simulated time each delivery takes as long as its channel says."""

from dataclasses import replace

import pytest
from simulator_shops import Ping, scenario, shop
from test_faulty_scenarios import put_on_a_line, with_turns
from test_faulty_scenarios import shop as shop_folder
from test_turns import BY_SENDER, Level

from eventproof.findings import Problem
from eventproof.simulator import load_scenario, prepare, simulate
from eventproof.simulator.durations import Constant, Empirical, Lognormal
from eventproof.simulator.network import Guarantee, Left, Network
from eventproof.simulator.pace import Latency
from eventproof.simulator.programs import Route

__all__ = ["shop_folder"]

AT_ONCE = Latency(statement_s=0, message_s=0)


def run(journey, listener, *, carried=None, customers=1, latency=AT_ONCE, **more):
    routes = {"ping": (Route("listener", listener, "on_ping", Ping),)}
    model = replace(
        shop(journey, customers=customers, routes=routes, **more), carried=carried or {}
    )
    return simulate(model, scenario(customers, latency=latency), seed=1)


def hears():
    """A handler that notes when it begins, and what with."""
    heard = []

    class Listener:
        async def on_ping(self, ping, ctx):
            heard.append((ping.sender, await ctx.now()))

    return heard, Listener


def sends(heard, *, times=1):
    async def journey(customer, ctx):
        for at in range(times):
            heard.append(("sent", await ctx.now()))
            await ctx.publish(Ping(sender=f"{customer.name} {at}"))

    return journey


def test_a_message_is_handled_when_it_has_been_on_its_way_for_so_long():
    heard, listener = hears()
    run(sends(heard), listener, carried={"ping": Constant(5)})
    (_, sent_s), (_, came_s) = heard
    assert came_s == sent_s + 5


def test_without_a_time_on_the_way_it_is_handled_at_once():
    heard, listener = hears()
    run(sends(heard), listener, carried={"other": Constant(5)})
    (_, sent_s), (_, came_s) = heard
    assert came_s == sent_s


def test_each_message_has_a_time_of_its_own_so_that_one_overtakes_another():
    heard, listener = hears()
    run(sends(heard, times=30), listener, carried={"ping": Empirical((1, 2, 3))})
    came = [sender for sender, _ in heard if sender != "sent"]
    assert sorted(came) == sorted(f"customer-1 {at}" for at in range(30))
    assert came != [f"customer-1 {at}" for at in range(30)]


def test_with_a_key_the_early_one_waits_for_the_one_before_it():
    heard = []

    class Listener:
        async def on_ping(self, level, _ctx):
            heard.append(level.units)

    async def journey(customer, ctx):
        for units in range(30):
            await ctx.publish(Level(sender=customer.name, units=units))

    run(journey, Listener, carried={"ping": Empirical((1, 2, 3))}, turns=BY_SENDER)
    assert heard == list(range(30))


def test_a_request_is_on_its_way_and_its_reply_comes_at_once():
    heard, listener = hears()

    async def journey(customer, ctx):
        heard.append(("asked", await ctx.now()))
        await ctx.request(Ping(sender=customer.name))
        heard.append(("answered", await ctx.now()))

    run(journey, listener, carried={"ping": Constant(5)})
    asked, came, answered = (at for _, at in heard)
    assert (came, answered) == (asked + 5, asked + 5)


def faulty(left, guarantee=Guarantee.AT_LEAST_ONCE):
    return Network(left=left, default=guarantee, rate=1.0)


REDELIVERED = Latency(statement_s=0, message_s=0, redelivery_s=Constant(60))


def test_the_second_copy_comes_as_much_later_as_the_scenario_says():
    heard, listener = hears()
    run(
        sends(heard), listener, carried={"ping": Constant(5)},
        latency=REDELIVERED, network=faulty(Left(duplicates=1)),
    )  # fmt: skip
    (_, sent_s), *came = heard
    assert [at for _, at in came] == [sent_s + 5, sent_s + 65]


def test_a_message_whose_handler_crashed_comes_again_as_much_later():
    begun = []

    class Listener:
        async def on_ping(self, _ping, ctx):
            begun.append(await ctx.now())
            async with ctx.transaction():
                pass

    run(
        sends([]), Listener, carried={"ping": Constant(5)},
        latency=REDELIVERED, network=faulty(Left(crashes=1)),
    )  # fmt: skip
    first, again = begun
    assert again == first + 60


def test_a_message_out_of_order_comes_as_much_later():
    heard, listener = hears()
    run(
        sends(heard), listener, latency=REDELIVERED, turns=BY_SENDER,
        network=faulty(Left(reorders=1), Guarantee.EXACTLY_ONCE),
    )  # fmt: skip
    (_, sent_s), (_, came_s) = heard
    assert came_s == sent_s + 60


def test_a_message_goes_by_the_channel_of_its_page(shop_folder):
    put_on_a_line(shop_folder, "inventory-reserved")
    said = "latency: {channels: {line: {lognormal: {median_s: 1, sigma: 2}}}}"
    model = prepare(load_scenario(with_turns(shop_folder, said))).model
    assert model.carried == {"inventory-reserved": Lognormal(1, 2)}


@pytest.mark.parametrize(
    ("said", "sentence", "hint"),
    [
        (
            "latency: {channels: {lime: 1}}",
            "turns.yaml:7: the catalog has no channel with messages lime.",
            "did you mean `line`?",
        ),
        (
            "latency:\n  channels: {line: {lognormal: {mean_s: 1, p99_s: 20}}}",
            "turns.yaml:8: `latency.channels.line`: no lognormal has a 99th percentile above "
            "14.97 means, here 15 s; `median_s` can be any part of it.",
            None,
        ),
        (
            "latency: {external_s: {lognorm: {mean_s: 1}}}",
            "turns.yaml:7: unknown key `lognorm`.",
            "did you mean `lognormal`?",
        ),
        (
            "external: {carrier: {outcomes: [here], takes_s: {uniform: {from_s: 2, to_s: 1}}}}",
            "turns.yaml:7: `external.carrier.takes_s`: from 2 s to 1 s there is nothing.",
            None,
        ),
        (
            "latency: {statement_s: {constant_s: 1, values_s: [1]}}",
            "turns.yaml:7: `latency.statement_s`: {'constant_s': 1, 'values_s': [1]} has too many",
            None,
        ),
        ("latency: {statement_s: -1}", "turns.yaml:7: `latency.statement_s`: -1 is less", None),
    ],
)
def test_what_cannot_be_is_told_with_its_line(shop_folder, said, sentence, hint):
    put_on_a_line(shop_folder, "inventory-reserved")
    with pytest.raises(Problem) as problem:
        prepare(load_scenario(with_turns(shop_folder, said)))
    assert sentence in problem.value.sentence
    assert hint is None or problem.value.hint == hint
