"""The model of SQLite against SQLite: schedules of random transactions, step by step."""

from functools import partial
from random import Random

import pytest
from differential import orders_of, sqlite_name_of, told
from random_scripts import CHECKED, ROWS
from regressions import SQLITE_REGRESSIONS
from sqlite_side import random_sqlite_schedule, random_sqlite_scripts, run_on_sqlite, sqlite_files

from eventproof.simulator import Journal, SQLite

SCHEDULES, CHECKED_ONES = 300, 150


@pytest.fixture(scope="module")
def servers():
    with sqlite_files() as made:
        yield made


def test_sqlite_does_what_the_model_says_in_random_schedules(servers):
    for seed in range(SCHEDULES):
        result, scripts, journal = random_sqlite_schedule(seed, servers, ROWS)
        assert result.disagreement is None, told(result, f"seed {seed} on {journal}", scripts)


def test_sqlite_refuses_the_rows_that_the_model_refuses_in_random_schedules():
    with sqlite_files(CHECKED[:2]) as checked:
        for seed in range(CHECKED_ONES):
            result, scripts, journal = random_sqlite_schedule(seed, checked, ROWS, tables=CHECKED)
            assert result.disagreement is None, told(result, f"seed {seed} on {journal}", scripts)


@pytest.mark.parametrize(("journal", "seed"), [(Journal.ROLLBACK, 14), (Journal.WAL, 1)])
def test_sqlite_does_what_the_model_says_in_every_order_of_two_transactions(
    journal, seed, servers
):
    scripts = random_sqlite_scripts(Random(seed), 2)
    take = partial(run_on_sqlite, servers[journal], ROWS, scripts, SQLite(journal))
    results = list(orders_of(take))
    assert len(results) > 10
    for result in results:
        assert result.disagreement is None, told(result, sqlite_name_of(scripts, journal), scripts)


@pytest.mark.parametrize("journal", Journal)
@pytest.mark.parametrize("name", sorted(SQLITE_REGRESSIONS))
def test_what_was_once_said_otherwise_is_said_as_sqlite_does(name, journal, servers):
    rows, scripts, order = SQLITE_REGRESSIONS[name]
    turns = iter(order)

    def in_turn(ready):
        return next((n for n in turns if n in ready), ready[0])

    result = run_on_sqlite(servers[journal], rows, scripts, SQLite(journal), in_turn)
    assert result.disagreement is None, told(result, name, scripts)
