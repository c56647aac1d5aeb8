"""Properties of one's own: explored, taped, replayed; one that goes wrong is one sentence."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from simulator_shops import shop

from eventproof.cli.app import cli
from eventproof.findings import Problem
from eventproof.simulator import Always, View, explore, load_scenario, prepare
from eventproof.simulator.own import own_always
from eventproof.simulator.watchdog import watching

ACME = Path(__file__).parents[2] / "examples" / "acme"

PLAIN = """\
scenario: two customers and one tea
catalog: ../catalog
stock: {tea: 1}
customers: {count: 2, cart: {tea: 1}}
always:
  - never-oversold
  - rules.py:rule
"""

NEVER_SOLD = """\
def rule(view):
    sold = [line for line in view.table("order_lines") if line.status == "PAID"]
    return "somebody paid." if sold else None
"""


def naming(name):
    return PLAIN.replace("rules.py:rule", f"rules.py:{name}")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a command on the plain scenario, beside a file `rules.py` of this code."""
    clean = shutil.ignore_patterns(".eventproof", "__pycache__")
    shutil.copytree(ACME, tmp_path / "acme", ignore=clean)
    monkeypatch.chdir(tmp_path / "acme" / "scenarios")

    def running(code, *options, command="explore", text=PLAIN):
        Path("mine.yaml").write_text(text)
        Path("rules.py").write_text(code)
        return CliRunner().invoke(cli, [command, "mine.yaml", *options])

    return running


def test_what_a_function_says_is_wrong_is_a_violation_with_a_tape_that_replays(run):
    result = run(NEVER_SOLD, "--format", "json")

    assert result.exit_code == 1, result.output
    (violation,) = json.loads(result.stdout)["violations"]
    assert violation["property"] == "rules.py:rule"
    replayed = CliRunner().invoke(cli, ["replay", violation["tape"]])
    assert replayed.exit_code == 0, replayed.output
    assert "REPRODUCED rules.py:rule: somebody paid." in replayed.output


def test_the_end_of_a_timed_run_is_held_to_it_too(run):
    code = "def rule(view):\n    return str([*view.table('order_lines')])\n"
    result = run(code, command="simulate")
    assert result.exit_code == 1, result.output
    assert "VIOLATED rules.py:rule" in result.output


def test_a_function_that_finds_nothing_wrong_is_proved_with_each_customer_by_name(run):
    result = run("def rule(view):\n    return None\n", "--format", "json")

    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["verdict"] == "proved"
    assert found["note"] == (
        "rules.py:rule may tell customers apart; each customer was explored by name"
    )


def test_a_record_that_treats_all_alike_leaves_customers_interchangeable(run):
    code = (
        "from eventproof.simulator import Always\n"
        "def rule(view): pass\n"
        "alike = Always('mine', lambda view: None)\n"
    )
    by_name = json.loads(run(code, "--format", "json").stdout)
    alike = json.loads(run(code, "--format", "json", text=naming("alike")).stdout)

    assert alike["note"] is None
    assert alike["states"] < by_name["states"]


@pytest.mark.parametrize("number", [1, 2])
def test_a_rule_about_one_customer_is_refuted_whoever_that_is(run, number):
    code = (
        "def rule(view):\n"
        "    for line in view.table('order_lines'):\n"
        f"        if line.status == 'PAID' and 'customer-{number}' in str(line):\n"
        "            return 'the wrong one paid.'\n"
    )
    result = run(code)
    assert result.exit_code == 1, result.output
    assert "the wrong one paid." in result.output


def test_a_sometimes_function_that_is_never_met_leaves_the_verdict_unknown(run):
    code = "def rule(view): return False\ndef met(view): return True\n"
    only_sometimes = PLAIN.replace("always:", "sometimes:").replace("  - never-oversold\n", "")
    never = run(code, text=only_sometimes)
    at_last = run(code, text=only_sometimes.replace(":rule", ":met"))

    assert "UNKNOWN" in never.output
    assert "never reached: rules.py:rule" in never.output
    assert at_last.exit_code == 0, at_last.output


@pytest.mark.parametrize("command", ["explore", "simulate"])
@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "def rule(view):\n\n    raise ValueError('no\\nluck')\n",
            "the property rules.py:rule raised ValueError: no luck (rules.py:3).",
        ),
        (
            "def helps(view):\n    return 1 / 0\n\ndef rule(view):\n    return helps(view)\n",
            "the property rules.py:rule raised ZeroDivisionError: division by zero (rules.py:2).",
        ),
        (
            "\ndef rule(view):\n    return 5\n",
            "the property rules.py:rule returned int, not str or None (rules.py:2).",
        ),
        (
            "import sys\ndef rule(view):\n    sys.exit(0)\n",
            "the property rules.py:rule raised SystemExit: 0 (rules.py:3).",
        ),
        ("rule = 5\n", "mine.yaml:7: rules.py:rule is no property."),
        ("def rul(view): pass\n", "mine.yaml:7 names rules.py:rule, but rules.py has no rule."),
        ("\n1 / 0\n", "rules.py:2, named by mine.yaml:7, cannot be imported: ZeroDivisionError"),
    ],
)
def test_one_that_goes_wrong_is_one_sentence_with_its_line(run, command, code, said):
    result = run(code, command=command)
    assert result.exit_code == 2, result.output
    assert said in result.output
    assert "Traceback" not in result.output


def test_one_that_does_not_end_is_stopped_and_named():
    def rule(view):
        while True:
            pass

    async def journey(customer, ctx):
        await ctx.sleep(1)

    endless = own_always("rules.py:rule", rule, place="mine.yaml:7")
    with pytest.raises(Problem) as problem, watching(patience_s=0.2):
        explore(replace(shop(journey), always=(endless,)))
    assert problem.value.sentence.startswith("the property rules.py:rule does not end")
    assert "(test_own_properties.py:" in problem.value.sentence


def test_a_record_keeps_what_it_says_and_goes_by_its_reference():
    found = Always("mine", lambda view: "broken.", sees_outcomes=False, tells_apart=True)
    own = own_always("rules.py:rule", found, place="mine.yaml:7")
    assert (own.name, own.sees_outcomes, own.tells_apart) == ("rules.py:rule", False, True)
    assert own.broken(View(())) == "broken."


def test_a_tape_knows_the_files_of_its_properties(run):
    digests = set()
    for code in ("def rule(view): pass\n", "def rule(view): return None\n"):
        run(code)
        digests.add(prepare(load_scenario("mine.yaml")).handlers_digest)
    assert len(digests) == 2
