"""What the page on findings says can be done, can be done."""

import re
import tomllib
from pathlib import Path

from click.testing import CliRunner

from eventproof.cli.app import App
from eventproof.cli.check import FORMATS, check_command
from eventproof.findings import comments_in

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "findings.md").read_text()


def block(language):
    return re.search(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[1]


def test_the_settings_on_the_page_are_settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert tomllib.loads(block("toml"))["check"]["overrides"]
    (tmp_path / "eventproof.toml").write_text(block("toml").replace('baseline = "known.json"', ""))
    page = tmp_path / "catalog" / "services" / "Stock" / "index.mdx"
    page.parent.mkdir(parents=True)
    page.write_text("---\nid: Stock\nname: Stock\nversion: 1.0.0\n---\n")

    result = CliRunner().invoke(App(commands={"check": check_command}), ["check", "catalog"])
    assert result.exit_code == 0, result.output


def test_the_suppressions_on_the_page_are_suppressions():
    found = list(comments_in(block("markdown"), is_mdx=True))

    assert [one.rule for one in found] == ["CAT402", "CAT402", "CAT401"]
    assert {one.reason for one in found} == {"the page is rewritten in May"}


def test_every_option_and_format_is_on_the_page():
    options = [option for one in check_command.params for option in one.opts if "--" in option]

    shown = [option for option in options if not option.startswith("--output-")]
    assert [option for option in shown if f"`{option}`" not in PAGE] == []
    assert [name for name in FORMATS if f"| `{name}` |" not in PAGE] == []
