from hypothesis import given, settings
from schema_strategies import TEXT, WHOLE, an_object, payloads, schemas

from eventproof.contracts import violations
from eventproof.contracts.closing import closed


@settings(max_examples=100, deadline=None)
@given(schemas, payloads)
def test_a_closed_schema_accepts_no_payload_that_the_open_one_rejects(schema, payload):
    assert violations(closed(schema), payload) or not violations(schema, payload)


@settings(max_examples=60, deadline=None)
@given(schemas, schemas, payloads)
def test_closing_is_sound_under_exclusive_branches_and_negation(one, other, payload):
    for schema in ({"oneOf": [one, other]}, {"not": one}, {"if": one, "then": other}):
        assert violations(closed(schema), payload) or not violations(schema, payload)


def sends(schema, payload):
    return violations(closed(schema), payload) == ()


def test_a_writer_sends_what_it_declares_and_nothing_else():
    schema = an_object(
        a=TEXT, o=an_object(b=WHOLE), l={"type": "array", "items": an_object(c=TEXT)}
    )
    assert sends(schema, {"a": "a", "o": {"b": 1}, "l": [{"c": "a"}]})
    assert not sends(schema, {"z": 1})
    assert not sends(schema, {"o": {"z": 1}})
    assert not sends(schema, {"l": [{"z": 1}]})


def test_properties_of_all_branches_are_declared():
    schema = {
        "allOf": [an_object(a=TEXT), {"$ref": "#/$defs/B"}],
        "$defs": {"B": an_object(b=WHOLE)},
    }
    assert sends(schema, {"a": "a", "b": 1})
    assert not sends(schema, {"c": 1})


def test_a_required_name_is_declared():
    assert sends({"type": "object", "required": ["a"]}, {"a": 1})


def test_maps_and_untyped_places_stay_open():
    assert sends({"type": "object", "additionalProperties": True}, {"a": 1})
    assert sends({"type": "object", "additionalProperties": TEXT}, {"a": "a"})
    assert sends({"type": "object", "propertyNames": {"pattern": "^x"}}, {"x": 1})
    assert sends(an_object(meta={}), {"meta": {"anything": 1}})


def test_a_recursive_schema_is_closed_at_every_depth():
    tree = {
        "$defs": {
            "node": an_object(children={"type": "array", "items": {"$ref": "#/$defs/node"}})
        },
        "$ref": "#/$defs/node",
    }
    assert sends(tree, {"children": [{"children": []}]})
    assert not sends(tree, {"children": [{"other": 1}]})


def test_a_reference_under_not_still_means_the_open_schema():
    schema = {
        "$defs": {"B": an_object(b=WHOLE, required=["b"])},
        "properties": {"b": {}, "c": {}},
        "not": {"$ref": "#/$defs/B"},
    }
    assert not sends(schema, {"b": 1, "c": 2})
    assert sends(schema, {"c": 2})
