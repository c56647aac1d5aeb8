"""The page on bursts and retry storms: its scenario is run, and its output compared."""

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from eventproof.cli.app import cli

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "retry-storm.md").read_text("utf-8")
BLOCK = re.MULTILINE | re.DOTALL
SHOWN = re.findall(r"^```console\n\$ eventproof ([^\n]+)\n(.*?)^```", PAGE, BLOCK)


@pytest.mark.parametrize(("command", "output"), SHOWN)
def test_the_page_shows_what_its_scenario_comes_to(tmp_path, monkeypatch, command, output):
    (scenario,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, BLOCK)
    shutil.copytree(ROOT / "examples" / "acme" / "catalog", tmp_path / "catalog")
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "burst.yaml").write_text(scenario)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, command.split())
    assert (done.exit_code, done.output) == (0, output)


def test_the_page_shows_two_commands():
    assert len(SHOWN) == 2
