"""Tapes on a real PostgreSQL: what was found on the model happens on the server."""

import json
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner
from schedules import disagreement
from simulator_how_to import SCENARIO as HOW_TO
from simulator_how_to import put_a_check, write_project
from simulator_shops import shelves, stocked

from eventproof.cli.app import cli
from eventproof.findings import Problem
from eventproof.simulator import (
    at_least,
    load_scenario,
    minus,
    prepare,
    replay_on_postgres,
    tell,
)
from eventproof.simulator import explore as explore_model
from eventproof.simulator.postgres import Postgres
from eventproof.simulator.postgres_schema import MARK, SCHEMA_PREFIX
from eventproof.simulator.steps import Get
from eventproof.simulator.tables import table_of

EXAMPLES = Path(__file__).parents[2] / "examples"
SCHEDULES = 200


def told(scenario):
    """The first violation of an example's scenario, with the model that it breaks."""
    prepared = prepare(load_scenario(EXAMPLES / scenario))
    exploration = explore_model(prepared.model)
    (violation,) = (v for v in exploration.violations if v.property == "never-oversold")
    return prepared, tell(prepared, exploration, violation)


def schemas(url):
    import psycopg

    with psycopg.connect(url) as connection:
        ask = "select nspname from pg_namespace where nspname like %s"
        return [name for (name,) in connection.execute(ask, (SCHEMA_PREFIX + "%",))]


@pytest.mark.parametrize(
    "scenario", ["acme/scenarios/last-unit-naive.yaml", "orders/scenarios/last-unit.yaml"]
)
def test_the_naive_shops_oversell_on_the_server_as_on_the_model(scenario, postgres_url):
    prepared, story = told(scenario)

    shadowed = replay_on_postgres(prepared.model, story.tape.steps, url=postgres_url)

    assert shadowed.agrees, [line for line in shadowed.lines if not line.same]
    assert "never-oversold" in {breach.property for breach in shadowed.breaches}


@pytest.mark.parametrize("first", range(0, SCHEDULES, 50))
def test_the_server_does_what_the_model_says_in_random_schedules(first, postgres_url):
    for seed in range(first, first + 50):
        found = disagreement(seed, postgres_url, customers=2)
        assert found is None, found


def test_nothing_is_left_behind_after_a_replay(postgres_url):
    prepared, story = told("acme/scenarios/last-unit-naive.yaml")

    replay_on_postgres(prepared.model, story.tape.steps, url=postgres_url)

    assert schemas(postgres_url) == []


def test_what_a_killed_run_left_behind_is_dropped_by_the_next(postgres_url):
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"create schema {SCHEMA_PREFIX}of_a_killed_run")
        connection.execute(f"comment on schema {SCHEMA_PREFIX}of_a_killed_run is '{MARK}'")
    with Postgres(postgres_url, tables=[table_of(shelves)], rows=stocked(a=1)):
        there = schemas(postgres_url)

    assert f"{SCHEMA_PREFIX}of_a_killed_run" not in there


def test_a_schema_of_somebody_elses_is_not_dropped_for_its_name(postgres_url):
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"create schema {SCHEMA_PREFIX}data")
        try:
            with Postgres(postgres_url, tables=[table_of(shelves)], rows=stocked(a=1)):
                pass
            assert schemas(postgres_url) == [f"{SCHEMA_PREFIX}data"]
        finally:
            connection.execute(f"drop schema {SCHEMA_PREFIX}data")


def test_the_schema_of_a_living_run_is_left_alone(postgres_url):
    with Postgres(postgres_url, tables=[table_of(shelves)], rows=stocked(a=1)) as first:
        with Postgres(postgres_url, tables=[table_of(shelves)], rows=stocked(a=2)):
            assert len(schemas(postgres_url)) == 2
        assert first.rows() == stocked(a=1)


def test_a_set_up_that_is_interrupted_leaves_nothing(postgres_url, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("eventproof.simulator.postgres_schema.insertion", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Postgres(postgres_url, tables=[table_of(shelves)], rows=stocked(a=1))

    assert schemas(postgres_url) == []


def test_a_user_who_may_make_nothing_is_told_in_one_sentence(postgres_url):
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("create role guest login")
        try:
            with pytest.raises(Problem, match="the tables cannot be made: permission denied"):
                Postgres(f"{postgres_url}&user=guest", tables=[], rows={})
        finally:
            connection.execute("drop role guest")


def test_a_database_with_other_tables_is_refused_and_not_touched(postgres_url):
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("create table somebody_elses (id int)")
        try:
            with pytest.raises(Problem, match=r"public\.somebody_elses"):
                Postgres(postgres_url, tables=[], rows={})
            with Postgres(postgres_url, tables=[], rows={}, beside_other_tables=True):
                pass
        finally:
            connection.execute("drop table somebody_elses")


def test_a_server_that_is_not_there_is_said_in_one_sentence():
    with pytest.raises(Problem, match="PostgreSQL cannot be reached"):
        Postgres("postgresql://nobody@127.0.0.1:1/none", tables=[], rows={})


def test_a_statement_that_waits_is_told_from_one_that_is_slow(postgres_url):
    key = table_of(shelves).key("a")
    with Postgres(postgres_url, tables=[table_of(shelves)], rows=stocked(a=1)) as server:
        for place in ("first", "second"):
            server.issue(place, "begin")
            server.settle(place)
        lock = Get(table_of(shelves), key, lock=True)
        server.issue("first", lock)
        assert server.settle("first").value.units == 1
        server.issue("second", lock)

        assert server.settle("second") is None

        server.issue("first", "commit")
        server.settle("first")
        assert server.settle("second").value.units == 1


def test_a_tape_is_replayed_by_the_command_line_as_json(postgres_url, tmp_path):
    from click.testing import CliRunner

    from eventproof.cli.app import cli

    scenario = EXAMPLES / "acme/scenarios/last-unit-naive.yaml"
    CliRunner().invoke(cli, ["explore", str(scenario)])
    tape = EXAMPLES / "acme/.eventproof/tapes/last-unit-naive.json"

    done = CliRunner().invoke(cli, ["replay", str(tape), "--on", postgres_url, "--format", "json"])

    said = json.loads(done.output)
    assert done.exit_code == 0
    assert said["on"] == "postgresql"
    assert said["reproduced"]
    assert said["agrees"]
    assert all(line["same"] for line in said["log"])


def test_a_deadlock_of_two_lock_orders_ends_with_a_victim_on_both_sides(postgres_url):
    from schedules import Schedule
    from simulator_shops import shop

    async def journey(customer, ctx):
        first, second = ("a", "b") if customer.name == "customer-1" else ("b", "a")
        async with ctx.transaction() as tx:
            await tx.update(shelves, first, units=minus(1))
            await tx.update(shelves, second, units=minus(1))
        return "done"

    model = shop(journey, rows=stocked(a=2, b=2))
    schedule = Schedule(model, postgres_url, Random(0))

    ended = schedule.run([("customer-1", 0), ("customer-2", 0)] * 3)

    assert ended.agrees, [line for line in ended.lines if not line.same]
    assert "failed: 40P01: deadlock detected" in schedule.world.view().outcomes


@pytest.mark.parametrize(("level", "both"), [("repeatable read", True), ("serializable", False)])
def test_a_ledger_that_is_counted_oversells_on_the_server_unless_serializable(
    level, both, postgres_url
):
    from schedules import Schedule
    from simulator_shops import shop

    async def journey(customer, ctx):
        async with ctx.transaction(isolation=level) as tx:
            if await tx.select(shelves, at_least(units=1)):
                return "refused"
            await tx.insert(shelves, shelf=f"sold-to-{customer.name}", units=1)
        return "sold"

    schedule = Schedule(shop(journey, rows=stocked(a=0)), postgres_url, Random(0))
    ended = schedule.run([("customer-1", 0), ("customer-2", 0)] * 4)

    assert ended.agrees, [line for line in ended.lines if not line.same]
    sold = schedule.world.view().outcomes
    assert sold.count("sold") == (2 if both else 1)


def test_what_runs_on_tables_of_ones_own_replays_there(tmp_path, monkeypatch, postgres_url):
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(cli, ["explore", HOW_TO]).exit_code == 1
    tape = ".eventproof/tapes/one-seat.json"
    done = CliRunner().invoke(cli, ["replay", tape, "--on", postgres_url])
    assert done.exit_code == 0, done.output
    assert "REPRODUCED" in done.stdout


@pytest.mark.parametrize("database", ["postgresql", "sqlite"])
def test_a_check_constraint_stops_there_whom_it_stops_in_the_model(
    database, tmp_path, monkeypatch, request
):
    write_project(tmp_path)
    put_a_check(tmp_path)
    monkeypatch.chdir(tmp_path)
    scenario = Path(HOW_TO)
    text = scenario.read_text().replace("a_seat_is_sold_once", "nobody_is_stopped")
    scenario.write_text(f"{text}database: {database}\n")
    on = "sqlite:///shop.db" if database == "sqlite" else request.getfixturevalue("postgres_url")
    assert CliRunner().invoke(cli, ["explore", HOW_TO]).exit_code == 1

    done = CliRunner().invoke(cli, ["replay", ".eventproof/tapes/one-seat.json", "--on", on])

    assert done.exit_code == 0, done.output
    assert "every statement was answered as the model says" in done.stdout
    assert "A visitor failed: 23514" in done.stdout
