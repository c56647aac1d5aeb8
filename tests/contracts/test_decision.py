"""What must be true of every pair of schemas, whatever their keywords."""

import random

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from rich_schemas import NAMES, SCALARS, documents, of_keywords
from rich_schemas import nodes as any_nodes

from eventproof.contracts import compare

SAMPLES = 200


def sampled(seed):
    """Payloads near the names and values that the schemas speak of."""
    source = random.Random(seed)

    def one(depth):
        kind = source.random()
        if depth == 0 or kind < 0.35:
            return source.choice(SCALARS)
        if kind < 0.65:
            return [one(depth - 1) for _ in range(source.randint(0, 4))]
        names = (*NAMES, "c", "bb")
        return {source.choice(names): one(depth - 1) for _ in range(source.randint(0, 4))}

    return [*SCALARS, *(one(3) for _ in range(SAMPLES))]


pairs = st.tuples(documents(), documents(), st.booleans()).map(
    lambda drawn: (drawn[0], beside(drawn[0], drawn[1]) if drawn[2] else drawn[1])
)


def beside(schema, other):
    """The other schema's keywords on top of the one's: pairs that are often close."""
    return {**schema, **{k: v for k, v in other.items() if k != "$defs"}}


many = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
some = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@many
@given(pairs, st.integers(0, 10**6))
def test_no_sampled_payload_refutes_a_proof(pair, seed):
    writer, reader = pair
    if compare(writer=writer, reader=reader, policy="strict").verdict == "compatible":
        sends = jsonschema_rs.Draft202012Validator(writer)
        accepts = jsonschema_rs.Draft202012Validator(reader)
        refuting = [p for p in sampled(seed) if sends.is_valid(p) and not accepts.is_valid(p)]
        assert refuting == []


@many
@given(pairs, st.sampled_from(["declared", "strict"]))
def test_a_witness_is_confirmed_by_both_validators(pair, policy):
    writer, reader = pair
    comparison = compare(writer=writer, reader=reader, policy=policy)
    if comparison.verdict == "breaking":
        for validator in (jsonschema_rs.Draft202012Validator, Draft202012Validator):
            assert validator(writer).is_valid(comparison.witness)
            assert not validator(reader).is_valid(comparison.witness)


@some
@given(pairs)
def test_few_pairs_of_any_keywords_are_left_undecided_and_none_by_a_disagreement(pair):
    reason = compare(writer=pair[0], reader=pair[1], policy="strict").reason
    assert reason != "provers-disagree"


@some
@given(documents(), st.sampled_from(["declared", "strict"]))
def test_any_schema_is_compatible_with_itself_and_with_a_copy_said_otherwise(schema, policy):
    bare = {key: value for key, value in schema.items() if key != "$defs"}
    again = {"allOf": [bare], "$defs": schema["$defs"], "title": "the same"}
    assert compare(writer=schema, reader=schema, policy=policy).verdict == "compatible"
    assert compare(writer=schema, reader=again, policy="strict").verdict != "breaking"


inner = of_keywords(any_nodes).map(lambda schema: {k: v for k, v in schema.items() if k != "$ref"})
without_references = inner.filter(lambda schema: "$ref" not in repr(schema))


def verdict(writer, reader):
    return compare(writer=writer, reader=reader, policy="strict").verdict


@some
@given(without_references, without_references)
def test_meet_join_and_references_change_no_verdict(writer, reader):
    expected = verdict(writer, reader)
    referring = {"$ref": "#/$defs/it", "$defs": {"it": writer}}
    alike = [
        verdict(writer, {"allOf": [reader, writer]}),
        verdict({"anyOf": [writer, reader]}, reader),
        verdict({"allOf": [writer, writer]}, reader),
        verdict(referring, reader),
        verdict(writer, {"$ref": "#/$defs/it", "$defs": {"it": reader}}),
    ]
    assert {expected, *alike} - {"unknown"} in ({"compatible"}, {"breaking"}, set())


@some
@given(without_references, without_references)
def test_a_part_is_within_the_whole(one, other):
    assert verdict({"allOf": [one, other]}, one) != "breaking"
    assert verdict(one, {"anyOf": [one, other]}) != "breaking"
    assert verdict({"not": {"anyOf": [one, other]}}, {"not": one}) != "breaking"


NODE = {"$ref": "#/$defs/node"}


def tree(**more):
    node = {"type": "object", "properties": {"left": NODE, "right": NODE}, **more}
    return {"$ref": "#/$defs/node", "$defs": {"node": node}}


@pytest.mark.parametrize(
    ("writer", "reader", "expected"),
    [
        (tree(required=["v"]), tree(), "compatible"),
        (tree(), tree(required=["v"]), "breaking"),
        (tree(required=["left"]), {"type": "string"}, "compatible"),  # no finite tree is one
        ({"const": {"foo": {"foo": False}}}, {"properties": {"foo": {"$ref": "#"}}}, "compatible"),
        ({"minItems": 3, "type": "array", "items": {"type": "boolean"}, "uniqueItems": True},
         False, "compatible"),
        ({"type": "array", "contains": {"type": "integer"}, "maxItems": 1},
         {"items": {"type": "integer"}}, "compatible"),
        ({"type": "array", "contains": {"const": 1}, "minContains": 2},
         {"uniqueItems": True}, "breaking"),
        ({"type": "array", "contains": {"type": "integer"}, "minContains": 3},
         {"contains": {"type": "number"}, "minContains": 2}, "compatible"),
        ({"type": "integer", "multipleOf": 6}, {"multipleOf": 3}, "compatible"),
        ({"type": "number", "multipleOf": 0.5}, {"multipleOf": 0.25}, "compatible"),
        ({"type": "integer", "minimum": 1, "maximum": 3}, {"enum": [1, 2, 3]}, "compatible"),
        ({"type": "integer", "minimum": 1, "maximum": 3}, {"enum": [1, 2, 4]}, "breaking"),
        ({"type": "boolean"}, {"oneOf": [{"const": True}, {"const": False}]}, "compatible"),
        ({"type": "object", "propertyNames": {"enum": ["a", "b"]}, "minProperties": 2},
         {"required": ["a", "b"]}, "compatible"),
        ({"type": "object", "propertyNames": {"pattern": "^a"}},
         {"patternProperties": {"^b": False}}, "compatible"),
        ({"type": "object", "patternProperties": {"^a": {"type": "integer"}},
          "additionalProperties": False}, {"additionalProperties": {"type": "number"}},
         "compatible"),
        ({"allOf": [{"properties": {"a": {}}}], "unevaluatedProperties": False},
         {"maxProperties": 1}, "compatible"),
        ({"dependentRequired": {"a": ["b"], "b": ["c"]}, "required": ["a"], "type": "object"},
         {"required": ["c"]}, "compatible"),
        ({"if": {"required": ["a"]}, "then": {"required": ["b"]}, "type": "object"},
         {"dependentRequired": {"a": ["b"]}}, "compatible"),
        ({"prefixItems": [{"type": "integer"}], "items": False, "type": "array"},
         {"maxItems": 1, "items": {"type": "integer"}}, "compatible"),
        ({"allOf": [{"pattern": "^a"}, {"pattern": "b$"}], "not": {"pattern": "c"},
          "type": "string", "maxLength": 3}, {"pattern": "^a[^c]?b$"}, "compatible"),
        ({"type": "string", "pattern": "^[A-Z]{3}$"}, {"minLength": 3, "maxLength": 3},
         "compatible"),
        ({"enum": ["ab", "abab"]}, {"pattern": "^(ab)+$"}, "compatible"),
    ],
)  # fmt: skip
def test_every_keyword_is_decided(writer, reader, expected):
    assert verdict(writer, reader) == expected


@pytest.mark.parametrize("least", [{}, {"minContains": 2}])
def test_a_count_that_no_array_can_have_leaves_every_other_kind(least):
    writer = {"contains": {"type": "null"}, "maxContains": 0, **least}
    reader = {
        "$ref": "#/$defs/tree",
        "$defs": {"tree": {"properties": {"a": False}, "items": {"$ref": "#/$defs/tree"}}},
    }
    comparison = compare(writer=writer, reader=reader, policy="strict")
    assert (comparison.verdict, comparison.witness) == ("breaking", {"a": "a"})
