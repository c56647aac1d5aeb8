"""The live driver's SQL: compiled once a shape, and the same as if each step were compiled."""

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite

from eventproof.simulator.guards import Guard
from eventproof.simulator.inventory.tables import inbox, order_lines, stock, warehouses
from eventproof.simulator.shapes import Shapes
from eventproof.simulator.sql import statement
from eventproof.simulator.statements import Change, Delete, Get, Insert, OnConflict, Select, Update
from eventproof.simulator.tables import table_of

TABLES = {table_of(table): table for table in (stock, order_lines, warehouses, inbox)}
VALUES = st.one_of(st.none(), st.booleans(), st.integers(0, 9), st.sampled_from("ab"))
FILLED = st.one_of(st.integers(0, 9), st.sampled_from("ab"))


@st.composite
def steps(draw):
    table = draw(st.sampled_from(list(TABLES)))
    column = st.sampled_from(table.columns)
    guards = draw(
        st.lists(
            st.one_of(
                st.builds(Guard, column, st.sampled_from(["=", "<>"]), VALUES),
                st.builds(Guard, column, st.sampled_from([">=", "<="]), FILLED),
            ),
            max_size=2,
        ).map(tuple)
    )
    identity = tuple(draw(VALUES) for _ in table.primary_key)
    key = (table.name, identity if len(identity) > 1 else identity[0])
    kind = draw(st.sampled_from([Get, Select, Update, Delete, Insert]))
    if kind is Get:
        return Get(table, key, draw(st.booleans()))
    if kind is Select:
        limit = draw(st.one_of(st.none(), st.integers(0, 3)))
        return Select(table, guards, draw(st.sampled_from([(), table.columns[:1]])), limit)
    if kind is Delete:
        return Delete(table, key, guards)
    if kind is Update:
        changed = draw(st.lists(column, min_size=1, max_size=3, unique=True))
        changes = tuple(Change(name, "=", draw(VALUES)) for name in changed)
        return Update(table, key, changes, guards)
    row = table.row(*(draw(VALUES) for _ in table.columns))
    return Insert(table, key, row, draw(st.sampled_from([OnConflict.RAISE, OnConflict.NOTHING])))


@settings(max_examples=40, deadline=None)
@given(st.lists(steps(), min_size=2, max_size=4))
def test_a_shape_that_was_compiled_before_gives_what_compiling_again_would(asked):
    for dialect in (
        postgresql.dialect(paramstyle="format"),
        sqlite.dialect(paramstyle="qmark"),
    ):
        shapes = Shapes(dialect)
        for step in asked:
            found, wanted = shapes.statement(step), statement(step, dialect)
            assert found.text == wanted.text
            assert found.parameters == wanted.parameters
