"""Messages that wait their turn: in the order of a key, and so many at a time."""

from dataclasses import dataclass, replace
from functools import partial

import pytest
from simulator_brute_force import every_schedule, reached
from simulator_shops import Ping, never, shelves, shop, stocked, units_on

from eventproof.simulator import equal, explore, plus
from eventproof.simulator.network import CRASH_AFTER, REORDERED, Left, Network
from eventproof.simulator.programs import Route
from eventproof.simulator.replay import replay_deeds, replay_tape, tape_steps
from eventproof.simulator.retaking import Turn, retake
from eventproof.simulator.scenario import Customers, Latency, Scenario
from eventproof.simulator.timed import simulate
from eventproof.simulator.turns import Turns


@dataclass(frozen=True, kw_only=True)
class Level(Ping):
    """The units that a shelf has by now."""

    units: int
    shelf: str = "a"

    def to_payload(self):
        return {"sender": self.sender, "units": self.units, "shelf": self.shelf}


async def tells_two_levels(customer, ctx):
    await ctx.publish(Level(sender=customer.name, units=5))
    await ctx.publish(Level(sender=customer.name, units=6))


async def tells_once(customer, ctx):
    await ctx.publish(Level(sender=customer.name, units=1))


class Sets:
    """Believes the last message that it handles."""

    async def on_ping(self, message, ctx):
        async with ctx.transaction() as tx:
            await tx.update(shelves, message.shelf, units=message.units)


class ReadsAndWrites:
    """Counts the messages, in a way that only one at a time gets right."""

    async def on_ping(self, message, ctx):
        async with ctx.transaction() as tx:
            row = await tx.get(shelves, "a")
            await ctx.sleep(0.01)
            await tx.update(shelves, "a", units=row.units + 1)


class IsSeen:
    """Shows how many messages are handled at the moment."""

    async def on_ping(self, message, ctx):
        async with ctx.transaction() as tx:
            await tx.update(shelves, "a", units=plus(1))
        async with ctx.transaction() as tx:
            await tx.update(shelves, "a", units=plus(-1))


class NotesInTwoSteps:
    async def on_ping(self, message, ctx):
        async with ctx.transaction() as tx:
            await tx.update(shelves, "a", units=message.units)
        async with ctx.transaction() as tx:
            await tx.update(shelves, "b", units=plus(message.units))


BY_SENDER = Turns(ordered={"ping": (("levels", "sender"),)})
BY_SHELF = Turns(ordered={"ping": (("levels", "shelf"),)})
ONE_AT_A_TIME = Turns(at_once={"counter": 1})
TWO_AT_A_TIME = Turns(at_once={"counter": 2})


def model(journey, handler, turns, *, customers=1, always=(), **left):
    return shop(
        journey,
        customers=customers,
        rows=stocked(a=0, b=0),
        routes={"ping": (Route("counter", handler, "on_ping", Level),)},
        always=always,
        network=Network(Left(**left), rate=0.2) if left else None,
        turns=turns,
    )


def levels(scenario):
    """What the shelf may hold when everything is done."""
    _, ends = reached(scenario, interchangeable=False)
    return {dict(rows)["shelves", "a"].units for rows, _ in ends}


def test_without_an_order_the_older_message_may_come_last():
    assert levels(model(tells_two_levels, Sets, None)) == {5, 6}


def test_the_messages_of_one_key_are_handled_in_the_order_of_their_publication():
    assert levels(model(tells_two_levels, Sets, BY_SENDER)) == {6}


def test_a_message_that_is_late_is_a_fault_where_there_is_an_order():
    assert levels(model(tells_two_levels, Sets, BY_SENDER, reorders=1)) == {5, 6}
    assert levels(model(tells_two_levels, Sets, None, reorders=1)) == {5, 6}


def test_the_tape_of_a_message_that_was_late_plays_again():
    def is_old(view):
        return units_on(view, "a") == 5 and units_on(view, "b") == 11

    scenario = model(
        tells_two_levels, NotesInTwoSteps, BY_SENDER, always=[never("fresh", is_old)], reorders=1
    )
    (violation,) = explore(scenario).violations
    moments = replay_deeds(scenario, violation.deeds).moments

    again = replay_tape(scenario, tape_steps(violation.deeds, moments))

    assert [d.deed.choice for d in violation.deeds if d.deed.choice] == [REORDERED]
    assert again.breaks("fresh")
    assert "publish ping, out of order" in [moment.event.label for moment in again.moments]


@pytest.mark.parametrize("turns", [ONE_AT_A_TIME, BY_SHELF])
def test_who_handles_one_at_a_time_loses_no_update(turns):
    assert levels(model(tells_once, ReadsAndWrites, turns, customers=3)) == {3}


def test_who_handles_two_at_a_time_is_never_seen_with_three():
    busy = [never("two-at-most", lambda view: units_on(view, "a") > 2)]

    def verdict(turns):
        return explore(model(tells_once, IsSeen, turns, customers=3, always=busy)).verdict

    assert [verdict(None), verdict(TWO_AT_A_TIME)] == ["violated", "proved"]


def test_keys_that_name_customers_leave_them_interchangeable():
    found = explore(model(tells_two_levels, Sets, BY_SENDER, customers=2))

    assert (found.verdict, found.interchangeable) == ("proved", True)


@pytest.mark.parametrize("turns", [BY_SENDER, BY_SHELF, ONE_AT_A_TIME, TWO_AT_A_TIME])
@pytest.mark.parametrize(
    ("journey", "handler", "customers", "left"),
    [
        (tells_two_levels, Sets, 1, {"reorders": 1}),
        (tells_once, NotesInTwoSteps, 1, {"crashes": 1}),
        (tells_once, ReadsAndWrites, 2, {}),
    ],
)
def test_turns_lead_to_the_ends_that_every_schedule_leads_to(
    turns, journey, handler, customers, left
):
    scenario = model(journey, handler, turns, customers=customers, **left)

    _, ends = reached(scenario, interchangeable=False)

    assert ends == every_schedule(scenario, known=set()).ends


@pytest.mark.parametrize("turns", [BY_SENDER, BY_SHELF, ONE_AT_A_TIME, TWO_AT_A_TIME])
def test_customers_under_one_name_come_to_the_same_levels(turns):
    scenario = model(tells_once, ReadsAndWrites, turns, customers=2)

    assert explore(scenario).interchangeable
    assert _levels_under_one_name(scenario) == levels(scenario)


def _levels_under_one_name(scenario):
    _, ends = reached(scenario, interchangeable=True)
    return {dict(rows)["shelves", "a"].units for rows, _ in ends}


async def tells_first(_customer, ctx):
    await ctx.publish(Level(sender="first", units=5))
    async with ctx.transaction() as tx:
        await tx.update(shelves, "b", units=1)


async def tells_after_the_first(_customer, ctx):
    async with ctx.transaction() as tx:
        is_after = await tx.update(shelves, "b", guard=equal(units=1), units=2)
    if is_after:
        await ctx.publish(Level(sender="second", units=6))


def one_after_the_other(turns, **left):
    made = model(tells_first, Sets, turns, customers=2, **left)
    one, other = made.customers
    actors = (replace(one, journey=tells_first), replace(other, journey=tells_after_the_first))
    return replace(made, customers=actors)


def ends_of(scenario):
    """The units on both shelves where everything is done."""
    _, ends = reached(scenario, interchangeable=False)
    return {tuple(dict(rows)["shelves", name].units for name in "ab") for rows, _ in ends}


@pytest.mark.parametrize("left", [{}, {"crashes": 1}, {"duplicates": 1}])
def test_what_was_published_before_anothers_message_of_its_key_is_handled_before_it(left):
    assert ends_of(one_after_the_other(BY_SHELF, **left)) == {(5, 1), (6, 2)}
    assert ends_of(one_after_the_other(BY_SENDER, **left)) == {(5, 1), (6, 2), (5, 2)}


async def tells_its_own(customer, ctx):
    await ctx.publish(Level(sender=customer.name, units=5 + (customer.name == "customer-1")))


@pytest.mark.parametrize(
    ("scenario", "left"),
    [
        (one_after_the_other, {}),
        (one_after_the_other, {"reorders": 1}),
        (partial(model, tells_its_own, Sets, customers=2), {"crashes": 1}),
        (partial(model, tells_its_own, Sets, customers=2), {"duplicates": 1}),
    ],
)
@pytest.mark.parametrize("more", [{}, {"at_once": {"counter": 1}}])
def test_customers_in_one_line_come_to_the_ends_of_every_schedule(scenario, left, more):
    made = scenario(turns=replace(BY_SHELF, **more), **left)

    _, ends = reached(made, interchangeable=False)

    assert ends == every_schedule(made, known=set()).ends


def test_a_handler_that_crashed_is_the_first_of_its_line_again():
    scenario = model(tells_two_levels, Sets, BY_SENDER, crashes=1)

    assert levels(scenario) == {6}


def test_a_handler_that_waits_for_its_own_service_is_stuck():
    class Asks:
        async def on_ping(self, message, ctx):
            if message.units:
                await ctx.request(Level(sender=message.sender, units=0))

    found = explore(model(tells_once, Asks, ONE_AT_A_TIME))

    assert [violation.property for violation in found.violations] == ["never-stuck"]
    assert explore(model(tells_once, Asks, TWO_AT_A_TIME)).verdict == "proved"


def timed(journey, handler, turns, tmp_path, *, customers=20, carried=None, **left):
    scenario = Scenario(
        path=tmp_path / "scenario.yaml",
        shown="scenario.yaml",
        name="turns",
        catalog=tmp_path,
        customers=Customers(count=customers, cart=(("tea", 1),), arrivals_per_s=1000.0),
        stock={"tea": 1},
        latency=Latency(),
    )
    held = []
    made = model(
        journey,
        handler,
        turns,
        customers=customers,
        always=[never("seen", lambda view: held.append(units_on(view, "a")))],
        **left,
    )
    run = simulate(replace(made, carried=carried or {}), scenario, seed=1)
    assert not run.breaches
    return held[-1], run


@pytest.mark.parametrize("turns", [ONE_AT_A_TIME, BY_SHELF])
def test_in_simulated_time_too_who_handles_one_at_a_time_loses_no_update(turns, tmp_path):
    assert timed(tells_once, ReadsAndWrites, turns, tmp_path)[0] == 20


def test_in_simulated_time_many_at_a_time_lose_updates(tmp_path):
    assert timed(tells_once, ReadsAndWrites, None, tmp_path)[0] < 20
    assert timed(tells_once, ReadsAndWrites, TWO_AT_A_TIME, tmp_path)[0] < 20


def test_in_simulated_time_a_key_keeps_the_order(tmp_path):
    async def counts(customer, ctx):
        for units in range(1, 10):
            await ctx.publish(Level(sender=customer.name, units=units))

    class Slow(Sets):
        async def on_ping(self, message, ctx):
            await ctx.sleep(1.0)
            await super().on_ping(message, ctx)

    assert timed(counts, Slow, BY_SENDER, tmp_path, customers=1)[0] == 9
    assert timed(counts, Slow, None, tmp_path, customers=1)[0] != 9


@pytest.mark.parametrize("carried_s", [0.0, 0.5])
@pytest.mark.parametrize("left", [{}, {"crashes": 1}])
@pytest.mark.parametrize("turns", [BY_SHELF, replace(BY_SHELF, at_once={"counter": 1})])
def test_in_simulated_time_customers_messages_of_a_key_are_handled_as_they_were_published(
    turns, left, carried_s, tmp_path
):
    """However long each is on its way, and though a handler crashes: a partition is a log."""
    published, handled = [], []

    async def tells(customer, ctx):
        await ctx.sleep(1.0)
        await ctx.publish(Level(sender=customer.name, units=1))
        published.append(customer.name)

    class Notes:
        async def on_ping(self, message, ctx):
            await ctx.sleep(0.1)
            handled.append(message.sender)
            async with ctx.transaction() as tx:
                await tx.update(shelves, message.shelf, units=plus(message.units))

    timed(tells, Notes, turns, tmp_path, carried={"ping": carried_s}, **left)

    assert published != sorted(published)
    assert list(dict.fromkeys(handled)) == published
    assert (len(handled) > len(published)) is bool(left)


def test_in_simulated_time_handlers_that_crash_do_not_keep_their_turn(tmp_path):
    _, run = timed(tells_once, Sets, ONE_AT_A_TIME, tmp_path, crashes=1)

    assert run.tally.outcomes == {"done": 20}


def test_what_crashes_in_a_line_is_said_in_a_replay():
    broken = never("twice", lambda view: units_on(view, "b") == 2)
    scenario = model(tells_once, NotesInTwoSteps, BY_SENDER, always=[broken], crashes=1)

    (violation,) = explore(scenario).violations

    assert CRASH_AFTER in [d.deed.choice for d in violation.deeds]
    assert replay_deeds(scenario, violation.deeds).breaks("twice")


def test_who_must_wait_its_turn_takes_none_when_a_tape_is_cut():
    scenario = model(tells_once, ReadsAndWrites, ONE_AT_A_TIME, customers=2)
    publish = [Turn(f"customer-{n}", 0) for n in (1, 2)]
    first, second = (Turn(f"customer-{n}", 1) for n in (1, 2))

    retaken = retake(scenario, [*publish, first, second, first])

    assert [step.step for step in retaken.steps][2:] == ["receive", "begin"]
    assert {step.actor for step in retaken.steps[2:]} == {"customer-1"}


def test_a_message_without_the_key_is_in_no_order():
    turns = Turns(ordered={"ping": (("levels", "warehouse"),)})

    assert levels(model(tells_two_levels, Sets, turns)) == {5, 6}
