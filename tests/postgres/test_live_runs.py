"""Handlers on a real database, in threads: the database alone decides who goes first."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from simulator_live import SAID, messages_model, statements_model

from eventproof.findings import Problem
from eventproof.simulator import Customer, DatabaseError, plus, run_live
from eventproof.simulator.connections import Connections
from eventproof.simulator.inventory import ALWAYS, STRATEGIES, contest, initial_rows, metadata
from eventproof.simulator.inventory.tables import leases, stock
from eventproof.simulator.premises import premises
from eventproof.simulator.properties import View
from eventproof.simulator.sqlite_store import Journal, SQLite
from eventproof.simulator.steps import Delete, Isolation, Mode
from eventproof.simulator.tables import table_of
from eventproof.simulator.threads import Live, arena
from eventproof.simulator.world import World

RIGHT = [strategy for strategy in STRATEGIES.values() if strategy.right]
ROOT = Path(__file__).parents[2]
RUNS = 5
SERIALIZABLE = ("serializable-retry", "append-serializable")


@pytest.fixture(params=["postgresql", "sqlite"])
def database(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'shop.db'}"
    return request.getfixturevalue("postgres_url")


def simulate_once(model):
    """The outcome of a model's only customer on the model store."""
    world, (customer,) = World(model), model.customers
    world.arrive(customer)
    while not world.actors[customer.name].done:
        world.take((customer.name, 0))
    return world.actors[customer.name].outcome


def by_name(strategy):
    return strategy.name


@pytest.mark.parametrize("strategy", RIGHT, ids=by_name)
def test_a_right_strategy_breaks_nothing_on_a_server_with_threads(strategy, postgres_url):
    model = contest(strategy, customers=3)
    # How often the server answers 40001 is its choice: a customer may run out of tries.
    tolerated = {"every-command-ends"} if strategy.name in SERIALIZABLE else set()
    with arena(model, on=postgres_url) as place:
        for seed in range(RUNS):
            run = place.run(model, seed=seed, jitter_s=0.001 * (seed % 2), pace=0.02)
            assert {breach.property for breach in run.breaches} <= tolerated
            assert sorted(run.outcomes) == [customer.name for customer in model.customers]


def test_who_never_looks_oversells_on_any_database(database):
    run = run_live(contest(STRATEGIES["append"], customers=3), on=database)
    assert {breach.property for breach in run.breaches} == {"never-oversold"}
    assert set(run.outcomes.values()) == {"paid"}


def test_every_statement_answers_as_the_model_does(database):
    model = statements_model()
    assert simulate_once(model) == SAID
    assert run_live(model, on=database).outcomes == {"customer-1": SAID}


def test_requests_and_messages_have_their_effect_once(database):
    model = messages_model(customers=4, units=20)
    run = run_live(model, on=database, threads=3)
    assert run.rows["stock", "tea"].allocated == 8  # a unit for each of four, and one more each
    assert ALWAYS["ledger-balances"].broken(View((run.rows,))) is None
    assert run.breaches == ()


def test_who_is_refused_by_a_request_is_told_so(database):
    run = run_live(messages_model(customers=2, units=1), on=database)
    assert "refused: 400" in run.outcomes.values()


def test_who_waits_too_long_for_a_lock_is_told_by_the_database_own_error(database):
    tables = tuple(map(table_of, metadata.sorted_tables))
    told = {"postgresql": "55P03", "sqlite": "SQLITE_BUSY"}[database.partition(":")[0]]

    async def take(ctx):
        async with ctx.transaction() as tx:
            await tx.update(stock, "tea", version=plus(1))

    with (
        premises(database, tables) as place,
        Connections(database, setup=place.setup, wait_s=0.02) as own,
        Connections(database, setup=place.setup) as others,
        Live(own) as live,
    ):
        place.reset(initial_rows({"tea": 1}))
        holder = others.take()
        holder.begin(Isolation.READ_COMMITTED)
        holder.execute(Delete(table_of(stock), ("stock", "tea")))
        for _ in range(2):  # the first has left nothing behind
            with pytest.raises(DatabaseError, match=told):
                live.run(take)
        holder.end("rollback")
        before = place.rows()["stock", "tea"].version
        live.run(take)
        assert place.rows()["stock", "tea"].version == before + 1


@pytest.mark.parametrize("on", ["postgresql", "sqlite"])
def test_after_a_statement_that_failed_a_transaction_goes_on_as_the_model_says(on, request):
    async def goes_on(_customer, ctx):
        said = []
        async with ctx.transaction() as tx:
            for name in ("b", "b", "c"):
                try:
                    said.append(await tx.insert(leases, name=name))
                except DatabaseError as error:
                    said.append(error.sqlstate)
        return str(said)

    model = replace(statements_model(), journey=goes_on)
    if on == "sqlite":
        model = replace(model, sqlite=SQLite(Journal.WAL, Mode.IMMEDIATE))
        url = f"sqlite:///{request.getfixturevalue('tmp_path') / 'shop.db'}"
    else:
        url = request.getfixturevalue("postgres_url")
    said = simulate_once(model)
    assert said == ("[True, '23505', True]" if on == "sqlite" else "[True, '23505', '25P02']")
    assert run_live(model, on=url).outcomes == {"customer-1": said}


def test_nothing_is_left_behind_in_the_database(database, tmp_path):
    for _ in range(2):  # the second finds no table of the first
        run_live(statements_model(), on=database)
    assert list(tmp_path.iterdir()) == []


def test_a_file_with_tables_of_others_is_refused(tmp_path):
    import sqlite3

    file = tmp_path / "others.db"
    connection = sqlite3.connect(file)
    connection.execute("create table theirs (id integer)")
    connection.close()
    with pytest.raises(Problem, match="holds tables that eventproof did not make, such as theirs"):
        run_live(statements_model(), on=f"sqlite:///{file}")
    run = run_live(statements_model(), on=f"sqlite:///{file}", beside_other_tables=True)
    assert run.outcomes == {"customer-1": SAID}
    assert sqlite3.connect(file).execute("select name from sqlite_master").fetchall() == [
        ("theirs",)
    ]


@pytest.mark.parametrize("url", ["mysql://somewhere", "sqlite://", "sqlite:///"])
def test_a_database_of_another_kind_is_refused(url):
    with pytest.raises(Problem, match="names no database to run on"):
        run_live(statements_model(), on=url)


def test_a_file_in_no_folder_is_refused(tmp_path):
    with pytest.raises(Problem, match="cannot be opened"):
        run_live(statements_model(), on=f"sqlite:///{tmp_path / 'none' / 'shop.db'}")


def test_a_handler_at_fault_is_named(database):
    async def faulty(_customer, ctx):
        async with ctx.transaction():
            raise ValueError("no such thing")

    model = replace(statements_model(), journey=faulty, customers=(Customer("customer-1"),))
    with pytest.raises(Problem, match="raised ValueError: no such thing"):
        run_live(model, on=database)


@pytest.mark.parametrize("on", ["sqlite", "postgresql"])
def test_a_killed_run_keeps_what_it_acknowledged(on, request):
    url = request.getfixturevalue("postgres_url") if on == "postgresql" else on
    command = [sys.executable, "benchmarks/kill_live_run.py", "--times", "3", "--on", url]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{on}: 3 kills" in done.stdout


def test_a_transaction_in_a_mode_of_sqlites_is_refused_on_a_server(postgres_url):
    async def begins(_customer, ctx):
        async with ctx.transaction(mode="immediate"):
            return "begun"

    with pytest.raises(Problem, match="mode immediate, which is for SQLite"):
        run_live(replace(statements_model(), journey=begins), on=postgres_url)
