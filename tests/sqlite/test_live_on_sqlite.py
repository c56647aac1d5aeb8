"""Live runs on a file begin, wait and commit as the scenario's SQLite does."""

import sqlite3
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from simulator_live import statements_model

from eventproof.findings import Problem
from eventproof.simulator import (
    DatabaseError,
    Journal,
    Mode,
    SQLite,
    load_scenario,
    plus,
    prepare,
    run_live,
)
from eventproof.simulator.connections import Connections
from eventproof.simulator.handlers import load_named
from eventproof.simulator.inventory.tables import stock

EXAMPLES = Path(__file__).parents[2] / "examples"


def ended(journey, path, *, sqlite):
    """What a single customer's journey on a file came to."""
    model = replace(statements_model(), journey=journey, sqlite=sqlite)
    (outcome,) = run_live(model, on=f"sqlite:///{path}").outcomes.values()
    return outcome


def somebody(path):
    """A program beside the run, which waits for nobody."""
    return closing(sqlite3.connect(path, timeout=0, isolation_level=None))


def what_others_may(path):
    """Whether others may read, and whether they may begin to write."""
    may = []
    for command in ("select * from stock", "begin immediate"):
        with somebody(path) as other, suppress(sqlite3.OperationalError):  # it is locked
            other.execute(command)
            may.append(command.split()[0])
    return " ".join(may)


@pytest.mark.parametrize(
    ("journal", "mode", "others_may"),
    [
        (Journal.ROLLBACK, Mode.DEFERRED, "select begin"),
        (Journal.ROLLBACK, Mode.IMMEDIATE, "select"),
        (Journal.ROLLBACK, Mode.EXCLUSIVE, ""),
        (Journal.WAL, Mode.DEFERRED, "select begin"),
        (Journal.WAL, Mode.IMMEDIATE, "select"),
        (Journal.WAL, Mode.EXCLUSIVE, "select"),
    ],
)
def test_a_transaction_begins_in_the_mode_of_the_scenario(journal, mode, others_may, tmp_path):
    path = tmp_path / "shop.db"

    async def begins(_customer, ctx):
        async with ctx.transaction():
            return what_others_may(path)

    assert ended(begins, path, sqlite=SQLite(journal, mode)) == others_may


def test_the_mode_that_a_handler_names_goes_before_the_scenarios(tmp_path):
    path = tmp_path / "shop.db"

    async def begins(_customer, ctx):
        async with ctx.transaction(mode="exclusive"):
            return what_others_may(path)

    assert ended(begins, path, sqlite=SQLite(Journal.ROLLBACK, Mode.DEFERRED)) == ""


@pytest.mark.parametrize(
    ("journal", "beside"), [(Journal.ROLLBACK, "shop.db-journal"), (Journal.WAL, "shop.db-wal")]
)
def test_the_journal_is_the_scenarios(journal, beside, tmp_path):
    async def writes(_customer, ctx):
        async with ctx.transaction() as tx:
            await tx.update(stock, "tea", version=plus(1))
            return " ".join(sorted(path.name for path in tmp_path.iterdir()))

    there = ended(writes, tmp_path / "shop.db", sqlite=SQLite(journal)).split()
    assert beside in there
    assert {"shop.db-journal", "shop.db-wal"}.intersection(there) == {beside}
    assert list(tmp_path.iterdir()) == []


def test_the_time_out_that_is_given_is_the_one_that_is_set(tmp_path):
    sqlite = SQLite(Journal.WAL, Mode.DEFERRED, busy_timeout_s=1.5)
    with Connections(f"sqlite:///{tmp_path / 'shop.db'}", sqlite=sqlite) as connections:
        (set_ms,) = connections.take().raw.execute("pragma busy_timeout").fetchone()
    assert set_ms == 1500


@pytest.mark.parametrize("mode", [Mode.DEFERRED, Mode.IMMEDIATE])
def test_who_meets_a_lock_without_a_time_out_is_told_at_once(mode, tmp_path):
    path = tmp_path / "shop.db"

    async def writes(_customer, ctx):
        with somebody(path) as other:
            other.execute("begin immediate")
            try:
                async with ctx.transaction() as tx:
                    await tx.update(stock, "tea", version=plus(1))
            except DatabaseError as error:
                return error.sqlstate
        return "written"

    assert ended(writes, path, sqlite=SQLite(Journal.WAL, mode)) == "SQLITE_BUSY"


def test_a_snapshot_that_is_out_of_date_is_told(tmp_path):
    path = tmp_path / "shop.db"

    async def writes(_customer, ctx):
        try:
            async with ctx.transaction() as tx:
                await tx.get(stock, "tea")
                with somebody(path) as other:
                    other.execute("update stock set version = version + 1")
                await tx.update(stock, "tea", version=plus(1))
        except DatabaseError as error:
            return error.sqlstate
        return "written"

    assert ended(writes, path, sqlite=SQLite(Journal.WAL)) == "SQLITE_BUSY_SNAPSHOT"


def test_a_commit_that_a_reader_stops_can_be_asked_again(tmp_path):
    path = tmp_path / "shop.db"

    async def commits_twice(_customer, ctx):
        said = []
        async with ctx.transaction() as tx:
            await tx.update(stock, "tea", version=plus(1))
            with somebody(path) as reader:
                reader.execute("begin")
                reader.execute("select * from stock").fetchall()
                try:
                    await tx.commit()
                except DatabaseError as error:
                    said.append(error.sqlstate)
            await tx.commit()
        async with ctx.transaction() as tx:
            said.append((await tx.get(stock, "tea")).version)
        return str(said)

    before = statements_model().rows["stock", "tea"].version
    assert ended(commits_twice, path, sqlite=SQLite()) == f"['SQLITE_BUSY', {before + 1}]"


def test_a_commit_that_is_stopped_at_the_end_of_its_block_is_undone(tmp_path):
    path = tmp_path / "shop.db"

    async def commits(_customer, ctx):
        with somebody(path) as reader:
            reader.execute("begin")
            reader.execute("select * from stock").fetchall()
            try:
                async with ctx.transaction() as tx:
                    await tx.update(stock, "tea", version=plus(1))
            except DatabaseError as error:
                said = error.sqlstate
        async with ctx.transaction() as tx:
            return f"{said}, version {(await tx.get(stock, 'tea')).version}"

    before = statements_model().rows["stock", "tea"].version
    assert ended(commits, path, sqlite=SQLite()) == f"SQLITE_BUSY, version {before}"


def test_a_scenario_runs_live_on_its_own_sqlite(tmp_path):
    model = prepare(load_scenario(EXAMPLES / "acme/sqlite/guarded.yaml")).model
    seen = []

    async def looks(customer, ctx):
        async with ctx.transaction():
            seen.append(what_others_may(tmp_path / "shop.db"))
            seen.append((tmp_path / "shop.db-wal").exists())

    run_live(replace(model, journey=looks), on=f"sqlite:///{tmp_path / 'shop.db'}", threads=1)
    assert seen == ["select begin", True] * len(model.customers)


def test_a_model_of_sqlite_is_refused_on_another_database():
    model = replace(statements_model(), sqlite=SQLite())
    with pytest.raises(Problem, match="the model is of a SQLite"):
        run_live(model, on="postgresql://localhost/none")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "await ctx.transaction().__aenter__()",
            "journey ends with an open transaction (odd.py:2)",
        ),
        (
            "await ctx.transaction().__aenter__()\n    await ctx.transaction().__aenter__()",
            "journey opens a transaction inside another (odd.py:4)",
        ),
        (
            "async with ctx.transaction() as tx:\n"
            "        await tx.update(stock, 'tea', available=10**40)",
            "journey asks what cannot be: OverflowError",
        ),
        ("await ctx.sleep(float('inf'))", "journey raised TypeError: a sleep of inf s (odd.py:3)"),
    ],
)
def test_what_no_database_can_do_is_one_sentence_with_its_line(tmp_path, body, said):
    (tmp_path / "odd.py").write_text(
        "from eventproof.simulator.inventory import stock\n"
        f"async def journey(customer, ctx):\n    {body}\n"
    )
    journey = load_named("odd.py:journey", folder=tmp_path, shown="odd.yaml")
    with pytest.raises(Problem) as problem:
        ended(journey, tmp_path / "shop.db", sqlite=None)
    assert said in problem.value.sentence
