"""`eventproof replay`: when a tape is refused, and what it can be printed as."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from eventproof import __version__
from eventproof.cli.app import cli
from eventproof.simulator import (
    Latency,
    dump,
    load_scenario,
    prepare,
    read_tape,
    record,
    tell_steps,
    with_data,
)

EXAMPLES = Path(__file__).parents[2] / "examples"
TAPE = ".eventproof/tapes/last-unit-naive.json"


def run(*arguments):
    return CliRunner().invoke(cli, arguments)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """The example shop with the tape of a race; tests work on copies."""
    folder = tmp_path_factory.mktemp("recorded") / "acme"
    shutil.copytree(EXAMPLES / "acme", folder, ignore=shutil.ignore_patterns(".eventproof"))
    assert run("explore", str(folder / "scenarios/last-unit-naive.yaml")).exit_code == 0
    return folder


@pytest.fixture
def shop(recorded, tmp_path, monkeypatch):
    folder = shutil.copytree(recorded, tmp_path / "acme")
    monkeypatch.chdir(folder)
    return folder


def mend_the_handler(shop):
    """The handler that reads and then writes takes the unit with one guarded update now."""
    file = shop / "handlers/inventory_service.py"
    text = file.read_text()
    assert "\nclass NaiveInventoryService(" in text
    text = re.sub(r"\nclass NaiveInventoryService\(", "\nclass Unmended(", text)
    file.write_text(text + "\n\nNaiveInventoryService = InventoryService\n")


class TestRefusals:
    def test_a_tape_of_other_handlers_is_refused_in_one_sentence(self, shop):
        mend_the_handler(shop)

        done = run("replay", TAPE)

        assert done.exit_code == 2
        assert done.stdout == ""
        assert done.stderr == (
            f"error: the handlers have changed since {TAPE} was recorded.\n"
            "hint: `--anyway` shows whether it still happens by these steps, "
            "`eventproof explore scenarios/last-unit-naive.yaml` whether it happens at all\n"
        )

    def test_anyway_shows_that_the_mended_handlers_ask_something_else(self, shop):
        mend_the_handler(shop)

        done = run("replay", TAPE, "--anyway")

        assert done.exit_code == 2
        assert "error: the tape does not fit: at step " in done.stderr
        assert "these steps can happen no more" in done.stderr

    def test_anyway_shows_that_it_still_happens_after_a_change_that_mends_nothing(self, shop):
        with (shop / "handlers/inventory_service.py").open("a") as file:
            file.write("\n# mended?\n")

        assert run("replay", TAPE).exit_code == 2
        done = run("replay", TAPE, "--anyway")

        assert done.exit_code == 0
        assert "\nREPRODUCED never-oversold" in done.stdout
        assert done.stderr == ""

    def test_a_catalog_that_changed_is_told_beside_the_handlers(self, shop):
        page = next((shop / "catalog").rglob("index.mdx"))
        page.write_text(page.read_text() + "\nOne more line.\n")
        assert "error: the catalog has changed since" in run("replay", TAPE).stderr
        mend_the_handler(shop)
        assert (
            "error: the catalog and the handlers have changed since" in run("replay", TAPE).stderr
        )

    def test_a_file_that_no_handler_imports_does_not_refuse_a_tape(self, shop):
        (shop / "handlers" / "notes.py").write_text("MINE = 1\n")
        assert run("replay", TAPE).exit_code == 0

    def test_a_tape_of_another_version_is_replayed_with_a_note(self, shop):
        usual = run("replay", TAPE)
        tape = shop / TAPE
        tape.write_text(tape.read_text().replace(f'"{__version__}"', '"0.0.7"'))

        done = run("replay", TAPE)

        assert (done.exit_code, done.stdout) == (0, usual.stdout)
        assert usual.stderr == ""
        assert done.stderr == (
            f"note: {TAPE} was recorded by eventproof 0.0.7, this is {__version__}\n"
        )

    def test_a_tape_of_a_race_of_another_version_is_replayed_anyway(self, shop):
        run("gallery", "G02")
        tape = shop / ".eventproof/tapes/G02.json"
        tape.write_text(
            re.sub(r'"handlers_digest": "\w+"', '"handlers_digest": "0"', tape.read_text())
        )

        assert "`--anyway`" in run("replay", str(tape)).stderr
        assert "REPRODUCED" in run("replay", str(tape), "--anyway").stdout


@pytest.fixture
def large(shop):
    """A tape of eight customers, as it was recorded."""
    name = "never-oversold"
    one = prepare(load_scenario("scenarios/last-unit-naive.yaml"))
    many = with_data(one, customers=8, stock={"tea": 3})
    busy = replace(many.scenario, latency=Latency(statement_s=0.1))
    steps = record(many.model, busy, seed=2, name=name)
    tape = tell_steps(many, steps, name, alike=False, effort=0).tape
    file = shop / "large.json"
    file.write_text(dump(replace(tape, scenario="scenarios/last-unit-naive.yaml")))
    return file


class TestMinimising:
    def test_a_tape_becomes_as_small_as_it_will_go(self, large):
        done = run("replay", "large.json", "--minimise", "-o", "made/small.json")

        small = read_tape(Path("made/small.json"))
        assert (done.exit_code, small.customers, small.stock) == (0, 2, {"tea": 1})
        before = read_tape(large)
        actors = len({step.actor for step in before.steps})
        assert done.stdout == (
            f"{len(before.steps)} steps, {actors} actors, 3 units, made smaller: "
            f"{len(small.steps)} steps, 2 actors, 1 unit\n"
            "replay it: eventproof replay made/small.json\n"
        )
        assert len(small.steps) < len(before.steps)
        assert "REPRODUCED never-oversold" in run("replay", "made/small.json").stdout

    def test_it_lies_beside_the_other_and_is_not_made_smaller_again(self, large):
        assert run("replay", "large.json", "--minimise").exit_code == 0
        again = run("replay", "large-small.json", "--minimise")
        assert again.stdout.startswith("large-small.json is as small as it will go: ")
        assert not Path("large-small-small.json").exists()

    def test_a_tape_that_breaks_nothing_any_more_is_not_written(self, large):
        large.write_text(large.read_text().replace('"never-oversold"', '"never-dull"'))
        done = run("replay", "large.json", "--minimise")
        assert (done.exit_code, Path("large-small.json").exists()) == (1, False)
        assert done.stdout.startswith("NOT REPRODUCED never-dull")

    def test_a_tape_of_other_handlers_is_refused(self, shop, large):
        mend_the_handler(shop)
        done = run("replay", "large.json", "--minimise")
        assert (done.exit_code, done.stdout) == (2, "")
        assert "the handlers have changed" in done.stderr

    def test_the_tape_of_a_race_is_small_already(self, shop):
        run("gallery", "G38")
        done = run("replay", ".eventproof/tapes/G38.json", "--minimise")
        assert done.exit_code == 0
        assert "as small as it will go: 6 steps, 2 actors" in done.stdout

    @pytest.mark.parametrize(
        "options", [("--minimise", "--as", "timeline"), ("--minimise", "--on", "sqlite:///x.db")]
    )
    def test_a_tape_is_written_or_shown(self, shop, options):
        done = run("replay", TAPE, *options)
        assert done.exit_code == 2
        assert "`--minimise` writes a tape" in done.stderr

    def test_an_output_without_anything_to_write_is_a_mistake(self, shop):
        done = run("replay", TAPE, "-o", "small.json")
        assert (done.exit_code, Path("small.json").exists()) == (2, False)
        assert "add --minimise" in done.stderr


class TestShapes:
    @pytest.mark.parametrize("shape", ["timeline", "mermaid"])
    def test_a_tape_is_printed_in_another_shape(self, shop, shape, snapshot):
        done = run("replay", TAPE, "--as", shape)

        assert done.exit_code == 0
        assert done.stdout == snapshot

    def test_the_timeline_is_the_one_that_explore_prints(self, shop):
        told = run("explore", "scenarios/last-unit-naive.yaml").stdout
        table = run("replay", TAPE, "--as", "timeline").stdout.split("\n\n")[1]

        assert table.splitlines()[0].startswith("step")
        assert table in "\n".join(line.removeprefix("  ") for line in told.splitlines())

    @pytest.mark.parametrize("shape", ["timeline", "mermaid"])
    def test_a_tape_that_breaks_nothing_is_printed_and_says_so(self, shop, shape):
        tape = shop / TAPE
        tape.write_text(tape.read_text().replace('"never-oversold"', '"never-dull"'))

        done = run("replay", TAPE, "--as", shape)

        assert done.exit_code == 1
        assert "NOT REPRODUCED never-dull" in done.stdout

    @pytest.mark.parametrize(
        "beside", [["--format", "json"], ["--on", "postgresql://nobody@nowhere/none"]]
    )
    def test_a_shape_goes_with_the_model_and_text_alone(self, shop, beside):
        done = run("replay", TAPE, "--as", "mermaid", *beside)

        assert done.exit_code == 2
        assert "error: `--as` shows what the model did, as text." in done.stderr


def pytest_on(file, *, within):
    """pytest in a process of its own, as a team would run it."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)],
        cwd=within,
        env={**os.environ, "PYTHONPATH": str(EXAMPLES.parent), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        timeout=120,
    )


class TestTestFiles:
    @pytest.fixture
    def file(self, shop, monkeypatch):
        """The test that is printed in a folder of tests, and put there."""
        folder = shop / "tests"
        folder.mkdir()
        monkeypatch.chdir(folder)
        done = run("replay", f"../{TAPE}", "--as", "pytest")
        assert (done.exit_code, done.stderr) == (0, "")
        file = folder / "test_last_unit.py"
        file.write_text(done.stdout)
        return file

    def test_it_passes_while_the_bug_is_there_wherever_pytest_is_started(self, file, tmp_path):
        text = file.read_text()
        assert "SCENARIO = Path(__file__).parent / '../scenarios/last-unit-naive.yaml'" in text
        assert str(tmp_path) not in text

        done = pytest_on(file, within=tmp_path)

        assert done.returncode == 0, done.stdout
        assert "1 passed" in done.stdout

    def test_it_fails_once_the_bug_is_mended_and_passes_when_turned_round(
        self, file, shop, tmp_path
    ):
        mend_the_handler(shop)

        done = pytest_on(file, within=tmp_path)

        assert done.returncode == 1
        assert "these steps no longer lead to: 2 of tea were paid for" in done.stdout
        assert "the tape does not fit: at step" in done.stdout

        turned = re.sub(
            r"    assert breaks\(\), .*", "    assert not breaks(), SENTENCE", file.read_text()
        )
        file.write_text(turned)
        assert "1 passed" in pytest_on(file, within=tmp_path).stdout

    def test_it_is_the_same_to_the_byte(self, file):
        assert run("replay", f"../{TAPE}", "--as", "pytest").stdout == file.read_text()

    def test_a_tape_that_breaks_nothing_makes_no_test(self, shop):
        tape = shop / TAPE
        tape.write_text(tape.read_text().replace('"never-oversold"', '"never-dull"'))

        done = run("replay", TAPE, "--as", "pytest")

        assert (done.exit_code, done.stdout) == (2, "")
        assert "does not break never-dull any more, and makes no test" in done.stderr

    def test_a_race_of_the_gallery_is_a_test_as_well(self, shop):
        run("gallery", "G02")
        printed = run("replay", ".eventproof/tapes/G02.json", "--as", "pytest").stdout
        namespace = {}

        exec(printed, namespace)

        assert namespace["breaks"]()
