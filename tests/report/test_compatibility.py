from datetime import date

import pytest

from eventproof.catalog import load
from eventproof.contracts import (
    Leniency,
    Terms,
    build,
    difference,
    judge_difference,
    judge_matrix,
    matrix,
)
from eventproof.report import (
    difference_markdown,
    difference_text,
    matrix_html,
    matrix_markdown,
    matrix_text,
)

TODAY = Leniency(date(2026, 3, 1))
HOSTILE = 'team\x1b[31m|<b onclick=x>"@everyone\u202e'


@pytest.fixture
def contracts(tmp_path):
    """Stock sends Paid 2, a string; Orders, whose owner has a hostile name, reads Paid 1."""

    def write(folder, text):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / "index.mdx").write_text(f"---\n{text}\n---\n")

    for version, kind in (("1.0.0", "integer"), ("2.0.0", "string")):
        folder = f"events/Paid/versioned/{version}"
        write(folder, f"id: Paid\nname: Paid\nversion: {version}\nschemaPath: s.json")
        schema = f'{{"properties": {{"a": {{"type": "{kind}"}}}}}}'
        (tmp_path / folder / "s.json").write_text(schema)
    write("services/S", "id: S\nname: S\nversion: 1.0.0\nsends: [{id: Paid, version: 2.0.0}]")
    owner = HOSTILE.replace('"', '\\"').replace("\x1b", "\\x1b")
    write(
        "services/O",
        f'id: O\nname: O\nversion: 1.0.0\nowners: ["{owner}"]\n'
        "receives: [{id: Paid, version: 1.0.0}]",
    )
    return build(load(tmp_path))


@pytest.fixture
def judged(contracts):
    edges = matrix(contracts, Terms())
    return edges, judge_matrix(contracts.catalog, edges, (), TODAY)


def test_no_name_reaches_a_terminal_as_a_command(judged):
    edges, outcome = judged
    for text in (matrix_text(edges, (), outcome), matrix_markdown(edges, (), outcome)):
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_no_name_ends_its_cell_in_a_comment_or_calls_anybody(judged):
    edges, outcome = judged
    row = matrix_markdown(edges, (), outcome).splitlines()[2]

    assert row.replace("\\|", "").count("|") == 7
    assert "<b" not in row
    assert "@everyone" not in row


def test_no_name_becomes_markup_in_the_page(judged):
    edges, outcome = judged
    page = matrix_html(edges, (), outcome, title=HOSTILE)

    assert "<b onclick" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page


def test_the_same_verdicts_give_the_same_page(contracts, judged):
    edges, outcome = judged
    again = matrix(contracts, Terms())

    assert matrix_html(edges, (), outcome, title="t") == matrix_html(
        again, (), judge_matrix(contracts.catalog, again, (), TODAY), title="t"
    )


def test_a_difference_without_any_is_one_line(contracts):
    catalog = contracts.catalog
    found = difference(contracts, contracts, mode="full", terms=Terms())
    outcome = judge_difference(catalog, catalog, found, TODAY, against="main\x1b")

    line = "against main\\x1b: 0 added, 0 removed; 0 changes of a schema; 0 errors\n"
    assert difference_text(found, outcome, against="main\x1b") == line
    assert difference_markdown(found, outcome, against="main") == line.replace("\\x1b", "")
