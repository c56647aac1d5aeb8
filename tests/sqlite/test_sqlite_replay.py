"""Tapes on a real SQLite: what was found on the model happens in the file."""

import json
import re
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner
from isolation_table import SQLITE_WAYS, TABLES, sqlite_line_of
from simulator_shops import Ping, shelves, shop
from sqlite_side import sqlite_files

from eventproof.cli.app import cli
from eventproof.findings import Problem
from eventproof.simulator import (
    Journal,
    Mode,
    SQLite,
    explore,
    load_scenario,
    prepare,
    replay_on_postgres,
    replay_on_sqlite,
    tell,
    watching,
)
from eventproof.simulator.inventory import STRATEGIES, contest
from eventproof.simulator.network import CRASH_AFTER, Left, Network
from eventproof.simulator.programs import Route
from eventproof.simulator.replay import replay_deeds, tape_steps
from eventproof.simulator.shadow import Shadow
from eventproof.simulator.sqlite import Sqlite
from eventproof.simulator.tables import table_of
from eventproof.simulator.world import World

EXAMPLES = Path(__file__).parents[2] / "examples"
BOTH = pytest.mark.parametrize("journal", Journal)

LOOPS = """

from pathlib import Path

plain = InventoryService.on_reserve_inventory


async def on_reserve_inventory(self, command, ctx):
    while Path("loop for ever").exists():
        pass
    await plain(self, command, ctx)


InventoryService.on_reserve_inventory = on_reserve_inventory
"""


def steps_of(model, violation):
    return tape_steps(violation.deeds, replay_deeds(model, violation.deeds).moments)


@BOTH
@pytest.mark.parametrize("name", ["append", "advisory-lock", "locked-unordered"])
def test_a_strategy_breaks_in_the_file_as_on_the_model(name, journal, tmp_path):
    model = replace(contest(STRATEGIES[name], customers=2), sqlite=SQLite(journal))
    for violation in explore(model).violations:
        steps = steps_of(model, violation)

        shadowed = replay_on_sqlite(model, steps, path=tmp_path / "shop.db")

        assert shadowed.agrees, [line for line in shadowed.lines if not line.same]
        assert violation.property in {breach.property for breach in shadowed.breaches}


def test_the_shop_that_appends_oversells_on_sqlite_too():
    for journal in Journal:
        model = replace(contest(STRATEGIES["append"], customers=2), sqlite=SQLite(journal))
        assert "never-oversold" in {violation.property for violation in explore(model).violations}


def test_a_handler_that_dies_with_a_commit_that_was_refused_leaves_nothing_behind(tmp_path):
    class Listener:
        async def on_ping(self, ping, ctx):
            async with ctx.transaction() as tx:
                await tx.update(shelves, "a", units=7)

    async def journey(customer, ctx):
        async with ctx.transaction() as tx:
            await tx.get(shelves, "a")
            await ctx.publish(Ping(sender=customer.name))
            return str((await tx.get(shelves, "a")).units)

    model = shop(
        journey,
        customers=1,
        routes={"ping": (Route("listener", Listener, "on_ping", Ping),)},
        network=Network(Left(crashes=1)),
        sqlite=SQLite(),
    )
    world = World(model)
    world.arrive(model.customers[0])
    reader, writer = ("customer-1", 0), ("customer-1", 1)
    with Sqlite(
        tmp_path / "shop.db",
        tables=[table_of(shelves)],
        rows=model.rows,
        journal=Journal.ROLLBACK,
    ) as server:
        shadow = Shadow(world, server)
        for place in (reader, reader, reader, writer, writer):
            shadow.take(place, "step", None)
        assert shadow.take(writer, "step", CRASH_AFTER).answer == CRASH_AFTER
        for place in (reader, reader, writer, writer, writer):
            shadow.take(place, "step", None)
        ended = shadow.ended()

    assert ended.agrees, [line for line in ended.lines if not line.same]
    assert "fails: SQLITE_BUSY" in [line.server for line in ended.lines]
    assert world.rows.get(table_of(shelves).key("a")).units == 7


def test_a_tape_of_the_other_database_is_refused(tmp_path):
    postgres = contest(STRATEGIES["append"], customers=2)
    sqlite = replace(postgres, sqlite=SQLite())
    with pytest.raises(Problem, match="the tape was recorded on PostgreSQL"):
        replay_on_sqlite(postgres, (), path=tmp_path / "shop.db")
    with pytest.raises(Problem, match="the tape was recorded on SQLite"):
        replay_on_postgres(sqlite, (), url="postgresql://localhost")


@pytest.fixture
def acme(tmp_path, monkeypatch):
    """The Acme shop with the tape of its guarded scenario on SQLite, as the current folder."""
    return taped_acme(tmp_path, monkeypatch)


def taped_acme(folder, monkeypatch, *, more_code=""):
    shutil.copytree(EXAMPLES / "acme", folder / "acme")
    monkeypatch.chdir(folder / "acme")
    with Path("handlers/inventory_service.py").open("a") as handlers:
        handlers.write(more_code)
    scenario = load_scenario("sqlite/guarded.yaml")
    assert scenario.sqlite == SQLite(Journal.WAL, Mode.DEFERRED)
    done = CliRunner().invoke(cli, ["explore", "sqlite/guarded.yaml"])
    assert done.exit_code == 0, done.output
    return ".eventproof/tapes/guarded.json"


def test_the_command_line_replays_a_tape_on_a_file(acme):
    done = CliRunner().invoke(cli, ["replay", acme, "--on", "sqlite:///shop.db"])

    assert done.exit_code == 0, done.output
    assert "on SQLite" in done.output
    assert "every statement was answered as the model says" in done.output
    assert "REPRODUCED no-message-lost" in done.output
    assert not Path("shop.db").exists()


@pytest.mark.parametrize("place", ["memory", "sqlite:///shop.db"])
def test_a_replay_whose_handler_loops_for_ever_ends_in_a_sentence(place, tmp_path, monkeypatch):
    acme = taped_acme(tmp_path, monkeypatch, more_code=LOOPS)
    Path("loop for ever").touch()
    monkeypatch.setattr("eventproof.simulator.watching", partial(watching, patience_s=0.2))

    done = CliRunner().invoke(cli, ["replay", acme, "--on", place])

    assert done.exit_code == 2, done.output
    stuck = "inventory-service.reserve-inventory neither takes a step nor ends"
    assert f"{stuck} (inventory_service.py:" in done.output
    assert not list(Path().glob("shop.db*"))


def test_the_command_line_replays_a_tape_on_a_file_as_json(acme):
    done = CliRunner().invoke(
        cli, ["replay", acme, "--on", "sqlite:///shop.db", "--format", "json"]
    )

    said = json.loads(done.output)
    assert (said["on"], said["reproduced"], said["agrees"]) == ("sqlite", True, True)
    assert any("SQLITE_BUSY" in (line["server"] or "") for line in said["log"])


@pytest.mark.parametrize("place", ["sqlite://", "sqlite:///", "mysql://localhost/shop"])
def test_a_place_that_is_none_is_told_with_the_forms(acme, place):
    done = CliRunner().invoke(cli, ["replay", acme, "--on", place])

    assert done.exit_code == 2
    assert re.search(r"this version cannot replay on (sqlite|mysql)", done.output)


def test_an_example_tells_its_story_with_the_error():
    prepared = prepare(load_scenario(EXAMPLES / "acme/sqlite/guarded.yaml"))
    exploration = explore(prepared.model)
    (violation,) = exploration.violations
    assert "SQLITE_BUSY" in tell(prepared, exploration, violation).tape.sentence


@pytest.mark.parametrize("name", ["guarded update", "count the sales, enter one more"])
def test_both_sides_do_what_the_table_says(name):
    page = (EXAMPLES.parent / "docs/reference/isolation.md").read_text("utf-8").splitlines()
    with sqlite_files(TABLES) as servers:
        for journal in Journal:
            for mode in Mode:
                database = SQLite(journal, mode)
                way = SQLITE_WAYS[name]
                line, agrees = sqlite_line_of(name, way, database, servers[journal])
                assert agrees
                assert line in page
