"""The pytest plugin, as a team's own test run meets it.

Each run is a process of its own: what the plugin imports is part of what is tested.
"""

import shutil
from importlib.metadata import entry_points
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[1]
HEAVY = ("eventproof.simulator", "networkx", "sqlalchemy", "simpy", "yaml", "jsonschema")


@pytest.fixture
def shop(pytester):
    """A copy of the acme shop, whose folder is the current one."""
    shutil.copytree(
        ROOT / "examples" / "acme",
        pytester.path,
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns(".eventproof", "__pycache__"),
    )
    return pytester


@pytest.fixture
def run(pytester):
    """Runs pytest with the plugin, whether or not this environment was installed with it."""
    installed = any(e.name == "eventproof" for e in entry_points(group="pytest11"))
    by_hand = () if installed else ("-p", "eventproof.pytest_plugin")
    return lambda *arguments: pytester.runpytest_subprocess(*by_hand, *arguments)


def only(shop, name, old="", new=""):
    """Leave one scenario in the shop, with a word in it exchanged."""
    kept = shop.path / "scenarios" / f"{name}.yaml"
    text = kept.read_text()
    assert old in text
    for file in kept.parent.iterdir():
        file.unlink()
    kept.write_text(text.replace(old, new) if old else text)
    return kept


def test_without_the_option_scenarios_are_no_tests(shop, run):
    result = run()

    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_without_the_option_nothing_heavy_is_imported(pytester, run):
    pytester.makepyfile(
        f"""
        import sys

        def test_a_test_of_the_team():
            assert "eventproof.pytest_plugin" in sys.modules
            assert [name for name in {HEAVY!r} if name in sys.modules] == []
        """
    )

    run().assert_outcomes(passed=1)


def test_each_scenario_of_a_shop_is_a_test(shop, run):
    result = run("--eventproof", "-v")

    files = sorted((shop.path / "scenarios").iterdir())
    result.assert_outcomes(passed=len(files))
    result.stdout.fnmatch_lines([f"scenarios/{f.name}::{f.stem} PASSED*" for f in files])


def test_an_unexpected_violation_fails_with_headline_sentence_and_timeline(shop, run):
    only(shop, "last-unit-naive", "expect: violated", "expect: proved")

    result = run("--eventproof")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "the last unit, allocated the naive way*VIOLATED never-oversold*(expected proved)",
            "  Customers 1 and 2 both read available = 1 before either wrote it:*",
            "  step  customer 1 *customer 2 *available  allocated  paid",
            "*<- 2 paid of 1",
            "*eventproof explore scenarios/last-unit-naive.yaml",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_violation_that_does_not_come_fails_too(shop, run):
    only(shop, "last-unit", "expect: proved", "expect: violated")

    result = run("--eventproof")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["the last unit, one guarded update*PROVED*(expected violated)"])


def test_a_scenario_that_never_reaches_what_it_should_fails(shop, run):
    only(shop, "last-unit", "stock: {tea: 1}", "stock: {tea: 2}")

    result = run("--eventproof")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*never reached: a customer was refused*"])


def test_a_timed_scenario_that_oversells_fails_with_its_figures(shop, run):
    only(shop, "flash-sale", ":InventoryService", ":NaiveInventoryService")

    result = run("--eventproof")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "a flash sale   VIOLATED *never-oversold*(expected passed)",
            "  * of tea were paid for, 100 were in stock.",
            "  400 journeys in * simulated seconds, seed 1",
            "  * oversold units",
        ]
    )


def test_a_timed_scenario_may_expect_its_violation(shop, run):
    file = only(shop, "flash-sale", ":InventoryService", ":NaiveInventoryService")
    file.write_text(file.read_text() + "expect: violated\n")

    run("--eventproof").assert_outcomes(passed=1)


def test_a_wrong_scenario_is_one_sentence_and_the_others_still_run(shop, run):
    wrong = shop.path / "scenarios" / "last-unit.yaml"
    wrong.write_text(wrong.read_text().replace("always:", "allways:"))

    result = run("--eventproof")

    result.assert_outcomes(failed=1, passed=5)
    result.stdout.fnmatch_lines(
        [
            "error: scenarios/last-unit.yaml:10: unknown key `allways`.",
            "hint: did you mean `always`?",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_broken_file_that_says_scenario_is_not_passed_over(shop, run):
    file = only(shop, "last-unit")
    file.write_text(file.read_text() + "budget: {states: [\n")

    result = run("--eventproof")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["error: scenarios/last-unit.yaml:*broken YAML*"])


def test_a_handler_that_cannot_be_imported_is_one_sentence(shop, run):
    only(shop, "last-unit")
    (shop.path / "handlers" / "inventory_service.py").write_text("raise RuntimeError('no')\n")

    result = run("--eventproof")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["error: inventory_service.py:1, named by *RuntimeError: no."])


def test_yaml_that_is_no_scenario_is_left_alone(pytester, run):
    folder = pytester.mkdir("scenarios")
    (folder / "values.yaml").write_text("values:\n  scenario: nested\n")
    (folder / "notes.txt").write_text("scenario: in the wrong kind of file\n")
    pytester.path.joinpath("elsewhere.yaml").write_text("scenario: in the wrong place\n")

    assert run("--eventproof").ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_scenarios_stand_beside_the_tests_of_the_team(shop, run):
    shop.makepyfile(test_own="def test_addition():\n    assert 1 + 1 == 2\n")

    run("--eventproof", "-k", "addition or two-products").assert_outcomes(passed=2, deselected=5)
