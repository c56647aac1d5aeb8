import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator, Draft7Validator, Draft202012Validator

from eventproof.contracts import upgrade
from eventproof.contracts.dialects import LATEST, dialect_of

DRAFT_4 = "http://json-schema.org/draft-04/schema#"
DRAFT_7 = "http://json-schema.org/draft-07/schema#"


def upgraded(schema, draft=DRAFT_7):
    result = upgrade({"$schema": draft, **schema})
    assert result.pop("$schema") == LATEST
    return result


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            {"definitions": {"A": {"type": "string"}}, "$ref": "#/definitions/A"},
            {"$defs": {"A": {"type": "string"}}, "$ref": "#/$defs/A"},
        ),
        (
            {"items": [{"type": "string"}], "additionalItems": False},
            {"prefixItems": [{"type": "string"}], "items": False},
        ),
        ({"items": {"type": "string"}, "additionalItems": False}, {"items": {"type": "string"}}),
        (
            {"dependencies": {"a": ["b"], "c": {"required": ["d"]}}},
            {"dependentRequired": {"a": ["b"]}, "dependentSchemas": {"c": {"required": ["d"]}}},
        ),
        (
            {"properties": {"a": {"$ref": "#", "type": "string"}}},
            {"properties": {"a": {"$ref": "#"}}},
        ),
        ({"$id": "#here", "type": "string"}, {"$anchor": "here", "type": "string"}),
        ({"unevaluatedProperties": False}, {}),
        (
            {"properties": {"definitions": {"items": [{}]}, "items": {"enum": [{"items": [1]}]}}},
            {
                "properties": {
                    "definitions": {"prefixItems": [{}]},
                    "items": {"enum": [{"items": [1]}]},
                }
            },
        ),
        (
            {"items": [{"type": "string"}], "allOf": [{"$ref": "#/items/0"}]},
            {"prefixItems": [{"type": "string"}], "allOf": [{"$ref": "#/prefixItems/0"}]},
        ),
    ],
)
def test_draft_7_is_rewritten(old, new):
    assert upgraded(old) == new


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
        ({"minimum": 1, "exclusiveMinimum": False}, {"minimum": 1}),
        ({"maximum": 1, "exclusiveMaximum": True}, {"exclusiveMaximum": 1}),
        ({"id": "https://example.com/a"}, {"$id": "https://example.com/a"}),
        ({"properties": {"id": {"type": "string"}}}, {"properties": {"id": {"type": "string"}}}),
        ({"const": 1, "type": "integer"}, {"type": "integer"}),
    ],
)
def test_draft_4_is_rewritten(old, new):
    assert upgraded(old, DRAFT_4) == new


def test_2019_09_recursion_becomes_a_reference():
    draft = "https://json-schema.org/draft/2019-09/schema"
    old = {"$recursiveAnchor": True, "properties": {"next": {"$recursiveRef": "#"}}}
    assert upgraded(old, draft) == {"properties": {"next": {"$ref": "#"}}}


def test_the_latest_draft_stays_word_for_word():
    schema = {"$schema": LATEST, "$ref": "#/$defs/A", "title": "x", "$defs": {"A": {"const": 1}}}
    assert upgrade(schema) == schema


def test_without_a_schema_keyword_the_keywords_tell_the_draft():
    assert dialect_of({"properties": {"a": {"minimum": 0, "exclusiveMinimum": True}}}) == "draft4"
    assert dialect_of({"items": [{}]}) == "draft7"
    assert dialect_of({"type": "object"}) == "2020-12"
    assert dialect_of({"$schema": "https://json-schema.org/draft-07/schema"}) == "draft7"


leaf = st.sampled_from(
    [True, False, {"type": "string"}, {"type": "integer", "minimum": 1}, {"const": 1}]
)
old_schemas = st.recursive(
    leaf,
    lambda inner: st.one_of(
        st.builds(lambda a, b: {"items": [a], "additionalItems": b}, inner, inner),
        st.builds(lambda a: {"dependencies": {"a": a, "b": ["c"]}}, inner),
        st.builds(lambda a: {"definitions": {"x": a}, "$ref": "#/definitions/x"}, leaf),
        st.builds(lambda a, b: {"properties": {"a": a}, "contains": b}, inner, inner),
        st.builds(lambda a, b: {"if": a, "then": b}, inner, inner),
    ),
    max_leaves=4,
)
values = st.recursive(
    st.sampled_from([0, 1, 2.5, "a", None, True]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=5,
)


@settings(max_examples=150, deadline=None)
@given(old_schemas, values)
def test_an_upgraded_schema_accepts_what_the_old_one_accepted(schema, value):
    # One schema deep only: a nested `$ref` into `#/definitions` would miss its target.
    if isinstance(schema, dict) and "$ref" not in str(
        {k: v for k, v in schema.items() if k != "$ref"}
    ):
        wrapped = {"$schema": DRAFT_7, **schema}
        expected = Draft7Validator(wrapped).is_valid(value)
        assert Draft202012Validator(upgrade(wrapped)).is_valid(value) is expected


@settings(max_examples=60, deadline=None)
@given(st.integers(-2, 2), st.booleans(), st.booleans(), st.integers(-3, 3))
def test_draft_4_bounds_keep_their_meaning(bound, low, high, value):
    schema = {
        "$schema": DRAFT_4,
        "minimum": bound,
        "exclusiveMinimum": low,
        "maximum": bound + 2,
        "exclusiveMaximum": high,
    }
    expected = Draft4Validator(schema).is_valid(value)
    assert Draft202012Validator(upgrade(schema)).is_valid(value) is expected
