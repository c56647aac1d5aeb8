import pytest

from eventproof.contracts import compare
from eventproof.contracts.plain_references import plain

TREE = {
    "$id": "http://localhost:1234/tree",
    "type": "object",
    "properties": {"nodes": {"type": "array", "items": {"$ref": "node"}}},
    "$defs": {
        "node": {
            "$id": "http://localhost:1234/node",
            "type": "object",
            "properties": {"value": {"type": "number"}, "subtree": {"$ref": "tree"}},
        }
    },
}


def test_names_become_pointers():
    rewritten = plain(TREE)
    assert rewritten["properties"]["nodes"]["items"] == {"$ref": "#/$defs/node"}
    assert rewritten["$defs"]["node"]["properties"]["subtree"] == {"$ref": "#"}
    assert "$id" not in str(rewritten)


def test_an_anchor_and_a_percent_sign_are_followed():
    schema = {
        "$ref": "#here",
        "properties": {"a": {"$ref": "#/$defs/per%25cent"}},
        "$defs": {"x": {"$anchor": "here", "minimum": 1}, "per%cent": {"type": "integer"}},
    }
    rewritten = plain(schema)
    assert rewritten["$ref"] == "#/$defs/x"
    assert compare(writer={"const": 0}, reader=schema).witness == 0
    assert compare(writer={"const": {"a": "b"}}, reader=schema).verdict == "breaking"


def test_an_older_meta_schema_is_a_schema_like_any_other():
    draft_7 = "http://json-schema.org/draft-07/schema#"
    meta = {"$schema": draft_7, "$ref": draft_7}
    assert compare(writer={"const": {"minLength": 1}}, reader=meta).verdict == "compatible"
    assert compare(writer={"const": {"minLength": -1}}, reader=meta).verdict == "breaking"


def test_a_place_within_an_older_meta_schema_is_a_schema_like_any_other():
    count = {"$ref": "http://json-schema.org/draft-04/schema#/definitions/positiveInteger"}
    reader = {"$schema": "http://json-schema.org/draft-04/schema#", "properties": {"n": count}}
    assert compare(writer={"const": {"n": 1}}, reader=reader).verdict == "compatible"
    assert compare(writer={"const": {"n": -1}}, reader=reader).witness == {"n": -1}


EMBEDDED = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "$id": "http://example.com/order",
    "properties": {
        "price": {"$ref": "http://example.com/money#/definitions/amount"},
        "unit": {"$ref": "/money#/items/1"},
        "tax": {"$ref": "money#/dependencies/tax"},
    },
    "definitions": {
        "money": {
            "$id": "http://example.com/money",
            "definitions": {"amount": {"minimum": 0}},
            "items": [{"type": "integer"}, {"enum": ["EUR"]}],
            "dependencies": {"tax": {"maximum": 1}},
        }
    },
}


@pytest.mark.parametrize("payload", [{"price": -1}, {"unit": "USD"}, {"tax": 2}])
def test_a_pointer_into_an_embedded_schema_of_an_older_draft_is_followed(payload):
    """What was under `definitions`, `items` or `dependencies` is elsewhere since 2020-12."""
    assert compare(writer={"const": payload}, reader=EMBEDDED).witness == payload
    good = {"price": 1, "unit": "EUR", "tax": 0}
    assert compare(writer={"const": good}, reader=EMBEDDED).verdict == "compatible"


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "http://example.com/elsewhere"},
        {"$ref": "#nowhere"},
        {
            "$defs": {
                "a": {"$id": "http://example.com/x", "type": "string"},
                "b": {"$id": "http://example.com/x", "type": "integer"},
            },
            "$ref": "http://example.com/x",
        },
        {
            "$dynamicRef": "#n",
            "$defs": {"a": {"$dynamicAnchor": "n"}, "b": {"$id": "b", "$dynamicAnchor": "n"}},
        },
    ],
)
def test_what_cannot_be_told_at_sight_stays_as_it_is(schema):
    assert plain(schema) is schema


def test_references_that_lead_nowhere_are_unknown_and_never_fetched():
    comparison = compare(writer={"$ref": "http://localhost:9/x.json"}, reader={"type": "string"})
    assert (comparison.verdict, comparison.reason) == ("unknown", "ref-unresolved")


@pytest.mark.parametrize("anchored", [{"$anchor": "n"}, {"$dynamicAnchor": "n"}])
def test_a_dynamic_reference_with_one_possible_target_is_a_plain_one(anchored):
    reader = {"$dynamicRef": "#n", "$defs": {"a": {**anchored, "type": "string"}}}
    assert compare(writer={"type": "string"}, reader=reader).verdict == "compatible"
    assert compare(writer={"type": "integer"}, reader=reader).witness == 0
