"""The gallery: every race is refuted as it was reported, and its mend is proved."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from eventproof.cli.app import cli
from eventproof.simulator import play_race, race_of, races
from eventproof.simulator.gallery import entries

RACES = list(races().values())


@pytest.mark.parametrize("race", RACES, ids=lambda race: race.id)
class TestARace:
    def test_its_fault_is_found_and_its_mend_is_proved(self, race):
        entry = play_race(race)

        assert entry.broken.verdict == "violated"
        assert race.breaks in {v.property for v in entry.broken.exploration.violations}
        assert entry.broken.exploration.unreached == ()
        assert (entry.mended.verdict, entry.mended.exploration.unreached) == ("proved", ())
        assert entry.as_expected

    def test_it_says_what_happened_to_whom_and_where_that_was_reported(self, race):
        told = (race.title, race.product, race.happened, race.why, race.mend)

        assert all(text.strip() and "  " not in text for text in told)
        assert race.threads
        assert race.sometimes, "a race that demands nothing to happen may not have been run"

    def test_its_variants_differ(self, race):
        assert (race.broken.actors, race.broken.isolation) != (
            race.mended.actors,
            race.mended.isolation,
        )


def test_every_module_holds_the_race_of_its_name():
    modules = {file.stem for file in Path(entries.__path__[0]).glob("[a-z]*.py")}

    for race in RACES:
        stem = race.id.lower().replace("-", "")
        assert [m for m in modules if re.match(rf"{stem}_", m)], race.id
    assert len(modules) == len(RACES)


def test_a_race_that_is_not_there_is_refused_with_the_nearest(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    done = CliRunner().invoke(cli, ["gallery", "G0222"])

    assert done.exit_code == 2
    assert "the gallery has no race G0222" in done.stderr


def test_a_race_is_told_and_its_tape_replays(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    told = CliRunner().invoke(cli, ["gallery", "g02"])
    replayed = CliRunner().invoke(cli, ["replay", ".eventproof/tapes/G02.json"])

    assert told.exit_code == 0
    assert "both read available = 1 before either wrote it" in told.stdout
    assert replayed.exit_code == 0
    assert "REPRODUCED never-oversold" in replayed.stdout


def test_a_tape_of_other_handlers_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    CliRunner().invoke(cli, ["gallery", "G02"])
    tape = tmp_path / ".eventproof" / "tapes" / "G02.json"
    tape.write_text(
        re.sub(r'"handlers_digest": "\w+"', '"handlers_digest": "0"', tape.read_text())
    )

    done = CliRunner().invoke(cli, ["replay", str(tape)])

    assert done.exit_code == 2
    assert "another version of race G02" in done.stderr


def test_ids_are_found_in_either_case():
    assert race_of("g02").id == "G02"
