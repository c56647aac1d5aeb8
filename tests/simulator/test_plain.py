"""The short way of timed runs comes to what the long one comes to: clock, statements, runs."""

from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st
from simulator_shops import READ_COMMITTED, limited_shelves, shelves, shop, stocked

from eventproof.simulator import Scenario, simulate
from eventproof.simulator.clock import Clock
from eventproof.simulator.context import at_least, minus, plus
from eventproof.simulator.errors import DatabaseError, Refused
from eventproof.simulator.live import LiveRows
from eventproof.simulator.plain import PlainSteps, statement
from eventproof.simulator.scenario import Customers, Latency
from eventproof.simulator.statements import Change, Get, Guard, Insert, OnConflict, Update
from eventproof.simulator.store import Done, execute
from eventproof.simulator.tables import table_of
from eventproof.simulator.transactions import Hold, Tx

SHELVES, LIMITED = table_of(shelves), table_of(limited_shelves)
DELAYS = st.lists(st.sampled_from([0.0, 0.5, 1.0, 1.25]), max_size=4)


@settings(max_examples=100)
@given(st.lists(st.tuples(DELAYS, st.integers(0, 3)), min_size=1, max_size=6))
def test_the_clock_lets_things_happen_in_the_order_of_simpy(program):
    """Each thing that happens says what happens after it, several at one time among them."""

    def noted(after, now):
        log = []

        def happen(what):
            number, depth = what
            log.append((now(), number, depth))
            delays, step = program[number]
            if depth < 3:
                for delay in delays:
                    after(delay, happen, ((number + step) % len(program), depth + 1))

        return log, happen

    clock = Clock()
    own, happen = noted(clock.after, lambda: clock.now)
    clock.after(0.25, happen, (0, 0))
    clock.run()
    environment = simpy.Environment()

    def after(delay, action, what):
        environment.timeout(delay).callbacks.append(lambda _event: action(what))

    peer, happen = noted(after, lambda: environment.now)
    after(0.25, happen, (0, 0))
    environment.run()
    assert own == peer


def test_nothing_happens_before_now():
    with pytest.raises(ValueError, match="has been"):
        Clock().after(-1, print)


KEYS = st.sampled_from(["a", "b", "c"]).map(SHELVES.key)
VALUES = st.integers(-1, 3)
UNITS = VALUES | st.none()
GUARDS = st.lists(
    st.builds(Guard, st.just("units"), st.sampled_from(["=", "<>", ">=", "<="]), VALUES),
    max_size=2,
).map(tuple)
CHANGES = st.builds(Change, st.just("units"), st.sampled_from(["=", "+"]), VALUES)


def shelf(key, units):
    return SHELVES.make({"shelf": key[1], "units": units})


TABLES = st.sampled_from([SHELVES, LIMITED])
STATEMENTS = st.one_of(
    st.builds(Get, TABLES, KEYS, st.booleans()),
    st.builds(Update, TABLES, KEYS, CHANGES.map(lambda c: (c,)), GUARDS),
    st.builds(
        lambda table, key, units, way: Insert(
            table, key, shelf(key, units), way, ("units",) if way is OnConflict.UPDATE else ()
        ),
        TABLES, KEYS, UNITS, st.sampled_from(OnConflict),
    ),
)  # fmt: skip


@settings(max_examples=150)
@given(st.dictionaries(KEYS, UNITS), st.lists(STATEMENTS, max_size=6))
def test_a_plain_statement_comes_to_what_the_store_says(units, statements):
    rows = LiveRows({key: shelf(key, number) for key, number in units.items()})
    tx = Tx(READ_COMMITTED)
    for step in statements:
        outcome = execute(step, tx, rows, lambda _key: Hold.NONE)
        found = statement(step, tx, rows.get(step.key))
        if found is not None:
            assert outcome == Done(*found)
        if not isinstance(outcome, Done):
            break
        tx = outcome.tx


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["take", "read", "lock", "add", "undo", "refuse", "sleep"]),
        st.sampled_from(["a", "b", "c"]),
    ),
    max_size=5,
)


def doing(transactions):
    """A journey that does those deeds, a list of them in each transaction."""

    async def journey(customer, ctx):
        first = int(customer.name[-1]) % len(transactions)
        for deeds in (*transactions[first:], *transactions[:first]):
            async with ctx.transaction() as tx:
                for deed, key in deeds:
                    await do(tx, ctx, deed, key)
        return "done"

    async def do(tx, ctx, deed, key):
        if deed == "take":
            await tx.update(shelves, key, guard=at_least(units=1), units=minus(1))
        elif deed == "add" and not await tx.update(shelves, key, units=plus(1)):
            await tx.insert(shelves, shelf=key, units=1)
        elif deed == "read":
            await tx.get(shelves, key)
        elif deed == "lock":
            await tx.get_for_update(shelves, key)
        elif deed == "undo":
            async with tx.savepoint():
                await tx.update(shelves, key, units=plus(5))
                raise DatabaseError("40001")
        elif deed == "refuse":
            raise Refused(400)
        elif deed == "sleep":
            await ctx.sleep(0.01)

    return journey


def told(run):
    return (run.seconds, dict(run.tally.steps), run.tally.outcomes, run.tally.journey_s)


@settings(max_examples=40)
@given(st.lists(DEEDS, min_size=1, max_size=3), st.integers(0, 1000))
def test_a_run_is_the_same_whether_plain_steps_are_taken_the_short_way(transactions, seed):
    ends = []
    model = shop(doing(transactions), customers=5, rows=stocked(a=2, b=1))
    model = replace(model, always=(), sometimes=(spy(ends),))
    for short in (True, False):
        with mock.patch.object(PlainSteps, "take", PlainSteps.take if short else not_plain):
            ends.append(told(simulate(model, RUSHED, seed=seed)))
    assert ends[:2] == ends[2:]


def not_plain(_self, _place):
    """As if every step needed the rules."""


def spy(seen):
    """A property that writes down the rows at the end."""
    from eventproof.simulator.properties import Sometimes

    return Sometimes(
        "seen", lambda view: not seen.append(sorted(map(tuple, view.table("shelves"))))
    )


RUSHED = Scenario(
    path=Path("shop.yaml"),
    shown="shop.yaml",
    name="a rush",
    catalog=Path("catalog"),
    customers=Customers(count=5, cart=(("tea", 1),), arrivals_per_s=1000.0),
    stock={"tea": 1},
    latency=Latency(statement_s=0.01),
)


def test_who_waits_again_in_another_transaction_goes_to_the_end_of_the_queue():
    """It had once left the queue from its head; that was another wait."""
    served = []

    async def journey(customer, ctx):
        number = int(customer.name[-1])

        async def write(*, before_s, within_s):
            while await ctx.now() < before_s:
                await ctx.sleep(0.002)
            async with ctx.transaction() as tx:
                await tx.update(shelves, "a", units=plus(1))
                served.append(number)
                end_s = await ctx.now() + within_s
                while await ctx.now() < end_s:
                    await ctx.sleep(0.002)

        if number == 1:
            await write(before_s=1, within_s=1)
        elif number == 2:
            await write(before_s=1.5, within_s=0.1)  # waits, and leaves the queue from its head
            await write(before_s=4, within_s=0.1)  # waits behind the fourth
        elif number == 3:
            await write(before_s=3, within_s=2)
        else:
            await write(before_s=3.5, within_s=0.1)

    how = replace(
        RUSHED,
        customers=replace(RUSHED.customers, count=4),
        latency=Latency(statement_s=0.0001),
    )
    simulate(shop(journey, customers=4), how, seed=1)
    assert served == [1, 2, 3, 4, 2]


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from(["keep", "release", "write"]), KEYS, VALUES | st.none()))
)
def test_snapshots_show_the_rows_of_their_moment_and_old_rows_are_forgotten(deeds):
    """Against copies of all rows, one a snapshot."""
    rows, copies = LiveRows({}), {}
    for number, (deed, key, units) in enumerate(deeds):
        if deed == "keep":
            copies[number] = (rows.snapshot(), dict(rows.current))
            rows.keep(number)
        elif deed == "release" and copies:
            owner = next(iter(copies)) if units else list(copies)[-1]
            del copies[owner]
            rows.release(owner)
        elif deed == "write":
            rows.commit(((key, None if units is None else shelf(key, units)),))
        for snapshot, copy in copies.values():
            assert dict(snapshot.scan("shelves")) == copy
    for owner in list(copies):
        rows.release(owner)
    assert not rows._history
    assert not rows._changed
