"""The table of isolation levels in the documentation says what the model and the server do."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from isolation_table import ROWS, WAYS, line_of, sales, stock

from eventproof.simulator.postgres import Postgres
from eventproof.simulator.steps import Isolation
from eventproof.simulator.tables import table_of

TABLE = (Path(__file__).parents[2] / "docs/reference/isolation.md").read_text("utf-8")


@pytest.fixture(scope="module")
def server(postgres_url):
    tables = (table_of(stock), table_of(sales))
    with Postgres(postgres_url, tables=tables, rows=ROWS) as kept:
        yield kept


@pytest.mark.parametrize("level", Isolation)
@pytest.mark.parametrize("name", ["guarded update", "count the sales, enter one more"])
def test_both_sides_do_what_the_table_says(name, level, server):
    line, agrees = line_of(name, WAYS[name], level, server)
    assert agrees
    assert line in TABLE.splitlines()
