"""Check constraints: what a condition says of a row, and when the store asks it."""

import sqlite3
from collections import namedtuple
from contextlib import closing

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from simulator_shops import READ_COMMITTED, REPEATABLE_READ, SERIALIZABLE, limited_shelves
from simulator_stage import WAITS, Stage, session

from eventproof.findings import Problem
from eventproof.simulator import SQLite, equal, minus, plus
from eventproof.simulator.check_parser import NotUnderstood, parsed
from eventproof.simulator.tables import table_of

LEVELS = (READ_COMMITTED, REPEATABLE_READ, SERIALIZABLE)
KINDS = {"a": "integer", "b": "integer", "t": "text", "u": "other"}
Row = namedtuple("Row", KINDS)

numbers = st.recursive(
    st.one_of(st.sampled_from(["a", "b", '"a"', "sold.b"]), st.integers(0, 4).map(str)),
    lambda inner: st.one_of(
        st.builds("{} {} {}".format, inner, st.sampled_from("+-*"), inner),
        inner.map("({})".format),
        inner.map("- {}".format),
    ),
    max_leaves=3,
)
texts = st.sampled_from(["t", "'x'", "'it''s'"])
signs = st.sampled_from(["=", "<>", "!=", "<", "<=", ">", ">="])
comparisons = st.one_of(
    st.builds("{} {} {}".format, numbers, signs, numbers),
    st.builds("{} {} {}".format, texts, st.sampled_from(["=", "<>"]), texts),
    st.builds("{} {} null".format, st.sampled_from("abtu"), st.sampled_from(["is", "is NOT"])),
    st.builds("{} {}in ({}, {})".format, numbers, st.sampled_from(["", "not "]), numbers, numbers),
    st.builds(
        "{} {}BETWEEN {} and {}".format, numbers, st.sampled_from(["", "not "]), numbers, numbers
    ),
)
conditions = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.builds("{} {} {}".format, inner, st.sampled_from(["and", "OR"]), inner),
        inner.map("({})".format),
        inner.map("not {}".format),
    ),
    max_leaves=5,
)
few = st.integers(-2, 4) | st.none()
rows = st.builds(Row, few, few, st.sampled_from(["x", "y", "it's", None]), few)


@pytest.fixture(scope="module")
def sold():
    """A real table of one row, of which SQLite says whether a condition holds."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("create table sold (a integer, b integer, t text, u blob)")
        yield connection


@settings(max_examples=300, deadline=None)
@given(condition=conditions, row=rows)
def test_a_condition_accepts_the_rows_that_sqlite_accepts(sold, condition, row):
    sold.execute("delete from sold")
    sold.execute("insert into sold values (?, ?, ?, ?)", row)
    (holds,) = sold.execute(f"select {condition} from sold").fetchone()
    assert parsed(condition, "sold", KINDS)(row) is (holds != 0)  # NULL is accepted


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("length(t) > 1", "length"),
        ("a > 0 -- always", "-- always"),
        ("t < 'x'", "text < text"),
        ("a = t", "integer = text"),
        ("a / 2 > 1", "/ 2 > 1"),
        ("a > 0.5", "0.5"),
        ("a", "a"),
        ("a = b is null", "is"),
        ("a > null", "null"),
        ("u = 1", "other = integer"),
        ("t + 1 > 0", "text where integer is wanted"),
        ("a > 0 and b", "integer where condition is wanted"),
        ("elsewhere.a > 0", "elsewhere"),
        ("a not like 'x'", "not like"),
        ("a >", "its end"),
        ("a > 0)", ")"),
        ("(" * 300 + "a > 0" + ")" * 300, "so many parentheses"),
        ("a > 0 and " * 300 + "a > 0", "a > 0 and"),
        ("", "its end"),
    ],
)
def test_a_condition_that_is_not_understood_says_where(text, at):
    with pytest.raises(NotUnderstood) as raised:
        parsed(text, "sold", KINDS)
    assert str(raised.value).startswith(at)


def test_a_check_written_in_sqlalchemy_is_read_as_its_sql():
    metadata = sa.MetaData()
    seats = sa.Table(
        "Seats",
        metadata,
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("Price", sa.Numeric),
        sa.Column("row", sa.String, default="A"),
    )
    seats.append_constraint(sa.CheckConstraint((seats.c.Price >= 1) & (seats.c.row != "Z")))
    seats.append_constraint(sa.CheckConstraint(seats.c.row.in_(["A", "Z"])))
    table = table_of(seats)
    assert table.refusal(table.make({"number": 1, "Price": 1})) is None
    assert table.refusal(table.make({"number": 1, "Price": 0})) == "23514"
    assert table.refusal(table.make({"number": 1, "row": "Z"})) == "23514"
    assert table.refusal(table.make({"number": 1, "row": "B"})) == "23514"
    assert table.refusal(table.make({"Price": 1})) == "23502"


def test_a_table_whose_check_is_not_understood_is_refused():
    seats = sa.Table(
        "seats",
        sa.MetaData(),
        sa.Column("number", sa.String, sa.CheckConstraint("number like 'A%'"), primary_key=True),
    )
    with pytest.raises(
        Problem, match="seats has a check constraint that is not understood at `like`"
    ):
        table_of(seats)


@pytest.mark.parametrize(
    ("text", "is_understood"), [("user <> 'bob'", False), ("\"user\" <> 'bob'", True)]
)
def test_a_word_of_the_servers_own_is_no_column(text, is_understood):
    logins = sa.Table(
        "logins",
        sa.MetaData(),
        sa.Column("user", sa.String, primary_key=True),
        sa.CheckConstraint(text),
    )
    if is_understood:
        assert table_of(logins).refusal(table_of(logins).make({"user": "bob"})) == "23514"
        return
    with pytest.raises(Problem, match="not understood at `user`"):
        table_of(logins)


def test_a_check_in_sqlalchemys_words_quotes_what_has_to_be_quoted():
    logins = sa.Table("logins", sa.MetaData(), sa.Column("user", sa.String, primary_key=True))
    logins.append_constraint(sa.CheckConstraint(logins.c.user != "bob"))
    assert table_of(logins).refusal(table_of(logins).make({"user": "bob"})) == "23514"


def put(shelf, units):
    return lambda tx: tx.update(limited_shelves, shelf, units=units)


def guarded(shelf, units, *, seen):
    return lambda tx: tx.update(limited_shelves, shelf, units=units, guard=equal(units=seen))


def get(shelf):
    return lambda tx: tx.get(limited_shelves, shelf)


def add(shelf, units, on_conflict="raise"):
    return lambda tx: tx.insert(limited_shelves, on_conflict=on_conflict, shelf=shelf, units=units)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("statement", "error"),
    [
        (put("a", minus(2)), "23514"),
        (put("a", None), "23502"),
        (add("c", 7), "23514"),
        (add("c", None), "23502"),
    ],
)
def test_a_row_that_the_table_does_not_take_fails_the_transaction(level, statement, error):
    stage = Stage(session(statement, get("a")), isolation=level)
    assert [stage.go(1, 2), stage.go(1)] == [error, "25P02"]
    stage.go(1)
    assert (stage.units("a"), stage.units("c")) == (1, None)


def test_on_sqlite_only_the_statement_is_undone():
    stage = Stage(session(put("a", 5), put("a", plus(2)), add("c", 7)), sqlite=SQLite())
    assert [stage.go(1, 2), stage.go(1), stage.go(1), stage.go(1)] == [
        True,
        "23514",
        "23514",
        None,
    ]
    assert stage.units("a") == 5


def test_a_row_that_an_update_does_not_come_to_is_not_judged():
    stage = Stage(session(guarded("a", 9, seen=2), put("nowhere", 9)))
    assert [stage.go(1, 2), stage.go(1)] == [False, False]


@pytest.mark.parametrize("level", LEVELS)
def test_a_check_is_judged_before_anybody_is_waited_for(level):
    stage = Stage(session(put("a", plus(4))), session(put("a", minus(2))), isolation=level)
    stage.go(1, 2)
    assert stage.go(2, 2) == "23514"  # of one unit, which is what it sees


def test_a_check_is_judged_again_after_the_wait():
    stage = Stage(session(put("a", plus(4))), session(put("a", plus(2))))
    stage.go(1, 2)
    assert stage.go(2, 2) == WAITS
    stage.go(1)
    assert stage.go(2) == "23514"


def test_after_a_rollback_the_row_is_as_it_was_judged_before_the_wait():
    stage = Stage(session(put("a", plus(4)), end="rollback"), session(put("a", plus(2))))
    stage.go(1, 2)
    assert stage.go(2, 2) == WAITS
    stage.go(1)
    assert stage.go(2) is True


@pytest.mark.parametrize("level", LEVELS[1:])
def test_a_check_on_what_the_snapshot_shows_comes_before_its_being_out_of_date(level):
    stage = Stage(
        session(get("b"), put("a", minus(2)), isolation=str(level)),
        session(put("a", plus(4))),
    )
    stage.go(1, 2)
    stage.go(2, 3)
    assert stage.go(1) == "23514"


@pytest.mark.parametrize("on_conflict", ["raise", "nothing", "update"])
def test_an_insert_is_judged_before_its_key_is_looked_for(on_conflict):
    stage = Stage(session(put("a", plus(1))), session(add("a", 9, on_conflict)))
    stage.go(1, 2)
    assert stage.go(2, 2) == "23514"


def test_an_upsert_is_judged_by_what_it_makes_of_the_row_as_well():
    pairs = sa.Table(
        "pairs",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("low", sa.Integer),
        sa.Column("high", sa.Integer),
        sa.CheckConstraint("low <= high"),
    )
    table = table_of(pairs)
    rows = {table.key(1): table.make({"id": 1, "low": 3, "high": 5})}
    lowers = session(lambda tx: tx.insert(pairs, id=1, high=2, on_conflict="update"))
    stage = Stage(lowers, rows=rows)
    assert stage.go(1, 2) == "23514"


def test_a_savepoint_mends_a_check_that_failed():
    async def journey(ctx):
        from eventproof.simulator import DatabaseError

        async with ctx.transaction() as tx:
            try:
                async with tx.savepoint():
                    await tx.update(limited_shelves, "a", units=minus(2))
            except DatabaseError as error:
                await tx.update(limited_shelves, "a", units=plus(1))
                return error.sqlstate

    stage = Stage(journey)
    stage.go(1, 6)
    assert (stage.outcome(1), stage.units("a")) == ("23514", 2)


def test_a_column_that_an_insert_leaves_out_has_its_default():
    seats = sa.Table(
        "seats",
        sa.MetaData(),
        sa.Column("number", sa.String, primary_key=True),
        sa.Column("units", sa.Integer, nullable=False, default=4),
        sa.Column("note", sa.String),
    )
    assert tuple(table_of(seats).make({"number": "1A"})) == ("1A", 4, None)
