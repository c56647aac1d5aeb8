"""Everything at once: impatience, further attempts, few connections, messages on their way."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from simulator_shops import Ping, scenario, shelves, shop, stocked, units_on

from eventproof.simulator import Refused, plus, record
from eventproof.simulator.attempts import Retry
from eventproof.simulator.durations import Exponential
from eventproof.simulator.lookout import Lookout
from eventproof.simulator.network import Left, Network
from eventproof.simulator.pace import Latency
from eventproof.simulator.programs import Route
from eventproof.simulator.recording import Shop
from eventproof.simulator.replay import replay_tape

CUSTOMERS = 12


class Adds:
    """The service: one unit more for each message."""

    async def on_ping(self, _ping, ctx):
        async with ctx.transaction() as tx:
            await tx.update(shelves, "a", units=plus(1))


async def journey(customer, ctx):
    """Take a unit or be refused; then tell the service, and ask it."""
    await ctx.sleep(1)
    async with ctx.transaction() as tx:
        row = await tx.get_for_update(shelves, "b")
        if row.units == 0:
            raise Refused(400)
        await tx.update(shelves, "b", units=plus(-1))
    await ctx.publish(Ping(sender=customer.name))
    await ctx.request(Ping(sender=customer.name), timeout_s=2)


def crowded(*, connections, patience_s):
    """A model and its scenario."""
    routes = {"ping": (Route("adds", Adds, "on_ping", Ping),)}
    network = Network(left=Left(duplicates=1, crashes=1), rate=0.3)
    model = shop(
        journey, customers=CUSTOMERS, rows=stocked(a=0, b=6), routes=routes, network=network
    )
    latency = Latency(
        statement_s=0.1, message_s=0.1, connections=connections, redelivery_s=Exponential(1)
    )
    how = scenario(CUSTOMERS, arrivals_per_s=5.0, latency=latency)
    retry = Retry(2, 1.0, on=("refused", "timed out", "conflict", "abandoned"))
    who = replace(how.customers, retry=retry, patience_s=patience_s)
    carried = {"ping": Exponential(0.5)}
    return replace(model, carried=carried), replace(how, customers=who)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    connections=st.sampled_from([None, 1, 2]),
    patience_s=st.sampled_from([None, 1.0, 5.0]),
)
def test_whoever_came_has_left_and_has_taken_nothing_along(seed, connections, patience_s):
    model, how = crowded(connections=connections, patience_s=patience_s)
    running = Shop(model, how, seed, Lookout(()))
    running.clock.run()

    assert running.faults() == []
    assert running.crowd.guests == {}
    left_behind = [running._scheduled, running._leaving, running._carriage._cursors]
    left_behind += [running.world.holders, running.world.anybody_waits]
    if running.pool is not None:
        left_behind += [running.pool.waiting, running.pool._held]
    assert not any(left_behind)
    attempts = running.crowd.attempts
    assert attempts.first == CUSTOMERS
    assert sum(running.tally.outcomes.values()) == attempts.first + attempts.again
    assert len(running.till._visits) == CUSTOMERS


def units_left(view):
    """What the rows come to."""
    return units_on(view, "a"), units_on(view, "b")


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_what_is_recorded_of_a_crowd_plays_again_to_the_same_rows(seed):
    model, how = crowded(connections=1, patience_s=3.0)
    running = Shop(model, how, seed, Lookout(()))
    running.clock.run()
    steps = record(model, how, seed=seed, name="nothing")
    everybody = range(1, CUSTOMERS + running.crowd.attempts.again + 1)
    names = [replace(model.customers[0], name=f"customer-{number}") for number in everybody]
    replayed = replay_tape(replace(model, customers=tuple(names)), steps)
    assert units_left(replayed.moments[-1].view) == units_left(running.world.view())
