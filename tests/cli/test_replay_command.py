"""`eventproof replay`: when a tape is refused, and what it can be printed as."""

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from eventproof import __version__
from eventproof.cli.app import cli

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
