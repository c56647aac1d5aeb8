"""The explorer on SQLite against an enumerator of every schedule."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from simulator_brute_force import every_schedule
from simulator_programs import Block, Statement, blocks
from test_simulator_brute_force import (
    NOSHRINK,
    Talk,
    a_shop,
    assert_same_by_name,
    assert_same_without_names,
    one_each,
    same_for_all,
    talking,
)

from eventproof.simulator import Journal, Mode, SQLite

databases = st.builds(SQLite, st.sampled_from(Journal), st.sampled_from(Mode))
programs = st.one_of(
    blocks(3).map(lambda block: (block,)),
    st.tuples(blocks(1), blocks(1)),
)


# Snapshots go out of date, also by what a customer commits to rows of its own alone.
READ_THEN_WRITE = (Block((Statement("get", "a"), Statement("write", "a"))),)
READ_THEN_ENTER = (Block((Statement("get", "a"), Statement("insert", "own"))),)
WAL = SQLite(Journal.WAL)


@settings(max_examples=20, deadline=None, phases=NOSHRINK)
@given(first=programs, second=programs, sqlite=databases)
@example(first=READ_THEN_WRITE, second=READ_THEN_ENTER, sqlite=WAL)
def test_customers_by_name_reach_what_every_schedule_reaches(first, second, sqlite):
    journey, carts = one_each(first, second)
    model = a_shop(journey, carts=carts, sqlite=sqlite)
    assert_same_by_name(model, every_schedule(model, known=set()))


@settings(max_examples=20, deadline=None, phases=NOSHRINK)
@given(program=programs, sqlite=databases)
@example(program=READ_THEN_WRITE, sqlite=WAL)
@example(program=READ_THEN_ENTER, sqlite=WAL)
def test_interchangeable_customers_reach_what_every_schedule_reaches(program, sqlite):
    model = a_shop(same_for_all(program), sqlite=sqlite)
    assert_same_without_names(model, every_schedule(model, known=set()))


@settings(max_examples=8, deadline=None, phases=NOSHRINK)
@given(program=blocks(1).map(lambda block: (block,)), sqlite=databases)
def test_three_interchangeable_customers_reach_the_same(program, sqlite):
    model = a_shop(same_for_all(program), customers=3, sqlite=sqlite)
    assert_same_without_names(model, every_schedule(model, known=set()))


@pytest.mark.parametrize("journal", Journal)
@pytest.mark.parametrize("how", ["publish", "request"])
def test_interchangeable_customers_who_send_messages_reach_the_same(how, journal):
    talk = Talk(how, "inside", Statement("get", "a"), Statement("add", "own"))
    model = talking(talk, sqlite=SQLite(journal))
    assert_same_without_names(model, every_schedule(model, known=set()))
