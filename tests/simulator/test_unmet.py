"""Runs that never meet a condition, made smaller: each is one that the definition knows too."""

from dataclasses import replace
from functools import cache, partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulator_fair_runs import Runs
from simulator_shops import shelves, shop, stocked

from eventproof.simulator import DatabaseError, Eventually, explore, replay_tape
from eventproof.simulator.minimise import Run, minimised
from eventproof.simulator.replay import replay_deeds, tape_steps
from eventproof.simulator.retaking import Turn
from eventproof.simulator.unmet import can_be_met, never_met

all_end = Eventually(
    "all end",
    lambda view: len(view.outcomes) == 2,
    counted=lambda many: lambda view: len(view.outcomes) == many,
)
a_is_one = Eventually("a is one", lambda view: any(row.units for row in view.table("shelves")))


async def waits(ctx):
    while True:
        async with ctx.transaction() as tx:
            row = await tx.get(shelves, "a")
        if row.units:
            return "seen"


async def puts(ctx):
    async with ctx.transaction() as tx:
        await tx.update(shelves, "a", units=1)
    return "put"


async def pays(ctx):
    if await ctx.call("payment", "authorise") == "no":
        return await waits(ctx)
    return await puts(ctx)


async def puts_both(ctx, *, order="ab"):
    """One row and then the other: two who take them in different orders wait for each other."""
    try:
        async with ctx.transaction() as tx:
            for row in order:
                await tx.update(shelves, row, units=1)
    except DatabaseError:
        return "turned away"
    return "put"


class Tries:
    """Of an object like this nobody knows what it holds."""

    def __init__(self):
        self.left = 3


async def tries_three_times(ctx):
    tries = Tries()
    while tries.left:
        tries.left -= 1
        async with ctx.transaction() as tx:
            await tx.get(shelves, "a")
    return "tried"


SHELVES = {"rows": stocked(a=0, b=0), "outcomes": {"payment": ("yes", "no")}}
STOCK = {"tea": 9}
ROUND = (1, 2) * 3
"""Begin, read and commit."""


def people(*journeys, eventually=(all_end, a_is_one)):
    by_cart = {(("tea", n),): one for n, one in enumerate(journeys, start=1)}

    async def journey(customer, ctx):
        return await by_cart[customer.cart](ctx)

    model = shop(
        journey, carts=[*by_cart], rows=stocked(a=0, b=0), outcomes={"payment": ("yes", "no")}
    )
    return replace(model, eventually=eventually)


def alike(journey, *, customers, eventually=(all_end, a_is_one)):
    async def same(_customer, ctx):
        return await journey(ctx)

    model = shop(
        same, customers=customers, rows=stocked(a=0, b=0), outcomes={"payment": ("yes", "no")}
    )
    return replace(model, eventually=tuple(prop.among(customers) for prop in eventually))


def found_by_exploring(model, name):
    """The run of a violation, as a tape has it."""
    (violation,) = (v for v in explore(model).violations if v.property == name)
    moments = replay_deeds(model, violation.deeds, loop=violation.loop).moments
    return Run(tape_steps(violation.deeds, moments), STOCK, loop=violation.loop)


def smaller(model, run, name):
    return minimised(model, run, name, rows_of=lambda _stock: model.rows)


def turns(*names, again=()):
    return [Turn(f"customer-{n}", 0) for n in names] + [
        Turn(f"customer-{n}", 0, again=True) for n in again
    ]


def test_of_three_who_pay_the_one_who_waits_for_ever_is_left():
    model = alike(pays, customers=3, eventually=(all_end,))
    stem = [("customer-1", "no"), ("customer-2", "no"), ("customer-3", "no")]
    polls = turns(*(1, 2, 3) * 3, again=(1, 2, 3) * 3)
    found = never_met(model, [*(Turn(who, 0, choice) for who, choice in stem), *polls], "all end")
    small = smaller(model, Run(found.steps, STOCK, loop=found.loop), "all end")
    assert (len(small.actors), len(small.steps), small.loop) == (1, 6, 3)


def test_what_exploring_found_becomes_smaller_and_is_still_a_run_that_the_definition_knows():
    model = alike(pays, customers=2, eventually=(all_end,))
    run = found_by_exploring(model, "all end")
    small = smaller(model, run, "all end")
    assert small.size < run.size
    fewer = model.among(tuple(c for c in model.customers if c.name in small.actors))
    assert replay_tape(fewer, small.steps, loop=small.loop).breaks("all end")
    assert not Runs(fewer).always_meet(fewer.eventually[0].met)


def test_a_run_that_ends_stays_whole():
    async def may_put(ctx):
        return await puts(ctx) if await ctx.call("payment", "authorise") == "yes" else "declined"

    model = people(may_put, tries_three_times, eventually=(a_is_one,))
    run = found_by_exploring(model, "a is one")
    small = smaller(model, run, "a is one")
    assert small.loop == 0
    assert set(small.actors) == {"customer-1", "customer-2"}
    assert replay_tape(model, small.steps).owed == ("a is one",)


def test_nobody_is_left_out_where_it_could_then_not_be_met_at_all():
    both_put = Eventually("both put", lambda view: view.outcomes.count("put") == 2)
    model = alike(pays, customers=2, eventually=(both_put,))
    run = found_by_exploring(model, "both put")
    assert len(smaller(model, run, "both put").actors) == 2
    assert can_be_met(model, "both put")
    assert not can_be_met(model.among(model.customers[:1]), "both put")


def test_who_could_move_may_not_be_passed_over():
    model = people(waits, puts)
    round_trip = turns(1, 1, 1, again=(1, 1, 1))
    assert never_met(model, round_trip, "a is one") is None
    assert never_met(people(waits, waits), round_trip, "a is one") is None
    assert never_met(people(waits, waits), turns(*ROUND, again=ROUND), "a is one").loop == 6


def test_two_moments_that_cannot_be_compared_are_not_alike():
    model = people(tries_three_times, waits)
    assert never_met(model, turns(*ROUND, again=ROUND), "a is one") is None


def test_a_circle_of_waiters_is_no_end_and_what_becomes_one_neither():
    model = people(*MODELS["put crosswise"])
    assert never_met(model, turns(1, 1, 2, 2), "a is one") is None
    assert never_met(model, turns(1, 1, 2, 2, 1, 2), "a is one") is None


def test_what_goes_round_comes_last():
    mixed = [*turns(*ROUND, again=ROUND), *turns(1)]
    assert never_met(people(waits, waits), mixed, "a is one") is None


MODELS = {
    "put": (waits, puts),
    "never put": (waits, waits),
    "paid for": (pays, waits),
    "put twice": (puts, puts),
    "put crosswise": (puts_both, partial(puts_both, order="ba")),
}


@cache
def known(which, number):
    """Whether every fair run meets the property, by the definition."""
    model = people(*MODELS[which])
    return Runs(model).always_meet(model.eventually[number].met)


def some_turns(**more):
    one = st.builds(Turn, st.sampled_from(["customer-1", "customer-2"]), st.just(0), **more)
    return st.lists(one, max_size=10)


@pytest.mark.parametrize("which", MODELS)
@settings(max_examples=40, deadline=None)
@given(
    length=st.integers(0, 6),
    stem=some_turns(choice=st.sampled_from([None, "no"])),
    again=some_turns(again=st.just(True))
    | st.integers(1, 3).map(lambda n: turns(again=(1, 2) * 3 * n)),
    number=st.integers(0, 1),
)
def test_no_turns_show_what_the_definition_does_not_know(which, length, stem, again, number):
    model = people(*MODELS[which])
    found = never_met(
        model, [*turns(*ROUND[:length]), *stem, *again], model.eventually[number].name
    )
    assert found is None or not known(which, number)
