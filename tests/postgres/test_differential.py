"""The model store against the server: schedules of random transactions, step by step."""

import sys
from pathlib import Path
from random import Random

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from differential import LEVELS, every_order, kept_server, name_of, random_schedule, told
from random_scripts import CHECKED, random_scripts
from regressions import CHECKED_SCHEDULES, REGRESSIONS
from side_by_side import run_schedule

SCHEDULES, CHECKED_ONES = 1_000, 100
ONCE_OTHERWISE = (50034, 50290, 50498, 52671, 105311)
"""Seeds of serializable schedules in which the model once said otherwise than the server."""
AT_A_TIME = 250


@pytest.fixture(scope="module")
def server(postgres_url):
    with kept_server(postgres_url) as kept:
        yield kept


@pytest.fixture(scope="module")
def checked(postgres_url):
    with kept_server(postgres_url, CHECKED) as kept:
        yield kept


@pytest.mark.parametrize("first", range(0, SCHEDULES, AT_A_TIME))
def test_the_server_does_what_the_model_says_in_random_schedules(first, server):
    for seed in range(first, first + AT_A_TIME):
        result, scripts = random_schedule(seed, server)
        assert result.disagreement is None, told(result, f"seed {seed}", scripts)


def test_the_server_refuses_the_rows_that_the_model_refuses_in_random_schedules(checked):
    for seed in range(CHECKED_ONES):
        result, scripts = random_schedule(seed, checked, tables=CHECKED)
        assert result.disagreement is None, told(result, f"seed {seed}", scripts)


@pytest.mark.parametrize("seed", ONCE_OTHERWISE)
def test_serializable_schedules_that_were_once_explained_otherwise(seed, server):
    result, scripts = random_schedule(seed, server)
    assert result.disagreement is None, told(result, f"seed {seed}", scripts)


def test_the_server_does_what_the_model_says_in_every_order_of_two_transactions(server):
    scripts = random_scripts(Random(1), 2, LEVELS[:1])
    results = list(every_order(scripts, server))
    assert len(results) > 10
    for result in results:
        assert result.disagreement is None, told(result, name_of(scripts), scripts)


def in_order(name, rows, scripts, order, server):
    """The result of a schedule that is written down."""
    turns = iter(order)

    def in_turn(ready):
        return next((n for n in turns if n in ready), ready[0])

    result = run_schedule(server, rows, scripts, in_turn)
    assert result.disagreement is None, told(result, name, scripts)
    return result


@pytest.mark.parametrize("name", sorted(REGRESSIONS))
def test_what_the_model_once_said_otherwise_it_says_as_the_server(name, server):
    in_order(name, *REGRESSIONS[name], server)


@pytest.mark.parametrize("name", sorted(CHECKED_SCHEDULES))
def test_constraints_and_waiting_go_together_as_on_the_server(name, checked):
    result = in_order(name, *CHECKED_SCHEDULES[name], checked)
    is_accepted = "leaves the row as it was" in name
    assert ("23514" in result.kinds) is not is_accepted
