"""Pairs as registries of events hold them: wide, closed, draft 4, with null in their unions."""

import random
from collections import Counter

import event_families
import jsonschema_rs
import pytest
from event_schemas import (
    SELF_DESCRIBING,
    changed,
    self_describing,
    text,
    wide_properties,
    wikimedia,
)

from eventproof.contracts import compare

ID = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"
LEAST = {"id": ID, "created_at": "2024-01-01T00:00:00Z"}
WIDE = self_describing(wide_properties(), required=["id", "created_at"])


def with_property(name, schema):
    return changed(WIDE, lambda wide: wide["properties"].update({name: schema}))


def with_keyword(name, value):
    return changed(WIDE, lambda wide: wide.update({name: value}))


def test_the_wide_schema_is_wide():
    assert len(WIDE["properties"]) == 70


@pytest.mark.parametrize(
    ("newer", "added"),
    [
        (with_property("field_7", text(5)), {"field_7": "aaaaaa"}),
        (with_property("field_3", {"type": "string"}), {"field_3": None}),
        (
            with_property("currency", {"type": "string", "pattern": "^[A-E]{3}$"}),
            {"currency": "AAF"},
        ),
        (with_property("channel", {"enum": ["web", "app", None]}), {"channel": "store"}),
        (with_property("price", {"type": "number", "multipleOf": 0.1}), {"price": 0.01}),
        (with_property("is_test", {"type": "integer"}), {"is_test": True}),
        (with_keyword("dependencies", {"ip": ["page_url"]}), {"ip": "127.0.0.1"}),
        (with_keyword("minProperties", 3), {}),
        (changed(WIDE, lambda wide: wide["required"].append("price")), {}),
        (changed(WIDE, lambda wide: wide["properties"].pop("count_9")), {"count_9": 0}),
    ],
)
def test_a_change_to_one_of_seventy_properties_is_shown_by_that_property(newer, added):
    for policy in ("declared", "strict"):
        comparison = compare(writer=WIDE, reader=newer, policy=policy)
        assert (comparison.verdict, comparison.reason) == ("breaking", None)
        assert comparison.witness == {**LEAST, **added} or _alike(comparison.witness, added)
        assert compare(writer=newer, reader=WIDE, policy=policy).verdict != "unknown"


def _alike(witness, added):
    """Whether only the one property's value is another of the same sort."""
    return witness.keys() == {**LEAST, **added}.keys()


@pytest.mark.parametrize(
    "newer",
    [
        with_property("new_one", text(10)),
        with_property("field_7", text(500)),
        with_property("channel", {"enum": ["web", "app", "store", "tv", None]}),
        with_property("channel", {"type": ["string", "null"], "maxLength": 5}),
        with_property("currency", {"type": "string", "pattern": "^[A-Za-z]{3,4}$"}),
        with_property("id", {"type": "string", "minLength": 36, "maxLength": 36}),
        with_property("field_2", {"anyOf": [{"type": "null"}, {"type": "string"}]}),
        with_property("ip", {"type": ["string", "null"], "maxLength": 15}),
        changed(WIDE, lambda wide: wide.pop("additionalProperties")),
    ],
)
def test_a_wider_reader_is_proved_to_read_seventy_properties(newer):
    for policy in ("declared", "strict"):
        assert compare(writer=WIDE, reader=newer, policy=policy).verdict == "compatible"


def test_a_self_describing_schema_is_draft_4_and_assumed_nothing():
    bounded = {"type": "number", "minimum": 0, "exclusiveMinimum": True}
    comparison = compare(
        writer=self_describing({"v": bounded}), reader=self_describing({"v": {"type": "number"}})
    )
    assert comparison.verdict == "compatible"
    assert "dialect.assumed" not in {change.kind for change in comparison.changes}


WIKI = wikimedia("1.0.0")


@pytest.mark.parametrize(
    ("newer", "forward", "backward"),
    [
        (wikimedia("1.1.0", comment={"type": "string"}), "compatible", "compatible"),
        (wikimedia("1.1.0", rev_sha1={"type": ["string", "null"]}), "breaking", "compatible"),
        (
            wikimedia("1.1.0", rev_sha1={"type": "string", "pattern": "^[0-9a-f]{31}$"}),
            "compatible",
            "breaking",
        ),
        (changed(WIKI, lambda s: s["allOf"][1].pop("dependencies")), "breaking", "compatible"),
        (
            changed(WIKI, lambda s: s["definitions"]["user"]["required"].append("groups")),
            "compatible",
            "breaking",
        ),
    ],
)
def test_fragments_dependencies_and_recursion_are_decided(newer, forward, backward):
    assert compare(writer=newer, reader=WIKI).verdict == forward
    assert compare(writer=WIKI, reader=newer).verdict == backward


def test_a_union_told_apart_by_a_constant_is_decided():
    def branch(number, least):
        value = {"type": "integer", "minimum": least}
        kind = {"const": f"kind-{number}"}
        return {"type": "object", "properties": {"kind": kind, "v": value}, "required": ["kind"]}

    one = {"anyOf": [branch(number, number) for number in range(40)]}
    other = {"oneOf": [branch(number, number - 1) for number in range(40)]}
    assert compare(writer=one, reader=other).verdict == "compatible"
    assert compare(writer=other, reader=one).witness == {"kind": "kind-1", "v": 0}


def test_a_pattern_that_seems_to_match_everything_does_not_match_two_lines():
    anything = {"type": "string", "pattern": "^.*$"}
    assert compare(writer={"type": "string"}, reader=anything).witness == "a\na"
    names = {"patternProperties": {"^.*$": True}, "additionalProperties": False}
    found = compare(writer={"additionalProperties": {"type": "string"}}, reader=names)
    assert found.witness == {"a\na": "a"}


def conditions(word, **more):
    """Conditions on a response, which may hold each other; nothing tells all of them apart."""

    def an_object(**properties):
        return {"type": "object", "properties": properties}

    inner = {"$ref": "#/definitions/condition"}
    ways = [
        an_object(op={"const": "and"}, children={"type": "array", "items": inner}),
        an_object(op={"const": "or"}, children={"type": "array", "items": inner}),
        an_object(op={"const": "not"}, operand=inner),
        an_object(status={"type": "integer"}, operator={"enum": ["less", "more"]}),
        an_object(op={"const": "path"}, path={"type": "string"}, **more),
        an_object(header={"type": "string"}, key={"enum": ["is", "has"]}),
    ]
    root = {"oneOf": [{"type": "null"}, inner]}
    definitions = {"condition": {word: ways}}
    return {"type": "object", "properties": {"root": root}, "definitions": definitions}


@pytest.mark.parametrize("word", ["anyOf", "oneOf"])
def test_a_recursive_union_whose_branches_overlap_is_decided(word):
    before, after = conditions(word), conditions(word, operand={"type": ["string", "null"]})

    assert compare(writer=before, reader=after).verdict == "compatible"
    assert compare(writer=before, reader=before, policy="strict").verdict == "compatible"
    found = compare(writer={"properties": {"root": True}}, reader=after)
    assert found.verdict == "breaking"


def test_a_list_of_thousands_of_values_is_decided():
    few, more = ({"enum": [f"value-{number}" for number in range(count)]} for count in (999, 1000))
    assert compare(writer=few, reader=more).verdict == "compatible"
    assert compare(writer=more, reader=few).witness == "value-999"


@pytest.mark.parametrize("policy", ["strict", "declared"])
@pytest.mark.parametrize("family", event_families.FAMILIES)
def test_versions_of_event_schemas_are_decided_and_never_against_a_payload(family, policy):
    verdicts, refuted = Counter(), []
    for old, new in event_families.pairs(family, 120):
        for writer, reader in ((old, new), (new, old)):
            comparison = compare(writer=writer, reader=reader, policy=policy)
            verdicts[comparison.verdict] += 1
            if comparison.verdict == "compatible" and policy == "strict":
                refuted += refutations(writer, reader)
    assert refuted == []
    assert verdicts["unknown"] <= 0.02 * verdicts.total(), verdicts
    assert verdicts["breaking"] > 20 < verdicts["compatible"]


def refutations(writer, reader):
    """Payloads at random that the writer may send and the reader rejects."""
    sends, reads = validator(writer), validator(reader)
    rng = random.Random(3)
    tried = [event_families.payload(rng) for _ in range(60)]
    sent = [one for one in tried if sends.is_valid(one)]
    return [(writer, reader, one) for one in sent if not reads.is_valid(one)]


def validator(schema):
    draft_4 = schema["$schema"] == SELF_DESCRIBING
    draft = jsonschema_rs.Draft4Validator if draft_4 else jsonschema_rs.Draft7Validator
    plain = {key: value for key, value in schema.items() if key != "$schema"}
    return draft(plain, validate_formats=False)
