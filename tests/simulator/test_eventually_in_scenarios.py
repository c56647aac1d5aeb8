"""`eventually` in scenario files: told by `explore`, taped, replayed, and refused with a line."""

import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from eventproof.cli.app import cli
from eventproof.findings import Problem
from eventproof.simulator import load_scenario

ACME = Path(__file__).parents[2] / "examples" / "acme"

PLAIN = """\
scenario: two customers and one tea
catalog: ../catalog
stock: {tea: 1}
customers: {count: 2, cart: {tea: 1}}
eventually: [every journey ends]
"""

POLLING = """\
scenario: somebody who waits for tea
catalog: ../catalog
stock: {tea: 0}
customers: {count: 1, cart: {tea: 1}, journey: rules.py:waits}
eventually: [every journey ends, rules.py:tea_comes]
"""

RULES = """\
from eventproof.simulator import Eventually
from eventproof.simulator.inventory import stock

async def waits(customer, ctx):
    while True:
        async with ctx.transaction() as tx:
            row = await tx.get(stock, "tea")
        if row.available:
            return "tea"

def tea_comes(view):
    return any(row.available for row in view.table("stock"))

given_back = Eventually(
    "given back",
    lambda view: any(row.available for row in view.table("stock")),
    whenever=lambda view: not any(row.available for row in view.table("stock")),
)

def raises(view):
    raise KeyError("tea")

async def pays_or_waits(customer, ctx):
    return "paid" if await ctx.call("payment", "pay") == "approve" else await waits(customer, ctx)
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a command on a scenario, beside a file `rules.py`."""
    clean = shutil.ignore_patterns(".eventproof", "__pycache__")
    shutil.copytree(ACME, tmp_path / "acme", ignore=clean)
    monkeypatch.chdir(tmp_path / "acme" / "scenarios")
    Path("rules.py").write_text(RULES)

    def running(text, *options, command="explore"):
        Path("mine.yaml").write_text(text)
        return CliRunner().invoke(cli, [command, "mine.yaml", *options])

    return running


def test_what_every_run_comes_to_is_proved(run):
    result = run(PLAIN, "--format", "json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["verdict"], found["undecided"]) == ("proved", [])


def test_a_run_that_goes_round_for_ever_is_on_a_tape_that_replays(run):
    result = run(POLLING, "--format", "json")
    assert result.exit_code == 1, result.output
    violations = json.loads(result.stdout)["violations"]
    assert [v["property"] for v in violations] == ["every journey ends", "rules.py:tea_comes"]
    tape = json.loads(Path(violations[0]["tape"]).read_text())
    assert 0 < tape["loop"] <= len(tape["steps"])
    replayed = CliRunner().invoke(cli, ["replay", violations[0]["tape"]])
    assert replayed.exit_code == 0, replayed.output
    assert "REPRODUCED every journey ends: A run never comes to" in replayed.output


def test_a_tape_whose_circle_does_not_close_is_not_reproduced(run):
    run(POLLING)
    file = Path("../.eventproof/tapes/mine.json")
    tape = json.loads(file.read_text())
    file.write_text(json.dumps({**tape, "loop": tape["loop"] - 1}))
    replayed = CliRunner().invoke(cli, ["replay", str(file)])
    assert replayed.exit_code == 1, replayed.output
    assert "NOT REPRODUCED every journey ends" in replayed.output


WAITING = """\
scenario: customers of whom one waits for tea
catalog: ../catalog
stock: {tea: 0}
customers: {count: 3, cart: {tea: 1}, journey: rules.py:pays_or_waits}
eventually: [every journey ends]
"""


def test_a_tape_of_what_never_comes_about_is_made_smaller(run):
    run(WAITING)
    tape = "../.eventproof/tapes/mine.json"
    done = CliRunner().invoke(cli, ["replay", tape, "--minimise", "-o", "small.json"])
    assert done.exit_code == 0, done.output
    assert re.match(r"\d+ steps, 3 actors, 0 units, made smaller: 6 steps, 1 actor,", done.output)
    small = json.loads(Path("small.json").read_text())
    assert (small["customers"], small["loop"]) == (1, 3)
    replayed = CliRunner().invoke(cli, ["replay", "small.json"])
    assert "REPRODUCED every journey ends: A run never comes to" in replayed.output
    assert "the last 3 steps go round for ever" in replayed.output
    again = CliRunner().invoke(cli, ["replay", "small.json", "--minimise"])
    assert again.stdout.startswith("small.json is as small as it will go: 6 steps, 1 actor")


def test_the_text_says_that_the_last_steps_go_round(run):
    result = run(POLLING)
    assert "A run never comes to `every journey ends`: the last" in result.output
    assert "go round for ever" in result.output


def test_a_known_condition_of_sometimes_may_be_asked_of_every_run(run):
    result = run(PLAIN.replace("every journey ends", "an order was shipped"))
    assert result.exit_code == 1
    assert "VIOLATED an order was shipped" in result.output


def test_what_is_owed_whenever_something_happens_is_told(run):
    result = run(PLAIN.replace("every journey ends", "rules.py:given_back"))
    assert result.exit_code == 1, result.output
    assert "VIOLATED rules.py:given_back" in result.output


def test_a_budget_that_ends_first_is_said(run):
    result = run(PLAIN, "--states", "1", "--seconds", "0.000001")
    assert result.exit_code == 1, result.output
    assert "UNKNOWN" in result.output
    assert (
        "not told: whether every run comes to `every journey ends`; the budget ended first"
        in result.output
    )


def test_an_unknown_condition_is_named_with_its_line(run):
    result = run(PLAIN.replace("journey ends", "jorney ends"))
    assert result.exit_code == 2
    assert "mine.yaml:5: `eventually` names the unknown property `every jorney ends`." in (
        result.output
    )
    assert "did you mean `every journey ends`?" in result.output


def test_a_condition_that_raises_is_one_sentence(run):
    result = run(PLAIN.replace("every journey ends", "rules.py:raises"))
    assert result.exit_code == 2
    assert "the property rules.py:raises raised KeyError: 'tea' (rules.py:21)." in result.output


def test_a_timed_run_is_not_asked_what_every_run_comes_to(run):
    Path("mine.yaml").write_text(PLAIN + "driver: timed\n")
    with pytest.raises(Problem) as problem:
        load_scenario("mine.yaml")
    assert str(problem.value.sentence) == (
        "mine.yaml:5: a timed run cannot tell what every run comes to."
    )
