"""Races met in timed runs: seen on the way, recorded up to the break, replayed step by step."""

from dataclasses import replace
from pathlib import Path

import pytest
from simulator_shops import never, shelves, shop, stocked, units_on
from test_minimise import OVERSOLD, guarded, market, naive

from eventproof.findings import Problem
from eventproof.simulator import (
    load_scenario,
    minus,
    plus,
    prepare,
    record,
    replay_tape,
    simulate,
    tell_steps,
)
from eventproof.simulator.alarms import Alarm, adding
from eventproof.simulator.lookout import Lookout
from eventproof.simulator.scenario import Customers, Latency, Outcomes, Scenario
from eventproof.simulator.timed import Shop

FLASH_SALE = Path(__file__).parents[2] / "examples" / "acme" / "scenarios" / "flash-sale.yaml"


def hour(customers, *, arrivals_per_s=50.0):
    """A scenario for models of the tests' own; only its times and answers count."""
    return Scenario(
        path=Path("shop.yaml"),
        shown="shop.yaml",
        name="a shop",
        catalog=Path("catalog"),
        customers=Customers(customers, (("tea", 1),), arrivals_per_s=arrivals_per_s),
        stock={"tea": 1},
        external={"payment": Outcomes((("approve", 0.8), ("decline", 0.2)))},
        latency=Latency(statement_s=0.01, external_s=0.05),
    )


def taped(model, *, seed=1, name=OVERSOLD.name):
    return record(model, hour(len(model.customers)), seed=seed, name=name)


def breaking_numbers(model, steps, name=OVERSOLD.name):
    """The numbers of the steps after which the property is broken."""
    moments = replay_tape(model, steps).moments
    return [n for n, m in enumerate(moments, 1) if name in {b.property for b in m.breaches}]


@pytest.mark.parametrize(("customers", "units"), [(8, 2), (90, 40)])
def test_the_recording_ends_with_the_step_that_breaks_the_property(customers, units):
    model = market(naive, customers=customers, units=units)
    steps = taped(model)
    assert breaking_numbers(model, steps) == [len(steps)]


def test_what_is_recorded_is_the_run_that_was_simulated():
    model = market(guarded, customers=30, units=9)
    steps = taped(model)  # nothing breaks: the whole run
    run = simulate(model, hour(30), seed=1)
    moments = replay_tape(model, steps).moments
    asked = [m.event for m in moments if m.event.is_statement]
    assert sum(not event.waits for event in asked) == run.tally.steps["statements"]
    assert sum(event.waits for event in asked) == run.tally.steps["lock waits"] > 0
    assert units_on(moments[-1].view, "sold") == 9


async def lends(_customer, ctx):
    """Takes a unit that is not there, and brings it back at once."""
    for change in (minus(1), plus(1)):
        async with ctx.transaction() as tx:
            await tx.update(shelves, "a", units=change)


BELOW = never("never-below-zero", lambda view: units_on(view, "a") < 0)


def test_what_is_mended_before_the_end_was_broken_on_the_way():
    model = shop(lends, customers=1, rows=stocked(a=0), always=[BELOW])
    run = simulate(model, hour(1), seed=1)
    assert [breach.property for breach in run.breaches] == [BELOW.name]
    steps = taped(model, name=BELOW.name)
    assert breaking_numbers(model, steps, BELOW.name) == [len(steps)]
    assert [step.step for step in steps] == ["begin", "units - 1", "commit"]


UNITS = Alarm(
    {"shelves": adding(lambda row: [(row.shelf, "units", row.units)])},
    lambda sums: sums.get("units", 0) < 0,
)


@pytest.mark.parametrize(("alarm", "is_seen"), [(UNITS, True), (None, False)])
def test_among_many_rows_what_has_an_alarm_is_seen_at_the_very_commit(alarm, is_seen):
    rows = stocked(a=0, **{f"other-{n}": 1 for n in range(400)})
    below = replace(BELOW, alarm=alarm)
    model = shop(looks_first, customers=12, rows=rows, always=[below])
    lookout = Lookout(model.always)
    Shop(model, hour(12, arrivals_per_s=0.01), 1, lookout).clock.run()
    assert (below.name in lookout.seen) is is_seen
    if is_seen:
        seen = lookout.seen[below.name]
        assert seen.upto - seen.after == 1
        steps = taped(model, name=below.name)
        assert breaking_numbers(model, steps, below.name) == [len(steps)]


async def looks_first(customer, ctx):
    """Commits something harmless, and then lends."""
    async with ctx.transaction() as tx:
        await tx.get(shelves, "a")
    await lends(customer, ctx)


def test_looks_become_rarer_as_the_data_grow():
    class World:
        rows = type("Rows", (), {"current": ()})

        def view(self):
            looks.append(lookout.ended)
            return type("V", (), {"rows": (), "outcomes": ()})

    looks, world, lookout = [], World(), Lookout([never("p", lambda _view: False)])
    for _ in range(10):
        lookout.transaction_ended(world)
    assert looks == list(range(1, 11))
    looks.clear()
    world.rows.current = range(10)
    for _ in range(12):
        lookout.transaction_ended(world)
    assert looks == [11, 16, 21]


async def late(_customer, ctx):
    """Nothing is sold before a tenth of a second has gone by."""
    if await ctx.now() > 0.1:
        async with ctx.transaction() as tx:
            await tx.update(shelves, "sold", units=plus(9))


def test_what_a_clock_showed_is_on_the_tape():
    model = market(late, customers=20)
    steps = taped(model)
    assert breaking_numbers(model, steps) == [len(steps)]
    assert all(float(step.choice) >= 0 for step in steps if step.step == "now")
    early = [replace(s, choice="0.05") if s.step == "now" else s for s in steps]
    with pytest.raises(Problem, match="does not fit"):
        replay_tape(model, early)


def test_a_race_of_a_sale_is_told_on_two_customers_and_one_unit():
    """Forty customers for ten units, naively: the tape is the race and nothing else."""
    sale = load_scenario(FLASH_SALE)
    customers = replace(sale.customers, count=40, arrivals_per_s=20)
    handlers = {name: ref.replace(":Inv", ":NaiveInv") for name, ref in sale.handlers.items()}
    busy = replace(sale, customers=customers, stock={"tea": 10}, handlers=handlers)
    prepared = prepare(replace(busy, latency=Latency(statement_s=0.1)))
    steps = record(prepared.model, prepared.scenario, seed=1, name="never-oversold")
    assert len({step.actor for step in steps}) > 10

    story = tell_steps(prepared, steps, "never-oversold", alike=True, seed=1)

    assert story.tape.customers == 2
    assert story.tape.stock == {"tea": 1}
    assert len(story.lines) == 8
    assert story.sentence == (
        "Customers 1 and 2 both read available = 1 before either wrote it: "
        "2 of tea were paid for, 1 was in stock."
    )
