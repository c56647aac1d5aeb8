"""`check` and `prove` read the waivers that `contracts matrix` reads."""

import json

import pytest
from click.testing import CliRunner

from eventproof.cli.app import App
from eventproof.cli.check import check_command
from eventproof.cli.prove import prove_command

WAIVER = """[[waiver]]
message = "Adjusted"
versions = ["1.0.0", "1.1.0"]
reason = "Orders moves in March"
expires = 2026-03-31
"""


def page(id_, version, more=""):
    return f"---\nid: {id_}\nname: {id_}\nversion: {version}\nsummary: It is.\n{more}\n---\n# It\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Stock sends Adjusted 1.1.0, a number; Orders is pinned to 1.0.0, an integer."""

    def write(waivers, settings=""):
        event, old = "events/Adjusted", "events/Adjusted/versioned/1.0.0"
        pins = {
            "Stock": "sends: [{id: Adjusted, version: 1.1.0}]",
            "Orders": "receives: [{id: Adjusted, version: 1.0.0}]",
        }
        files = {
            f"{event}/index.mdx": page("Adjusted", "1.1.0", "schemaPath: s.json"),
            f"{event}/s.json": json.dumps({"properties": {"quantity": {"type": "number"}}}),
            f"{old}/index.mdx": page("Adjusted", "1.0.0", "schemaPath: s.json"),
            f"{old}/s.json": json.dumps({"properties": {"quantity": {"type": "integer"}}}),
            **{f"services/{id_}/index.mdx": page(id_, "1.0.0", pin) for id_, pin in pins.items()},
        }
        for name, text in files.items():
            (tmp_path / "catalog" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "catalog" / name).write_text(text)
        (tmp_path / "eventproof.toml").write_text(f'[project]\ncatalog = "catalog"\n{settings}')
        (tmp_path / "eventproof-waivers.toml").write_text(waivers)
        monkeypatch.chdir(tmp_path)

    return write


APP = App("eventproof", commands={"check": check_command, "prove": prove_command})


def rules_of(command, day):
    arguments = [command, "." if command == "prove" else "catalog", "--format", "json"]
    result = CliRunner().invoke(APP, [*arguments, "--today", day])
    found = json.loads(result.stdout)["findings"]
    listed = found["all"] if command == "prove" else found
    return {one["rule"] for one in listed if one["rule"].startswith("CON2")}


@pytest.mark.parametrize("command", ["check", "prove"])
@pytest.mark.parametrize(
    ("waivers", "day", "rules"),
    [
        ("", "2026-03-31", {"CON201"}),
        (WAIVER, "2026-03-31", set()),
        (WAIVER, "2026-04-01", {"CON201", "CON207"}),
        (f'{WAIVER}kind = "items.added"\n', "2026-03-31", {"CON201", "CON208"}),
        (f'{WAIVER}kind = "message.removed"\n', "2026-03-31", {"CON201"}),
    ],
)
def test_a_waiver_excuses_a_break_until_its_last_day(project, command, waivers, day, rules):
    project(waivers)
    assert rules_of(command, day) == rules


def test_the_settings_say_how_check_compares(project):
    project("", '[contracts]\nwaivers = "nowhere.toml"\n')
    result = CliRunner().invoke(APP, ["check", "catalog"])
    assert result.exit_code == 2
    assert "nowhere.toml does not exist" in result.stderr
