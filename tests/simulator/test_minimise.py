"""Runs made smaller: they break the same property, and nobody who is left can be left out."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from simulator_shops import never, shelves, shop, stocked, units_on

from eventproof.simulator import at_least, minus, plus, replay_tape
from eventproof.simulator.minimise import Run, minimised
from eventproof.simulator.retaking import Turn, retake, turns_of

OVERSOLD = never("never-oversold", lambda v: units_on(v, "sold") > units_on(v, "received"))


def rows_of(stock):
    units = stock["tea"]
    return stocked(a=units, received=units, sold=0)


async def naive(_customer, ctx):
    """Reads, decides, writes what it read less one; pays; counts what was paid."""
    async with ctx.transaction() as tx:
        row = await tx.get(shelves, "a")
        if row.units < 1:
            return "refused"
        await tx.update(shelves, "a", units=row.units - 1)
    if await ctx.call("payment", "authorise") == "decline":
        async with ctx.transaction() as tx:
            await tx.update(shelves, "a", units=plus(1))
        return "declined"
    async with ctx.transaction() as tx:
        await tx.update(shelves, "sold", units=plus(1))
    return "paid"


async def guarded(_customer, ctx):
    async with ctx.transaction() as tx:
        if await tx.update(shelves, "a", units=minus(1), guard=at_least(units=1)):
            await tx.update(shelves, "sold", units=plus(1))


def market(journey=naive, *, customers=6, units=3, **more):
    return shop(
        journey,
        customers=customers,
        rows=rows_of({"tea": units}),
        always=[OVERSOLD],
        outcomes={"payment": ("approve", "decline")},
        **more,
    )


def everybody(customers=6, times=9):
    """Nearly together: each in turn takes a step, again and again."""
    return [Turn(f"customer-{n + 1}", 0) for _ in range(times) for n in range(customers)]


def taken(model, turns, *, stock):
    return Run(retake(model, turns).steps, stock)


def only(model, run, *, but=()):
    """The model with the run's customers alone, on the run's stock."""
    who = [c for c in model.customers if c.name in run.actors and c.name not in but]
    return replace(model, customers=tuple(who), rows=rows_of(run.stock))


orders = st.permutations(everybody())


@settings(max_examples=12, deadline=None, derandomize=True)
@given(turns=orders, units=st.integers(1, 3), declines=st.sets(st.integers(0, 53), max_size=5))
def test_a_smaller_run_breaks_the_same_property_and_needs_everybody(turns, units, declines):
    model, stock = market(units=units), {"tea": units}
    turns = [t._replace(choice="decline") if n in declines else t for n, t in enumerate(turns)]
    found = retake(model, turns)
    assume(found.breaks(OVERSOLD.name))
    run = Run(found.steps, stock)

    small = minimised(model, run, OVERSOLD.name, rows_of=rows_of)

    assert replay_tape(only(model, small), small.steps).breaks(OVERSOLD.name)
    assert len(small.steps) <= len(run.steps)
    assert small == minimised(model, run, OVERSOLD.name, rows_of=rows_of)
    for actor in small.actors:
        rest = [turn for turn in small.turns if turn.actor != actor]
        without = retake(only(model, small, but=[actor]), rest)
        assert without is None or not without.breaks(OVERSOLD.name)


def test_six_customers_who_come_for_three_units_become_two_for_one():
    model = market()
    run = taken(model, everybody(), stock={"tea": 3})

    small = minimised(model, run, OVERSOLD.name, rows_of=rows_of)

    assert small.stock == {"tea": 1}
    assert len(small.actors) == 2
    first, second = small.actors
    # One reads; the other does all it came for; the one goes on with what it read.
    who = [step.actor for step in small.steps]
    assert who == [first] * 2 + [second] * 8 + [first] * 6


def test_a_run_that_breaks_nothing_stays_as_it_is():
    run = taken(market(guarded), everybody(), stock={"tea": 3})
    assert minimised(market(guarded), run, OVERSOLD.name, rows_of=rows_of) is run


def test_without_effort_nothing_is_tried():
    run = taken(market(), everybody(), stock={"tea": 3})
    assert minimised(market(), run, OVERSOLD.name, rows_of=rows_of, effort=0) is run


def test_what_effort_is_left_bounds_the_steps_that_are_taken(monkeypatch):
    spent = []

    def counted(model, turns):
        spent.append(len(turns))
        return retake(model, turns)

    monkeypatch.setattr("eventproof.simulator.minimise.retake", counted)
    run = taken(market(), everybody(), stock={"tea": 3})
    spent.clear()
    minimised(market(), run, OVERSOLD.name, rows_of=rows_of, effort=200)
    assert sum(spent) <= 200


def test_faults_that_are_not_needed_are_left_out():
    """A payment is declined on the way, and does not have to be."""
    model = market(customers=3, units=1)
    pays = [Turn("customer-3", 0, "decline")] * 8
    run = taken(model, [*everybody(3, 2), *pays, *everybody(3, 9)], stock={"tea": 1})
    assert "decline" in {step.choice for step in run.steps}

    small = minimised(model, run, OVERSOLD.name, rows_of=rows_of)

    assert {step.choice for step in small.steps} == {None, "approve"}


def test_a_fault_that_is_needed_stays():
    async def careless(_customer, ctx):
        if await ctx.call("payment", "authorise") == "decline":
            async with ctx.transaction() as tx:
                await tx.update(shelves, "sold", units=plus(9))

    model = market(careless)
    declined = [Turn("customer-1", 0), Turn("customer-2", 0, "decline"), *everybody()]
    small = minimised(
        model, taken(model, declined, stock={"tea": 3}), OVERSOLD.name, rows_of=rows_of
    )
    assert [step.choice for step in small.steps] == ["decline", None, None, None]


async def crossing(customer, ctx):
    first, second = ("a", "sold") if customer.name == "customer-1" else ("sold", "a")
    async with ctx.transaction() as tx:
        await tx.update(shelves, first, units=plus(1))
        await tx.update(shelves, second, units=plus(1))


def test_who_waits_goes_on_when_it_is_let_go_and_the_tape_replays():
    model = market(guarded, customers=3)
    steps = retake(model, everybody(3, 5)).steps
    assert "wait" in {step.kind for step in steps}
    assert len(replay_tape(model, steps).moments) == len(steps)
    assert retake(model, turns_of(steps)).steps == steps


def test_a_circle_of_waiters_is_no_end():
    model = market(crossing, customers=2)
    half = everybody(2, 3)
    assert retake(model, half) is None
    broken = [*half, Turn("customer-2", 0, aborts=True)]
    kinds = [step.kind for step in retake(model, broken).steps]
    assert kinds[-3:] == ["wait", "abort", "step"]


@pytest.mark.parametrize("turn", [Turn("customer-9", 0), Turn("customer-1", 7)])
def test_a_turn_of_nobody_is_passed_over(turn):
    model = market()
    assert retake(model, [turn]).steps == ()
