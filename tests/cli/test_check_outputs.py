"""Several formats in one run, on one of the example shops and on a catalog that means harm."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from eventproof.cli.app import App
from eventproof.cli.check import FORMATS, check_command

ROOT = Path(__file__).parents[2]
ORDERS = ROOT / "examples" / "orders" / "catalog"
EVIL = '"\\e[2J\\x9b31m\\u202e::error::\\n::set-output name=x::y"'


def run(*arguments):
    return CliRunner().invoke(App(commands={"check": check_command}), ["check", *arguments])


@pytest.fixture
def orders(monkeypatch):
    monkeypatch.chdir(ORDERS.parents[2])
    return "examples/orders/catalog"


def test_one_run_writes_every_format(orders, tmp_path):
    files = {name: tmp_path / "out" / f"check.{name}" for name in FORMATS}
    flags = [flag for name in FORMATS for flag in (f"--output-{name}", str(files[name]))]
    result = run(orders, *flags)

    assert result.exit_code == 1
    for name, file in files.items():
        assert file.read_text() == run(orders, "--format", name).stdout, name
    assert result.stdout == files["text"].read_text()


def test_all_formats_speak_of_the_same_findings(orders):
    shown = {name: run(orders, "--format", name).stdout for name in FORMATS}
    records = json.loads(shown["json"])["findings"]
    prints = [one["fingerprint"] for one in records]
    results = json.loads(shown["sarif"])["runs"][0]["results"]

    assert len(set(prints)) == len(prints) > 3
    assert [one["partialFingerprints"]["eventproof/v1"] for one in results] == prints
    assert len(ElementTree.fromstring(shown["junit"])[0]) == len(prints)
    assert len(shown["github"].splitlines()) == len(prints)
    assert len(shown["concise"].splitlines()) == len(prints)
    assert shown["markdown"].count("\n| ") == len(prints) + 1


def test_the_contracts_are_checked_as_well(orders):
    rules = [one["rule"] for one in json.loads(run(orders, "--format", "json").stdout)["findings"]]

    assert "CON201" in rules


def test_github_shows_findings_on_the_right_lines(orders):
    for line in run(orders, "--format", "github").stdout.splitlines():
        properties = dict(
            part.split("=", 1) for part in line.split("::")[1].split(" ", 1)[1].split(",")
        )
        page = (ROOT / properties["file"]).read_text().splitlines()
        assert page[int(properties["line"]) - 1][int(properties["col"]) - 1 :].strip()


def test_an_output_that_cannot_be_written_is_one_sentence(orders, tmp_path):
    (tmp_path / "file").write_text("")
    result = run(orders, "--output-sarif", str(tmp_path / "file" / "x.sarif"))

    assert (result.exit_code, result.stdout) == (2, "")
    assert "x.sarif cannot be written: " in result.stderr


@pytest.mark.parametrize("name", FORMATS)
def test_a_catalog_that_means_harm_cannot_reach_a_terminal(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "services" / "Evil" / "index.mdx"
    page.parent.mkdir(parents=True)
    page.write_text(
        f"---\nid: {EVIL}\nname: x\nversion: 1.0.0\nowners: [{EVIL}]\n"
        f"sends:\n  - id: {EVIL}\n    version: {EVIL}\nx-eventproof: {{{EVIL}: 1}}\n---\n"
    )
    (tmp_path / "teams").mkdir()
    (tmp_path / "teams" / "a.mdx").write_text("---\nid: a\nname: a\n---\n")
    result = run(".", "--format", name)

    assert result.exit_code == 1
    assert "Evil" in result.stdout
    assert all(character == "\n" or character.isprintable() for character in result.stdout)
    commands = [one for one in result.stdout.splitlines() if one.lstrip().startswith("::")]
    assert all(one.startswith(("::error file=", "::warning file=")) for one in commands)
    assert bool(commands) == (name == "github")
