"""Unique indexes beside the primary key, whole and partial, as PostgreSQL keeps them."""

import pytest
import sqlalchemy as sa
from simulator_shops import READ_COMMITTED, REPEATABLE_READ, shop
from simulator_stage import WAITS, Stage, session

from eventproof.findings import Problem
from eventproof.simulator import explore
from eventproof.simulator.properties import Sometimes
from eventproof.simulator.tables import table_of

LEVELS = (READ_COMMITTED, REPEATABLE_READ)

holds = sa.Table(
    "holds",
    sa.MetaData(),
    sa.Column("hold", sa.String, primary_key=True),
    sa.Column("number", sa.Integer, unique=True),
    sa.Column("cart", sa.String),
    sa.Column("status", sa.String),
    sa.Index("one_held", "cart", unique=True, postgresql_where=sa.column("status") == "HELD"),
)


def make(hold, on_conflict="raise", **values):
    return lambda tx: tx.insert(holds, on_conflict=on_conflict, hold=hold, **values)


def put(hold, **values):
    return lambda tx: tx.update(holds, hold, **values)


def drop(hold):
    return lambda tx: tx.delete(holds, hold)


def a_stage(*sessions, level=READ_COMMITTED, **first):
    row = table_of(holds).make({"hold": "x", **first})
    rows = {table_of(holds).key("x"): row} if first else {}
    return Stage(*sessions, rows=rows, isolation=level)


@pytest.mark.parametrize("level", LEVELS)
def test_a_value_can_be_inserted_once(level):
    stage = a_stage(session(make("y", number=7)), number=7, level=level)
    assert stage.go(1, 2) == "23505"


def test_rows_without_a_value_are_not_alike():
    stage = a_stage(session(make("y", number=None), make("z")), number=None, status="HELD")
    assert [stage.go(1, 2), stage.go(1)] == [True, True]


def test_an_update_to_a_taken_value_fails_and_one_to_its_own_does_not():
    stage = a_stage(session(make("y", number=8), put("y", number=8), put("y", number=7)), number=7)
    stage.go(1, 2)
    assert [stage.go(1), stage.go(1)] == [True, "23505"]


def test_a_partial_index_holds_only_some_rows():
    stage = a_stage(
        session(make("y", cart="c", status="OPEN"), put("y", status="HELD")),
        cart="c",
        status="HELD",
    )
    assert [stage.go(1, 2), stage.go(1)] == [True, "23505"]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("end", "answer"), [("commit", "23505"), ("rollback", True)])
def test_the_same_value_is_waited_for_until_it_is_decided(level, end, answer):
    stage = a_stage(
        session(make("x", number=7), end=end), session(make("y", number=7)), level=level
    )
    stage.go(1, 2)
    assert stage.go(2, 2) == WAITS
    stage.go(1)
    assert stage.go(2) == answer


def test_one_that_waits_for_a_value_has_its_own_key_already():
    stage = a_stage(
        session(make("x", number=7)), session(make("y", number=7)), session(make("y", number=9))
    )
    stage.go(1, 2)
    stage.go(2, 2)
    assert stage.go(3, 2) == WAITS
    stage.go(1)
    assert stage.go(2) == "23505"
    assert stage.go(3) is True


@pytest.mark.parametrize(("end", "answer"), [("commit", True), ("rollback", "23505")])
def test_a_row_that_may_go_is_waited_for(end, answer):
    stage = a_stage(session(drop("x"), end=end), session(make("y", number=7)), number=7)
    stage.go(1, 2)
    assert stage.go(2, 2) == WAITS
    stage.go(1)
    assert stage.go(2) == answer


def test_on_conflict_nothing_minds_every_index_and_update_only_the_key():
    stage = a_stage(
        session(make("y", "nothing", number=7)), session(make("y", "update", number=7)), number=7
    )
    assert stage.go(1, 2) is False
    assert stage.go(2, 2) == "23505"


def test_two_customers_cannot_hold_one_cart_in_any_order():
    async def journey(customer, ctx):
        async with ctx.transaction() as tx:
            made = await tx.insert(
                holds, on_conflict="nothing", hold=customer.name, cart="c", status="HELD"
            )
        return str(made)

    both = Sometimes("both hold it", lambda view: view.outcomes == ("True", "True"))
    one = Sometimes("one holds it", lambda view: set(view.outcomes) == {"True", "False"})
    found = explore(shop(journey, rows={}, sometimes=[both, one]))
    assert found.unreached == ("both hold it",)
    assert not found.interchangeable, "a row named for one customer is in the way of another's"


def test_a_released_cart_can_be_held_again():
    stage = a_stage(
        session(put("x", status="OPEN")),
        session(make("y", cart="c", status="HELD")),
        cart="c",
        status="HELD",
    )
    stage.go(1, 3)
    assert stage.go(2, 2) is True


def test_a_condition_that_is_no_comparison_is_refused():
    strange = sa.Table(
        "strange",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Index("odd", "id", unique=True, postgresql_where=sa.text("id % 2 = 1")),
    )
    with pytest.raises(Problem, match="condition of the index odd on strange is not understood"):
        table_of(strange)
