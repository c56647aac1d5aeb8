"""Random numbers by purpose: what a customer draws for one thing depends on nothing else."""

from statistics import fmean, variance

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulator_shops import Ping, scenario, shelves, shop, stocked

from eventproof.cli.figures import figures_of
from eventproof.simulator import DatabaseError, simulate
from eventproof.simulator.context import plus
from eventproof.simulator.draws import Draws, chosen, shares
from eventproof.simulator.inventory import initial_rows, order_flow
from eventproof.simulator.pace import Latency
from eventproof.simulator.programs import Route

BOTH = (("approve", 0.6), ("decline", 0.4))


@settings(max_examples=20, deadline=None)
@given(name=st.text(max_size=8), order=st.lists(st.sampled_from("abc"), max_size=40))
def test_a_stream_is_the_same_whatever_is_drawn_from_others(name, order):
    draws = Draws(name)
    found = {purpose: [] for purpose in "abc"}
    for purpose in order:
        found[purpose].append(draws.share(purpose))
    for purpose, drawn in found.items():
        alone = shares(f"{name}:{purpose}")
        assert drawn == [next(alone) for _ in drawn]


def test_shares_lie_evenly_between_nothing_and_all():
    stream = shares("1:customer-1:think")
    drawn = [next(stream) for _ in range(4000)]
    assert 0 < min(drawn) < 0.002
    assert 0.998 < max(drawn) < 1
    assert fmean(drawn) == pytest.approx(0.5, abs=0.02)
    assert len(set(drawn)) == 4000


def test_the_numbers_are_the_same_on_every_machine():
    stream = shares("1:customer-1:think")
    assert [round(next(stream), 9) for _ in range(3)] == FIRST


FIRST = [0.810547182, 0.735380778, 0.656723002]


@settings(max_examples=50)
@given(share=st.floats(1e-9, 1 - 1e-9), weights=st.lists(st.floats(0.1, 9), min_size=1))
def test_an_answer_is_chosen_by_the_part_that_its_weight_is_of_all(share, weights):
    names = [(str(at), weight) for at, weight in enumerate(weights)]
    at = int(chosen(share, names))
    below, whole = sum(weights[:at]), sum(weights)
    assert below / whole <= share + 1e-9
    assert share <= (below + weights[at]) / whole + 1e-9


def lives(statements, *, tries=0, seed=1, customers=6):
    """What each customer thought, waited and was answered, on the way through so many statements.

    With `tries` the customer also waits as often for a transaction that fails, as a policy does
    that tries again.
    """
    found = {}

    async def journey(customer, ctx):
        told = found[customer.name] = []

        async def timed(step):
            began = await ctx.now()
            answer = await step
            told.append((answer, round(await ctx.now() - began, 9)))

        for _ in range(3):
            await timed(ctx.sleep(5))
            async with ctx.transaction() as tx:
                for _ in range(statements):
                    await tx.update(shelves, "a", units=plus(1))
            await _try_in_vain(ctx, tries)
            await timed(ctx.call("payment", "authorise"))
        await ctx.call("payment", "capture")

    model = shop(
        journey, customers=customers, rows=stocked(a=0), outcomes={"payment": tuple(dict(BOTH))}
    )
    run = simulate(model, scenario(customers, payment=BOTH), seed=seed)
    assert run.breaches == ()
    return found


async def _try_in_vain(ctx, tries):
    async def fails():
        raise DatabaseError("40001")

    if tries:
        with pytest.raises(DatabaseError):
            await ctx.retrying(fails, times=tries)


@pytest.mark.parametrize("more", [{"statements": 7}, {"statements": 1, "tries": 3}])
def test_a_policy_with_more_steps_leaves_think_times_and_payments_as_they_are(more):
    lean = lives(1)
    assert lives(**more) == lean
    assert {answer for told in lean.values() for answer, _ in told[1::2]} == set(dict(BOTH))


def test_another_seed_has_other_lives():
    assert lives(1, seed=2) != lives(1, seed=1)


def test_a_handlers_pauses_do_not_shift_the_customers_thinking():
    """The handler is at work while the customer thinks; how often it pauses is its own affair."""

    def thinking(pauses):
        found = []

        class Listener:
            async def on_ping(self, _ping, ctx):
                for _ in range(pauses):
                    await ctx.sleep(0.5)

        async def journey(customer, ctx):
            await ctx.publish(Ping(sender=customer.name))
            for _ in range(4):
                began = await ctx.now()
                await ctx.sleep(1)
                found.append(round(await ctx.now() - began, 9))

        routes = {"ping": (Route("listener", Listener, "on_ping", Ping),)}
        simulate(shop(journey, customers=1, routes=routes), scenario(1), seed=3)
        return found

    assert thinking(0) == thinking(5)


def test_paired_by_seed_two_policies_differ_less_than_two_runs_of_chance():
    """The guarded way against a lock first: one more statement, and else the same customers."""

    def figures(allocate, seed):
        model = shop(
            order_flow(allocate=allocate, think_time_s=1.0),
            customers=60,
            rows=initial_rows({"tea": 40}),
            outcomes={"payment": tuple(dict(BOTH))},
        )
        how = scenario(60, arrivals_per_s=20.0, latency=Latency(external_s=0.3), payment=BOTH)
        return figures_of(simulate(model, how, seed=seed))

    seeds = range(1, 9)
    guarded, locked = ([figures(way, seed) for seed in seeds] for way in ("guarded", "locked"))
    for name in ("journey_p50_s", "paid_units", "refused_journeys"):
        one, other = ([each[name] for each in way] for way in (guarded, locked))
        paired = variance([a - b for a, b in zip(one, other, strict=True)])
        assert paired < (variance(one) + variance(other)) / 4
