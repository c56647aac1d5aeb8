"""Runs at random: what they find, that equal seeds give equal runs, that nothing is proved."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner
from simulator_shops import Ping, never, shelves, shop, stocked, units_on

from eventproof.cli.app import cli
from eventproof.simulator import (
    Budget,
    DatabaseError,
    Eventually,
    Search,
    explore_or_sample,
    plus,
    sample,
)
from eventproof.simulator.programs import Route
from eventproof.simulator.properties import NEVER_STUCK, Sometimes
from eventproof.simulator.replay import replay_deeds
from eventproof.simulator.sampling import STEPS_BOUND

ACME = Path(__file__).parents[2] / "examples" / "acme"
KINDS = ("random", "pct", "both")


def lost_update(*, customers=2, at_least=2):
    async def journey(_customer, ctx):
        async with ctx.transaction() as tx:
            row = await tx.get(shelves, "a")
        async with ctx.transaction() as tx:
            await tx.update(shelves, "a", units=row.units + 1)
        return "added"

    def lost(view):
        return len(view.outcomes) == customers and units_on(view, "a") < at_least

    return shop(
        journey, customers=customers, rows=stocked(a=0), always=[never("no-update-lost", lost)]
    )


@pytest.fixture
def slow_clock(monkeypatch):
    """Every look at the clock takes a second."""
    monkeypatch.setattr("eventproof.simulator.sampling.monotonic", partial(next, count()))


@pytest.mark.parametrize("by", KINDS)
def test_a_run_that_outlasts_the_budget_is_left_where_it_is(slow_clock, by):
    found = sample(lost_update(), search=Search(by=by, runs=50), budget=Budget(seconds=5))
    assert found.ended_by == "seconds"
    assert found.runs == 1
    assert 0 < found.transitions <= 5
    assert found.verdict == "passed"


def deep(others=3):
    """One customer opens a window for one step; another must do all its steps within it."""

    async def journey(customer, ctx):
        number = customer.cart[0][1]
        if number == 1:
            for window in (1, 0):
                async with ctx.transaction() as tx:
                    await tx.update(shelves, "window", units=window)
        elif number == 2:
            for step in range(1, 4):
                async with ctx.transaction() as tx:
                    row = await tx.get(shelves, "window")
                    await tx.update(shelves, "saga", units=step if row.units else 0)
                if not row.units:
                    return "missed"
        else:
            for _ in range(3):
                async with ctx.transaction() as tx:
                    await tx.update(shelves, f"noise-{number}", units=plus(1))
        return "done"

    noise = {f"noise-{n}": 0 for n in range(3, 3 + others)}
    whole = never("saga-never-whole", lambda view: units_on(view, "saga") == 3)
    carts = [(("tea", n),) for n in range(1, 3 + others)]
    rows = stocked(window=0, saga=0, **noise)
    return shop(journey, carts=carts, rows=rows, always=[whole])


class TestWhatIsFound:
    @pytest.mark.parametrize("by", KINDS)
    def test_a_violation_comes_with_a_run_that_replays(self, by):
        model = lost_update()
        found = sample(model, search=Search(by))
        (violation,) = found.violations
        assert found.verdict == "violated"
        assert replay_deeds(model, violation.deeds).breaks("no-update-lost")

    @pytest.mark.parametrize("seed", range(5))
    def test_changing_priorities_find_what_needs_many_steps_in_one_order(self, seed):
        found = sample(deep(), search=Search("pct", runs=500), seed=seed)
        assert found.verdict == "violated"

    def test_being_stuck_is_found(self):
        async def journey(customer, ctx):
            async with ctx.transaction() as tx:
                await tx.update(shelves, "a", units=plus(1))
                await ctx.request(Ping(sender=customer.name))

        class Listener:
            async def on_ping(self, _ping, ctx):
                async with ctx.transaction() as tx:
                    await tx.update(shelves, "a", units=plus(1))

        routes = {"ping": (Route("listener", Listener, "on_ping", Ping),)}
        found = sample(shop(journey, customers=1, routes=routes))
        assert [v.property for v in found.violations] == [NEVER_STUCK]

    def test_a_deadlock_is_broken_and_its_victim_told(self):
        async def journey(customer, ctx):
            order = ("a", "b") if customer.cart[0][1] == 1 else ("b", "a")
            try:
                async with ctx.transaction() as tx:
                    for shelf in order:
                        await tx.update(shelves, shelf, units=plus(1))
            except DatabaseError as error:
                return error.sqlstate

        model = shop(journey, carts=[(("tea", n),) for n in (1, 2)], rows=stocked(a=0, b=0))
        victim = never("no-deadlock", lambda view: "40P01" in view.outcomes)
        found = sample(replace(model, always=(victim,)))
        assert [v.property for v in found.violations] == ["no-deadlock"]

    def test_a_run_that_ends_without_what_it_must_come_to_is_found(self):
        two = Eventually("two", lambda view: units_on(view, "a") == 2)
        model = replace(lost_update(), always=(), eventually=(two,))
        (violation,) = sample(model).violations
        assert violation.sentence == "A run never comes to `two`: it ends."
        assert replay_deeds(model, violation.deeds).breaks("two")

    def test_what_is_owed_again_is_found_too(self):
        back = Eventually(
            "none again",
            lambda view: units_on(view, "a") == 0,
            whenever=lambda view: units_on(view, "a") == 1,
        )
        model = replace(lost_update(), always=(), eventually=(back,))
        assert [v.property for v in sample(model).violations] == ["none again"]


class TestWhatIsNotProved:
    def test_nothing_found_is_passed_and_never_proved(self):
        found = sample(lost_update(at_least=0), search=Search(runs=20))
        assert (found.verdict, found.runs, found.count) == ("passed", 20, None)
        assert not found.exhausted

    def test_what_never_happened_is_unknown(self):
        nine = Sometimes("nine", lambda view: units_on(view, "a") == 9)
        model = replace(lost_update(at_least=0), sometimes=(nine,))
        found = sample(model, search=Search(runs=20))
        assert (found.verdict, found.unreached) == ("unknown", ("nine",))

    @pytest.mark.parametrize("by", KINDS)
    def test_a_run_that_does_not_end_is_cut_and_counted(self, by):
        async def journey(_customer, ctx):
            while True:
                async with ctx.transaction() as tx:
                    await tx.get(shelves, "a")

        found = sample(shop(journey), search=Search(by, runs=2))
        assert found.note == f"2 runs were cut after {STEPS_BOUND:,} steps"

    def test_who_polls_with_the_highest_priority_does_not_keep_the_others_waiting(self):
        async def journey(customer, ctx):
            units = 1 if customer.cart[0][1] == 1 else None
            while True:
                async with ctx.transaction() as tx:
                    if units is not None:
                        await tx.update(shelves, "a", units=units)
                        return "put"
                    row = await tx.get(shelves, "a")
                if row.units:
                    return "seen"

        model = shop(journey, carts=[(("tea", n),) for n in (1, 2)], rows=stocked(a=0))
        found = sample(model, search=Search("pct", runs=50))
        assert (found.verdict, found.note) == ("passed", None)

    def test_a_bound_of_memory_ends_it(self):
        found = sample(lost_update(at_least=0), budget=Budget(memory_mb=1))
        assert (found.verdict, found.ended_by, found.runs) == ("passed", "memory", 0)


class TestWhereExploringEnds:
    def test_runs_at_random_go_on_where_the_budget_ended(self):
        found = explore_or_sample(deep(), budget=Budget(states=300))
        assert (found.verdict, found.ended_by) == ("violated", "states")
        assert found.states > 300
        assert found.runs > 0

    def test_an_exploration_that_ends_takes_none(self):
        found = explore_or_sample(lost_update(at_least=0))
        assert (found.verdict, found.runs, found.ended_by) == ("proved", None, None)

    def test_a_bound_of_memory_says_so(self):
        found = explore_or_sample(lost_update(at_least=0), budget=Budget(memory_mb=1))
        assert (found.verdict, found.ended_by) == ("passed", "memory")


@pytest.mark.parametrize("by", KINDS)
def test_the_same_seed_gives_the_same_run_and_another_another(by):
    model = lost_update(customers=4, at_least=4)
    first, again, other = (
        sample(model, search=Search(by, runs=500), seed=seed).violations for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


SCENARIO = """\
scenario: two customers and one tea
catalog: ../catalog
stock: {tea: 1}
customers: {count: 2, cart: {tea: 1}, allocate: naive}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    clean = shutil.ignore_patterns(".eventproof", "__pycache__")
    shutil.copytree(ACME, tmp_path / "acme", ignore=clean)
    monkeypatch.chdir(tmp_path / "acme" / "scenarios")
    return Path()


def explore(text, *options):
    Path("mine.yaml").write_text(text)
    return CliRunner().invoke(cli, ["explore", "mine.yaml", *options])


class TestOnTheCommandLine:
    def test_a_violation_is_told_with_a_tape_that_replays(self, folder):
        result = explore(SCENARIO, "--search", "random", "--runs", "200", "--seed", "3")
        assert result.exit_code == 1, result.output
        assert "VIOLATED ledger-balances" in result.output
        assert "found by run " in result.output
        replayed = CliRunner().invoke(cli, ["replay", "../.eventproof/tapes/mine.json"])
        assert replayed.exit_code == 0, replayed.output

    def test_a_scenario_may_ask_for_it(self, folder):
        text = SCENARIO.replace("naive", "guarded") + "search: {by: pct, runs: 30}\n"
        result = explore(text)
        assert result.exit_code == 0, result.output
        assert "PASSED   30 runs at random" in result.output
        assert "30 runs at random: nothing was found, and nothing is proved" in result.output

    def test_a_bound_is_said_with_the_runs_after_it(self, folder):
        text = SCENARIO.replace("naive", "guarded").replace("count: 2", "count: 4")
        said = explore(text, "--states", "1").output
        assert "the budget of states ended first: nothing was found, nor in 1,000 runs" in said

    def test_a_bound_of_memory_is_said(self, folder):
        result = explore(SCENARIO.replace("naive", "guarded"), "--max-memory", "1")
        assert result.exit_code == 0, result.output
        assert "the budget of memory ended first" in result.output
        found = json.loads(explore(SCENARIO, "--max-memory", "1", "--format", "json").stdout)
        assert (found["verdict"], found["ended_by"], found["runs"]) == ("passed", "memory", 0)
        assert found["schedules"] is None

    def test_two_processes_say_the_same_to_the_byte(self, folder):
        Path("mine.yaml").write_text(SCENARIO)
        command = [sys.executable, "-m", "eventproof", "explore", "mine.yaml", "--search", "both"]
        said = []
        for seed in ("1", "2"):
            env = {**os.environ, "PYTHONHASHSEED": seed}
            done = subprocess.run(command, capture_output=True, env=env)
            tape = Path("../.eventproof/tapes/mine.json").read_bytes()
            said.append((done.stdout, done.stderr, tape))
        assert said[0] == said[1]
