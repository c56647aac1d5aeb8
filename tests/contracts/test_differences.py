import json
from datetime import date

import pytest

from eventproof.catalog import load
from eventproof.contracts import Leniency, Terms, build, difference, judge_difference
from eventproof.contracts.bump import declared_bump

TODAY = date(2026, 3, 1)


def stock(kind, **more):
    return {"properties": {"quantity": {"type": kind}}, "required": ["quantity"], **more}


@pytest.fixture
def state(tmp_path, page):
    """Writes a catalog: the latest version of Adjusted, older ones, and who receives which."""

    def write(name, latest=None, *, versioned=None, receives=None):
        root = tmp_path / name
        pages = {"services/Stock/index.mdx": page("Stock", "1.0.0")}
        if receives is not None:
            pin = f"\n    version: {receives}" if receives else ""
            pages["services/Orders/index.mdx"] = page(
                "Orders", "1.0.0", f"owners: [dboyne]\nreceives:\n  - id: Adjusted{pin}"
            )
        places = {"events/Adjusted": latest} if latest else {}
        for version, schema in (versioned or {}).items():
            places[f"events/Adjusted/versioned/{version}"] = (version, schema)
        for folder, (version, schema) in places.items():
            pages[f"{folder}/index.mdx"] = page("Adjusted", version, "schemaPath: schema.json")
            pages[f"{folder}/schema.json"] = schema
        for file, content in pages.items():
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            text = content if isinstance(content, str) else json.dumps(content)
            (root / file).write_text(text)
        return build(load(root))

    return write


def found(old, new, mode="full", **leniency):
    result = difference(old, new, mode=mode, terms=Terms())
    judged = judge_difference(
        old.catalog, new.catalog, result, Leniency(TODAY, **leniency), against="main"
    )
    return [(f.rule, f.severity.value) for f in judged.findings], judged, result


def test_two_equal_states_differ_in_nothing(state):
    old = state("old", ("1.0.0", stock("integer")), receives="1.0.0")
    findings, judged, result = found(
        old, state("new", ("1.0.0", stock("integer")), receives="1.0.0")
    )

    assert findings == []
    assert (result.added, result.gone, result.successions) == ((), (), ())
    assert not judged.fails


def test_a_new_version_in_place_of_the_old_one_is_compared_with_it(state):
    old = state("old", ("1.0.0", stock("integer")), receives="1.0.0")
    new = state(
        "new", ("1.1.0", stock("number")), versioned={"1.0.0": stock("integer")}, receives="1.0.0"
    )
    findings, judged, _ = found(old, new)

    assert findings == [("CON202", "error"), ("CON204", "error")]
    break_, mismatch = judged.findings
    assert break_.message == "Adjusted 1.1.0: who reads 1.0.0 cannot read every 1.1.0 (forward)."
    assert '1.1.0 allows {"quantity": 0.5}' in break_.details
    assert "Orders 1.0.0 reads 1.0.0, pinned to 1.0.0; owners: dboyne." in break_.details
    assert mismatch.message == (
        "Adjusted 1.1.0: a minor version after 1.0.0, and the change is major: it breaks."
    )
    assert judged.fails


def test_a_page_that_was_edited_in_place_is_compared_with_what_it_was(state):
    old = state("old", ("1.0.0", stock("integer")))
    findings, _, result = found(old, state("new", ("1.1.0", stock("number"))))

    assert ("CON202", "error") in findings
    assert ("CON205", "info") in findings
    assert [str(ref) for ref in result.added] == ["Adjusted 1.1.0"]


def test_a_mode_decides_what_is_a_break(state):
    old = state("old", ("1.0.0", stock("integer")))
    new = state("new", ("1.1.0", stock("number")), versioned={"1.0.0": stock("integer")})

    assert found(old, new, mode="backward")[0] == []
    assert ("CON202", "error") in found(old, new, mode="forward")[0]


def test_a_transitive_mode_compares_with_all_that_came_before(state):
    before = {"1.0.0": stock("integer")}
    old = state("old", ("1.1.0", stock("string")), versioned=before)
    new = state("new", ("1.2.0", stock("string")), versioned={**before, "1.1.0": stock("string")})

    assert found(old, new, mode="backward")[0] == []
    assert ("CON202", "error") in found(old, new, mode="backward-transitive")[0]


def test_a_schema_edited_under_its_version_is_found_whatever_the_verdict(state):
    old = state("old", ("1.0.0", stock("integer")), receives="1.0.0")
    edited = stock("integer")
    edited["properties"]["note"] = {"type": "string"}
    findings, judged, _ = found(old, state("new", ("1.0.0", edited), receives="1.0.0"))

    assert findings == [("CON203", "error")]
    assert "It is compatible, which does not make the two the same." in judged.findings[0].details
    assert judged.fails


def test_a_reuse_that_breaks_shows_the_payload_as_well(state):
    old = state("old", ("1.0.0", stock("integer")))
    findings, judged, _ = found(old, state("new", ("1.0.0", stock("string"))))

    assert [rule for rule, _ in findings] == ["CON202", "CON202", "CON203"]
    assert 'old 1.0.0 allows {"quantity": 0}' in judged.findings[0].details


def test_an_edit_that_no_payload_can_show_is_none(state):
    old = state("old", ("1.0.0", stock("integer")))

    assert found(old, state("new", ("1.0.0", stock("integer", description="how many"))))[0] == []


def test_the_order_of_names_is_no_edit(state):
    def both(*names):
        return {"properties": {"a": {"type": [*names]}}, "required": [*names]}

    old = state("old", ("1.0.0", both("string", "null")))

    assert found(old, state("new", ("1.0.0", both("null", "string"))))[0] == []


def test_two_versions_of_a_message_that_is_new_as_a_whole_hurt_nobody(state):
    new = state("new", ("2.0.0", stock("string")), versioned={"1.0.0": stock("integer")})

    assert found(state("old"), new)[0] == []


def test_a_schema_that_is_gone_leaves_the_verdict_unknown(state, tmp_path):
    old = state("old", ("1.0.0", stock("integer")))
    state("new", ("1.0.0", stock("integer")))
    (tmp_path / "new/events/Adjusted/schema.json").unlink()
    new = build(load(tmp_path / "new"))

    assert ("CON206", "error") in found(old, new)[0]
    assert ("CON206", "warning") in found(old, new, unknown_warns=True)[0]


@pytest.mark.parametrize(
    ("was", "still", "severity"),
    [(None, None, "info"), ("1.0.0", None, "warning"), ("1.0.0", "1.0.0", "error")],
)
def test_a_removed_message_is_as_grave_as_those_who_rely_on_it(state, was, still, severity):
    old = state("old", ("1.0.0", stock("integer")), receives=was)
    findings, _, result = found(old, state("new", receives=still))

    assert findings == [("CON205", severity)]
    assert [gone.is_last for gone in result.gone] == [True]


def test_a_removed_version_is_an_error_only_where_somebody_is_pinned_to_it(state):
    before = {"versioned": {"1.0.0": stock("integer")}}
    old = state("old", ("2.0.0", stock("string")), **before, receives="1.0.0")

    assert found(old, state("moved", ("2.0.0", stock("string")), receives="2.0.0"))[0] == [
        ("CON205", "info")
    ]
    assert found(old, state("stayed", ("2.0.0", stock("string")), receives="1.0.0"))[0] == [
        ("CON205", "error")
    ]


def test_a_major_version_without_a_break_is_worth_knowing(state):
    old = state("old", ("1.0.0", stock("integer")))
    wider = stock("integer")
    wider["properties"]["note"] = {"type": "string"}
    new = state("new", ("2.0.0", wider), versioned={"1.0.0": stock("integer")})
    findings, judged, _ = found(old, new)

    assert findings == [("CON204", "info")]
    assert not judged.fails


def test_a_break_that_a_major_version_announces_may_be_allowed(state):
    old = state("old", ("1.0.0", stock("integer")))
    new = state("new", ("2.0.0", stock("string")), versioned={"1.0.0": stock("integer")})

    assert found(old, new)[1].fails
    assert found(old, new, major_may_break=True)[0] == [("CON202", "info"), ("CON202", "info")]


def test_what_is_inferred_from_examples_warns_and_does_not_fail(state, tmp_path, page):
    def example(value):
        return f'## Example payload\n\n```json\n{{"quantity": {value}}}\n```\n'

    state("old")
    state("new")
    for name, version, value in (("old", "1.0.0", "1"), ("new", "1.1.0", '"one"')):
        folder = tmp_path / name / "events/Adjusted"
        folder.mkdir(parents=True)
        (folder / "index.mdx").write_text(page("Adjusted", version, body=example(value)))
    old, new = build(load(tmp_path / "old")), build(load(tmp_path / "new"))
    findings, _, _ = found(old, new)

    assert ("CON202", "warning") in findings
    assert ("CON202", "error") not in findings


@pytest.mark.parametrize(
    ("old", "new", "level"),
    [
        ("1.0.0", "2.0.0", "major"),
        ("v1", "v2", "major"),
        ("1.0.0", "2.0.0-rc.1", "major"),
        ("1.0.0", "1.1.0", "minor"),
        ("1.0", "1.1", "minor"),
        ("1.0.0", "1.0.1", "patch"),
        ("0.1.0", "0.1.1", "minor"),
        ("0.1.0", "0.2.0", None),
        ("0.0.3", "0.0.4", None),
        ("2.0.0", "1.0.0", None),
        ("2024-01-01", "2024-02-01", None),
        (None, "1.0.0", None),
    ],
)
def test_what_a_version_number_promises(old, new, level):
    assert declared_bump(old, new) == level
