"""Pages that accept a finding, with a reason."""

import json
import os

import pytest
from click.testing import CliRunner

from eventproof.cli.app import App
from eventproof.cli.check import check_command

HEAD = "---\nid: Stock\nname: Stock\nversion: 1.0.0\nsends:\n  - id: Gone\n"
STOCK = "services/Stock/index.mdx"
OWN = ("CAT102", "CAT202", "CAT901", "CAT902", "CAT903", "CON101", "CON103")


@pytest.fixture
def check(tmp_path, monkeypatch):
    """Runs the command on a catalog of these pages; returns its JSON."""
    monkeypatch.chdir(tmp_path)

    def run(pages, *arguments):
        for name, text in pages.items():
            file = tmp_path / "catalog" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        app = App(commands={"check": check_command})
        result = CliRunner().invoke(app, ["check", "catalog", "--format", "json", *arguments])
        assert result.exit_code in (0, 1), result.output
        return json.loads(result.stdout)

    return run


def found(document):
    return [
        (one["rule"], one["location"]["line"])
        for one in document["findings"]
        if one["rule"] in OWN
    ]


@pytest.mark.parametrize(
    "page",
    [
        f"{HEAD}---\n<!-- eventproof: ignore[CAT202] comes next week -->\n",
        f"{HEAD}---\nProse.\n\n{{/* eventproof: ignore[unknown-resource] next week */}}\n",
        f'{HEAD}x-eventproof: {{ignore: [{{rule: CAT202, reason: "next week"}}]}}\n---\n',
    ],
)
def test_a_page_may_accept_a_finding_with_a_reason(check, page):
    document = check({STOCK: page})

    assert found(document) == []
    assert document["summary"]["suppressed"] == 1


def test_another_page_still_has_the_finding(check):
    pages = {
        STOCK: f"{HEAD}---\n<!-- eventproof: ignore[CAT202] comes next week -->\n",
        "services/Other/index.mdx": f"{HEAD}---\n".replace("Stock", "Other"),
    }

    assert found(check(pages)) == [("CAT202", 6)]


def test_without_a_reason_the_finding_stays_and_the_suppression_is_one(check):
    page = f"{HEAD}---\n\n<!-- eventproof: ignore[CAT202] -->\n"

    assert found(check({STOCK: page})) == [("CAT202", 6), ("CAT901", 9)]


def test_an_unused_suppression_is_a_finding_in_its_line(check):
    page = f"{HEAD}---\n<!-- eventproof: ignore[CAT201] x -->\n"

    assert found(check({STOCK: page})) == [("CAT202", 6), ("CAT902", 8)]


def test_a_suppression_is_not_called_unused_for_what_is_not_selected(check):
    page = f"{HEAD}---\n<!-- eventproof: ignore[CAT202, CON103] x -->\n"

    assert found(check({STOCK: page}, "--select", "CAT9")) == []
    assert found(check({STOCK: page}, "--ignore", "CON")) == []
    assert found(check({STOCK: page}, "--select", "CON,CAT9")) == [("CAT902", 8)]


def test_an_unknown_rule_in_a_suppression_is_a_finding(check):
    page = (
        f"{HEAD}x-eventproof:\n  ignore:\n    - rule: CAT2022\n      reason: x\n---\n"
        "<!-- eventproof: ignroe[CAT202] x -->\n"
    )

    assert found(check({STOCK: page})) == [("CAT202", 6), ("CAT903", 9), ("CAT903", 12)]


def test_a_suppression_in_a_code_fence_is_an_example(check):
    page = f"{HEAD}---\n```md\n<!-- eventproof: ignore[CAT202] x -->\n```\n"

    assert found(check({STOCK: page})) == [("CAT202", 6)]


def test_findings_about_suppressions_cannot_be_suppressed(check):
    page = f"{HEAD}---\n<!-- eventproof: ignore[CAT902] x -->\n"

    assert found(check({STOCK: page})) == [("CAT202", 6), ("CAT903", 8)]


def test_suppressed_findings_that_are_not_selected_are_not_counted(check):
    page = f"{HEAD}---\n<!-- eventproof: ignore[CAT202] x -->\n"

    assert check({STOCK: page}, "--ignore", "CAT202")["summary"]["suppressed"] == 0


def test_a_messages_page_speaks_for_the_schema_beside_it(check):
    head = "---\nid: Placed\nname: Placed\nversion: 1.0.0\nschemaPath: schema.json\n"
    pages = {"events/Placed/index.mdx": f"{head}---\n", "events/Placed/schema.json": "{"}
    (before,) = found(check(pages))
    assert before[0] == "CON101"

    pages["events/Placed/index.mdx"] = (
        f"{head}---\n<!-- eventproof: ignore[CON101] generated at release -->\n"
    )
    assert found(check(pages)) == []


def test_a_broken_page_may_be_accepted_too(check):
    pages = {
        STOCK: f"{HEAD}---\n",
        "services/Bad/index.mdx": "---\nid: [\n---\n<!-- eventproof: ignore[CAT102] draft -->\n",
    }

    assert found(check(pages)) == [("CAT202", 6)]


def test_no_file_outside_the_catalog_is_read_for_its_suppressions(check, tmp_path):
    outside = tmp_path / "outside.mdx"
    outside.write_text("<!-- eventproof: ignore[CAT101] x -->\n")
    link = tmp_path / "catalog" / "services" / "Link" / "index.mdx"
    link.parent.mkdir(parents=True)
    link.symlink_to(outside)
    pipe = tmp_path / "catalog" / "services" / "Pipe" / "index.mdx"
    pipe.parent.mkdir(parents=True)
    os.mkfifo(pipe)

    document = check({STOCK: f"{HEAD}---\n"})

    assert document["summary"]["suppressed"] == 0
    assert [one["rule"] for one in document["findings"]].count("CAT101") == 2
