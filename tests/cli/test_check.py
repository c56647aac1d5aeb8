import json

import pytest
from click.testing import CliRunner

from eventproof.cli.app import App
from eventproof.cli.check import check_command

CLEAN = "---\nid: Stock\nname: Stock\nversion: 1.0.0\n---\n"
DANGLING = "---\nid: Stock\nname: Stock\nversion: 1.0.0\nsends:\n  - id: Gone\n---\n"
NO_SCHEMA = "---\nid: Placed\nname: Placed\nversion: 1.0.0\n---\n"


@pytest.fixture
def check(tmp_path, monkeypatch):
    """Runs the command on a catalog of these pages, as a user in its parent folder does."""
    monkeypatch.chdir(tmp_path)

    def run(pages, *arguments):
        for name, text in pages.items():
            file = tmp_path / "catalog" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        app = App(commands={"check": check_command})
        return CliRunner().invoke(app, ["check", "catalog", *arguments])

    return run


def test_findings_are_told_and_the_last_line_sums_them_up(check):
    result = check({"services/Stock/index.mdx": DANGLING})

    assert result.exit_code == 1
    assert result.stdout == (
        "catalog/services/Stock/index.mdx:6:9  error  CAT202 unknown-resource\n"
        "  Stock 1.0.0 sends Gone, and the catalog has no message of that id.\n"
        "\n"
        "1 file, 1 service, 0 messages: 1 error\n"
    )
    assert result.stderr == ""


def test_a_clean_catalog_says_what_was_looked_at(check):
    result = check({"services/Stock/index.mdx": CLEAN})

    assert (result.exit_code, result.stdout) == (0, "1 file, 1 service, 0 messages: 0 errors\n")


def test_a_finding_is_one_line_where_wanted(check):
    result = check({"services/Stock/index.mdx": DANGLING}, "--format", "concise")

    assert result.stdout == (
        "catalog/services/Stock/index.mdx:6:9: CAT202 Stock 1.0.0 sends Gone,"
        " and the catalog has no message of that id.\n"
    )


def test_concise_output_of_a_clean_catalog_is_empty(check):
    assert check({"services/Stock/index.mdx": CLEAN}, "--format", "concise").stdout == ""


def test_json_has_the_published_shape(check):
    pages = {"services/Stock/index.mdx": DANGLING, "events/Placed/index.mdx": NO_SCHEMA}
    document = json.loads(check(pages, "--format", "json").stdout)

    assert list(document) == ["format", "catalog", "summary", "findings"]
    assert document["format"] == "eventproof-check-1"
    assert document["catalog"] == "catalog"
    assert document["summary"] == {
        "files": 2,
        "resources": {"event": 1, "service": 1},
        "findings": {"error": 1, "warning": 2, "info": 0},
        "suppressed": 0,
        "known": 0,
    }
    assert [finding["rule"] for finding in document["findings"]] == ["CAT312", "CAT401", "CAT202"]
    assert document["findings"][2]["location"] == {
        "file": "catalog/services/Stock/index.mdx",
        "line": 6,
        "column": 9,
    }


@pytest.mark.parametrize(
    ("threshold", "code"), [("error", 0), ("warning", 1), ("info", 1), ("never", 0)]
)
def test_the_mildest_failing_severity_can_be_chosen(check, threshold, code):
    result = check({"events/Placed/index.mdx": NO_SCHEMA}, "--fail-on", threshold)

    assert result.exit_code == code


def test_even_errors_can_be_let_pass(check):
    assert check({"services/Stock/index.mdx": DANGLING}, "--fail-on", "never").exit_code == 0


def test_an_empty_folder_is_nothing_to_check(check):
    result = check({"README.md": "words"})

    assert (result.exit_code, result.stdout) == (3, "")
    assert "catalog holds no resource of a catalog." in result.stderr


def test_an_empty_folder_is_nothing_to_check_in_json_too(check):
    assert check({"README.md": "words"}, "--format", "json").exit_code == 3


def test_a_catalog_of_broken_pages_only_is_not_empty(check):
    result = check({"events/Placed/index.mdx": "no frontmatter"})

    assert result.exit_code == 1
    assert "CAT102" in result.stdout


def test_a_misspelt_folder_is_a_usage_error_with_a_suggestion(check, tmp_path):
    (tmp_path / "catalogue").mkdir()
    result = check({})

    assert result.exit_code == 2
    assert "There is no folder catalog." in result.stderr
    assert "Did you mean catalogue?" in result.stderr
