"""A team that begins with findings: only new ones count."""

import json

import pytest
from click.testing import CliRunner

from eventproof.cli.app import App
from eventproof.cli.check import check_command

STOCK = "---\nid: Stock\nname: Stock\nversion: 1.0.0\nsends:\n  - id: Gone\n---\n"
PLACED = "---\nid: Placed\nname: Placed\nversion: 1.0.0\nowners: [nobody]\n---\n"
TEAM = "---\nid: team\nname: Team\n---\n"
ONLY = ("--select", "CAT202,CAT203,CAT401", "--fail-on", "info")


@pytest.fixture
def catalog(tmp_path, monkeypatch):
    """A catalog with three findings of the selected rules."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "catalog"
    for name, text in (
        ("services/Stock/index.mdx", STOCK),
        ("events/Placed/index.mdx", PLACED),
        ("teams/team.mdx", TEAM),
    ):
        file = folder / name
        file.parent.mkdir(parents=True)
        file.write_text(text)
    return folder


@pytest.fixture
def check(catalog):
    def run(*arguments, path="catalog", only=ONLY):
        app = App(commands={"check": check_command})
        return CliRunner().invoke(app, ["check", path, *only, *arguments])

    return run


@pytest.fixture
def written(check):
    """The baseline's path, after it was written."""
    result = check("--baseline", "known.json", "--baseline-update")
    assert result.exit_code == 0, result.output
    assert result.stderr == "known.json now knows 3 findings\n"
    return "known.json"


def known(path, folder):
    return [one["rule"] for one in json.loads((folder.parent / path).read_text())["findings"]]


def test_known_findings_are_counted_and_do_not_fail(check, written):
    result = check("--baseline", written)

    assert result.exit_code == 0
    assert result.stdout.endswith(": 0 errors; 3 in the baseline\n")
    assert result.stderr == ""


def test_only_new_findings_are_shown(check, catalog, written):
    page = catalog / "services" / "Stock" / "index.mdx"
    page.write_text(STOCK.replace("sends:\n", "# moved\nsends:\n  - id: Lost\n"))
    result = check("--baseline", written, "--format", "concise")

    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 1
    assert "sends Lost" in result.stdout


def test_a_baseline_holds_wherever_the_catalog_is_looked_at_from(check, catalog, written):
    before = (catalog.parent / written).read_text()
    catalog.rename(catalog.parent / "renamed")

    assert check("--baseline", written, path="renamed").exit_code == 0
    check("--baseline", written, "--baseline-update", path=str(catalog.parent / "renamed"))
    assert (catalog.parent / written).read_text() == before


def test_what_no_longer_occurs_is_said_and_can_be_pruned(check, catalog, written):
    (catalog / "services" / "Stock" / "index.mdx").write_text(
        STOCK.replace("sends:\n  - id: Gone\n", "")
    )
    result = check("--baseline", written)
    assert result.exit_code == 0
    assert result.stderr == (
        "known.json knows of findings that are gone; --baseline-prune drops them:\n"
        "  CAT202 Stock 1.0.0 sends Gone, and the catalog has no message of that id.\n"
    )

    assert check("--baseline", written, "--baseline-prune").stderr == (
        "dropped 1 findings from known.json\n"
    )
    assert known(written, catalog) == ["CAT203", "CAT401"]
    assert check("--baseline", written).stderr == ""


def test_pruning_adds_nothing(check, catalog, written):
    page = catalog / "services" / "Stock" / "index.mdx"
    page.write_text(STOCK.replace("sends:\n", "sends:\n  - id: Lost\n"))

    assert check("--baseline", written, "--baseline-prune").exit_code == 1
    assert known(written, catalog) == ["CAT202", "CAT203", "CAT401"]


def test_what_is_not_selected_today_is_neither_gone_nor_forgotten(check, catalog, written):
    some = ("--select", "CAT401")
    result = check("--baseline", written, "--baseline-prune", only=some)
    assert result.stderr == "dropped 0 findings from known.json\n"

    check("--baseline", written, "--baseline-update", only=some)
    assert known(written, catalog) == ["CAT202", "CAT203", "CAT401"]


def test_a_baseline_may_be_named_in_the_settings(check, catalog, written):
    (catalog.parent / "eventproof.toml").write_text('[check]\nbaseline = "known.json"\n')

    assert check().exit_code == 0


def test_known_findings_stand_in_no_format(check, written):
    assert json.loads(check("--baseline", written, "--format", "json").stdout)["summary"] == {
        "files": 2,
        "resources": {"event": 1, "service": 1, "team": 1},
        "findings": {"error": 0, "warning": 0, "info": 0},
        "suppressed": 0,
        "known": 3,
    }


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--baseline", "gone.json"), "The baseline gone.json cannot be read"),
        (("--baseline", "gone.json", "--baseline-prune"), "gone.json cannot be read"),
        (("--baseline", "catalog/teams/team.mdx"), "is not JSON"),
        (("--baseline", "catalog/teams/team.mdx", "--baseline-update"), "is not JSON"),
        (("--baseline-update",), "There is no baseline to write."),
        (("--baseline", "catalog/teams/team.mdx/x", "--baseline-update"), "cannot be written"),
    ],
)
def test_a_baseline_that_cannot_be_used_is_one_sentence(check, catalog, arguments, sentence):
    result = check(*arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr
    assert result.stderr.count("\n") <= 2
    assert (catalog / "teams" / "team.mdx").read_text() == TEAM
