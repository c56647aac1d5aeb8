"""The explorer against every schedule taken one by one, on programs that hypothesis writes.

What is compared is all that anybody could see: every set of committed rows, and every end with
what the journeys were answered. The explorer takes some steps unseen, lets one customer stand for
another, merges handlers by their frames and looks up what it has done before; none of that may
add or lose anything.
"""

from typing import NamedTuple

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from simulator_brute_force import anonymous, anonymous_rows, every_schedule, reached
from simulator_programs import (
    Block,
    Pay,
    Statement,
    blocks,
    lock_orders,
    perform,
    programs,
    refusable,
    run,
)
from simulator_shops import Ping, limited_shelves, never, shelves, shop, stocked, units_on

from eventproof.simulator import DatabaseError, explore
from eventproof.simulator.answers import NotInterchangeable
from eventproof.simulator.programs import Route
from eventproof.simulator.properties import NEVER_STUCK
from eventproof.simulator.steps import Isolation

# Shrinking takes thousands of schedules of hundreds of smaller programs: minutes.
NOSHRINK = (Phase.explicit, Phase.reuse, Phase.generate)
# A serializable statement may turn out in ways that a schedule does not tell.
levels = st.sampled_from((Isolation.READ_COMMITTED, Isolation.REPEATABLE_READ))
memories = st.sampled_from((99, 99, 1, 0))


def same_for_all(program, *, remembers=99, table=shelves):
    async def journey(customer, ctx):
        return await run(program, customer.name, ctx, remembers, table)

    return journey


def one_each(*programs, remembers=99, table=shelves):
    """A journey and carts: customers differ in what they want, and so in what they do."""
    by_cart = {(("tea", number),): program for number, program in enumerate(programs, start=1)}

    async def journey(customer, ctx):
        return await run(by_cart[customer.cart], customer.name, ctx, remembers, table)

    return journey, [*by_cart]


def a_shop(journey, **more):
    return shop(journey, rows=stocked(a=1, b=1), outcomes={"payment": ("yes", "no")}, **more)


def met(*programs):
    """What brute force may stop at: a savepoint's two steps make too many schedules otherwise."""
    parts = [part for program in programs for part in program]
    return set() if any(getattr(part, "nested", None) is not None for part in parts) else None


def assert_same_by_name(model, seen):
    rows, ends = reached(model, interchangeable=False)
    assert rows == seen.rows
    assert ends == seen.ends


def assert_same_without_names(model, seen):
    names = [customer.name for customer in model.customers]
    try:
        rows, ends = reached(model, interchangeable=True)
    except NotInterchangeable:
        assert_same_by_name(model, seen)
        return
    assert rows == {anonymous_rows(found, names) for found in seen.rows}
    assert ends == {anonymous(found, said, names) for found, said in seen.ends}


@settings(max_examples=25, deadline=None, phases=NOSHRINK)
@given(first=programs, second=programs, level=levels, remembers=memories)
def test_customers_by_name_reach_what_every_schedule_reaches(first, second, level, remembers):
    journey, carts = one_each(first, second, remembers=remembers)
    model = a_shop(journey, carts=carts, isolation=level)
    assert_same_by_name(model, every_schedule(model, known=met(first, second)))


@settings(max_examples=20, deadline=None, phases=NOSHRINK)
@given(first=blocks(2, refusable), second=blocks(2, refusable), level=levels)
def test_a_table_that_refuses_rows_reaches_what_every_schedule_reaches(first, second, level):
    journey, carts = one_each((first,), (second,), table=limited_shelves)
    model = a_shop(journey, carts=carts, isolation=level)
    assert_same_by_name(model, every_schedule(model, known=met((first,), (second,))))


@settings(max_examples=4, deadline=None, phases=NOSHRINK)
@given(block=blocks(1, refusable), level=levels)
def test_three_customers_whom_a_table_refuses_reach_what_every_schedule_reaches(block, level):
    model = a_shop(same_for_all((block,), table=limited_shelves), customers=3, isolation=level)
    assert_same_without_names(model, every_schedule(model, known=met((block,))))


# What a customer commits to a row of its own was once taken for a step that nobody notices: no
# other customer does, but a property sees the stock taken and not yet entered, or the other way.
ENTER_THEN_TAKE = (
    Block((Statement("insert", "own"),)),
    Block((Statement("take", "a"),)),
)
TAKE_THEN_ENTER = (
    Block((Statement("take", "a"),)),
    Block((Statement("insert", "own"),)),
)


@settings(max_examples=25, deadline=None, phases=NOSHRINK)
@given(program=programs, level=levels, remembers=memories)
@example(program=TAKE_THEN_ENTER, level=Isolation.READ_COMMITTED, remembers=99)
@example(program=ENTER_THEN_TAKE, level=Isolation.READ_COMMITTED, remembers=99)
def test_interchangeable_customers_reach_what_every_schedule_reaches(program, level, remembers):
    model = a_shop(same_for_all(program, remembers=remembers), isolation=level)
    assert_same_without_names(model, every_schedule(model, known=met(program)))


@settings(max_examples=8, deadline=None, phases=NOSHRINK)
@given(program=st.one_of(blocks(1).map(lambda b: (b,)), st.just((Pay(),))), level=levels)
def test_three_interchangeable_customers_reach_what_every_schedule_reaches(program, level):
    model = a_shop(same_for_all(program), customers=3, isolation=level)
    assert_same_without_names(model, every_schedule(model, known=met(program)))


@settings(max_examples=25, deadline=None, phases=NOSHRINK)
@given(first=lock_orders, second=lock_orders, level=levels)
def test_each_victim_of_a_deadlock_is_offered(first, second, level):
    journey, carts = one_each(first, second)
    model = a_shop(journey, carts=carts, isolation=level)
    seen = every_schedule(model)
    assert_same_by_name(model, seen)

    opposite = first[0].statements[0].shelf != second[0].statements[0].shelf
    if not opposite:
        assert not seen.deadlocks, "one lock order for everybody leaves nothing to wait for"


@settings(max_examples=15, deadline=None, phases=NOSHRINK)
@given(first=programs, second=programs, level=levels, least=st.integers(-2, 2))
def test_the_verdict_is_the_one_that_every_schedule_gives(first, second, level, least):
    journey, carts = one_each(first, second)
    enough = never("enough-on-a", lambda view: (units_on(view, "a") or 0) < least)
    model = a_shop(journey, carts=carts, isolation=level, always=[enough])
    seen = every_schedule(model, known=met(first, second))
    levels_of_a = [dict(rows).get(("shelves", "a")) for rows in seen.rows]
    fewest = min(row.units if row is not None else 0 for row in levels_of_a)
    assert explore(model).verdict == ("violated" if fewest < least else "proved")


class Talk(NamedTuple):
    """A journey that sends one message and does one transaction; and what the message causes."""

    how: str
    when: str
    journey: Statement
    handler: Statement


talks = st.builds(
    Talk,
    how=st.sampled_from(("publish", "request")),
    when=st.sampled_from(("before", "inside")),
    journey=st.builds(
        Statement,
        st.sampled_from(("get", "take", "write", "insert")),
        st.sampled_from(("a", "own")),
    ),
    handler=st.builds(
        Statement, st.sampled_from(("get", "take", "add", "insert")), st.sampled_from(("a", "own"))
    ),
)


def talking(talk, *, plain=None, **more):
    """A shop in which a journey talks to a handler, which notes what it was answered.

    With a program as `plain` there is a second customer, who does that and talks to nobody.
    """

    class Listener:
        async def on_ping(self, ping, ctx):
            try:
                async with ctx.transaction() as tx:
                    answer = await perform(tx, talk.handler, ping.sender, 1)
                    note = -1 if answer is None else int(answer)
                    await perform(tx, Statement("insert", "own"), f"note-of-{ping.sender}", note)
            except DatabaseError:
                return

    async def journey(customer, ctx):
        if customer.cart == PLAIN:
            return await run(plain, customer.name, ctx)
        ping = Ping(sender=customer.name)
        send = ctx.publish if talk.how == "publish" else ctx.request
        if talk.when == "before":
            await send(ping)
        try:
            async with ctx.transaction() as tx:
                answer = await perform(tx, talk.journey, customer.name, 1)
                if talk.when == "inside":
                    await send(ping)
        except DatabaseError as error:
            answer = error.sqlstate
        return f"said {answer}"

    routes = {"ping": (Route("listener", Listener, "on_ping", Ping),)}
    carts = None if plain is None else [(("tea", 1),), PLAIN]
    return a_shop(journey, routes=routes, carts=carts, **more)


PLAIN = (("tea", 2),)


@settings(max_examples=12, deadline=None, phases=NOSHRINK)
@given(talk=talks, plain=blocks(1).map(lambda block: (block,)), level=levels)
def test_messages_reach_what_every_schedule_reaches(talk, plain, level):
    model = talking(talk, plain=plain, isolation=level)
    seen = every_schedule(model, known=set())
    assert_same_by_name(model, seen)
    stuck = any(v.property == NEVER_STUCK for v in explore(model).violations)
    assert stuck == seen.stuck


@pytest.mark.parametrize(
    "talk",
    [
        Talk("publish", "inside", Statement("take", "a"), Statement("get", "own")),
        Talk("publish", "inside", Statement("insert", "own"), Statement("add", "own")),
        Talk("request", "inside", Statement("write", "a"), Statement("get", "a")),
        Talk("request", "inside", Statement("take", "a"), Statement("take", "a")),
    ],
    ids=lambda talk: f"{talk.how} {talk.when}",
)
def test_interchangeable_customers_who_send_messages_reach_the_same(talk):
    """Chosen, not drawn: two such customers have tens of thousands of schedules."""
    model = talking(talk)
    seen = every_schedule(model, known=set())
    assert_same_without_names(model, seen)
    stuck = any(v.property == NEVER_STUCK for v in explore(model).violations)
    assert stuck == seen.stuck


# A row that is deleted stays in the snapshots of those who began before.
TRY_THEN_DROP = (
    Block(
        (Statement("get", "own"), Statement("try", "b"), Statement("drop", "b")),
        isolation="repeatable read",
    ),
)


@settings(max_examples=5, deadline=None, phases=NOSHRINK)
@example(program=TRY_THEN_DROP, level=Isolation.REPEATABLE_READ)
@given(program=programs.filter(lambda program: met(program) is None), level=levels)
def test_brute_force_may_stop_where_it_has_been(program, level):
    model = a_shop(same_for_all(program), isolation=level)
    whole, short = every_schedule(model), every_schedule(model, known=set())
    assert (whole.rows, whole.ends) == (short.rows, short.ends)
    assert short.runs <= whole.runs
