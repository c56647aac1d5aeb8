"""What a schema says becomes types; what Python cannot say becomes Any."""

import keyword

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventproof.generators.render import render
from eventproof.generators.schemas import Models
from eventproof.generators.shapes import Skeleton, one_line


def models_of(schema):
    models = Models(frozenset())
    name = models.claim("Message")
    models.add_message(schema, name=name, doc=("A message.",), message=("message", "1.0.0"))
    return models.models


def annotations(schema, **document):
    """The annotation of the one property, required, and of all nested classes' fields."""
    found = models_of(
        {"type": "object", "properties": {"it": schema}, "required": ["it"], **document}
    )
    return {model.name: {f.name: one_line(f.annotation) for f in model.fields} for model in found}


def text_of(schema):
    return render(
        Skeleton(
            service="service",
            version="1.0.0",
            base="ServiceBase",
            title="service 1.0.0",
            doc=("A service.",),
            models=models_of(schema),
            receives=(),
            sends=(),
        )
    )


@pytest.mark.parametrize(
    ("schema", "annotation"),
    [
        ({"type": "string"}, "str"),
        ({"type": "string", "format": "date-time"}, "str"),
        ({"type": "integer", "minimum": 0}, "int"),
        ({"type": "number"}, "float"),
        ({"type": "boolean"}, "bool"),
        ({"type": "null"}, "None"),
        ({"const": "one"}, 'Literal["one"]'),
        ({"enum": ["a", "b"]}, 'Literal["a", "b"]'),
        ({"enum": [1, True, "x"]}, 'Literal[1, True, "x"]'),
        ({"enum": ["a", None]}, 'Literal["a"] | None'),
        ({"enum": [1.5]}, "Any"),
        ({"type": ["string", "null"]}, "str | None"),
        ({"type": ["string", "integer"]}, "str | int"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "str | None"),
        ({"oneOf": [{"type": "integer"}, {"type": "boolean"}]}, "int | bool"),
        ({"oneOf": [{"type": "integer"}, {"type": "object"}]}, "Any"),
        ({"type": "array", "items": {"type": "integer"}}, "tuple[int, ...]"),
        ({"type": "array"}, "tuple[Any, ...]"),
        ({"type": ["array", "null"], "items": {"type": "integer"}}, "tuple[int, ...] | None"),
        ({"type": "array", "prefixItems": [{"type": "integer"}]}, "tuple[Any, ...]"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "Any"),
        ({"not": {"type": "string"}}, "Any"),
        ({"type": "decimal"}, "Any"),
        ({"$ref": "https://example.org/elsewhere.json"}, "Any"),
        ({"$ref": "#/$defs/Missing"}, "Any"),
        (True, "Any"),
        ({}, "Any"),
    ],
)
def test_a_schema_becomes_the_type_that_says_the_same(schema, annotation):
    assert annotations(schema)["Message"]["it"] == annotation


def test_an_object_becomes_a_class_named_after_its_message_and_field():
    address = {"type": "object", "properties": {"city": {"type": "string"}}}

    assert annotations(address) == {
        "MessageIt": {"city": "str | None"},
        "Message": {"it": "MessageIt"},
    }


def test_an_entry_of_a_list_is_named_after_the_list_in_the_singular():
    item = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}
    found = models_of({"properties": {"items": {"type": "array", "items": item}}})

    assert [model.name for model in found] == ["MessageItem", "Message"]


def test_a_definition_that_refers_to_itself_is_one_class():
    tree = {
        "type": "object",
        "properties": {"children": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}},
    }

    assert annotations({"$ref": "#/$defs/Tree"}, **{"$defs": {"Tree": tree}}) == {
        "MessageTree": {"children": "tuple[MessageTree, ...] | None"},
        "Message": {"it": "MessageTree"},
    }


def test_a_recursive_type_that_is_no_object_ends_in_any():
    nested = {"type": "array", "items": {"$ref": "#/$defs/Nested"}}

    found = annotations({"$ref": "#/$defs/Nested"}, **{"$defs": {"Nested": nested}})

    assert found == {"Message": {"it": "tuple[Any, ...]"}}


def test_references_in_a_circle_end():
    circle = {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}}

    assert annotations({"$ref": "#/$defs/A"}, **{"$defs": circle}) == {"Message": {"it": "Any"}}


def test_references_that_double_at_each_step_are_read_once_each():
    chain = {
        f"D{i}": {"allOf": [{"$ref": f"#/$defs/D{i + 1}"}, {"$ref": f"#/$defs/D{i + 1}"}]}
        for i in range(60)
    }
    chain["D60"] = {"properties": {"leaf": {"type": "string"}}}

    assert "Message" in annotations({"$ref": "#/$defs/D0"}, **{"$defs": chain})


def test_the_parts_of_an_all_of_are_one_object():
    base = {"properties": {"id": {"type": "string"}}, "required": ["id"]}
    found = models_of(
        {
            "allOf": [{"$ref": "#/$defs/Base"}, {"properties": {"n": {"type": "integer"}}}],
            "$defs": {"Base": base},
        }
    )

    assert {f.name: f.annotation for f in found[-1].fields} == {"id": "str", "n": "int | None"}


def test_a_required_property_that_is_nowhere_described_is_there():
    found = models_of({"type": "object", "required": ["id"]})

    assert [(f.name, f.annotation) for f in found[-1].fields] == [("id", "Any")]


def test_nesting_without_end_ends_in_any():
    schema = {"type": "string"}
    for _ in range(200):
        schema = {"type": "object", "properties": {"inner": schema}}

    assert len(models_of(schema)) < 50


def test_a_field_never_hides_a_name_that_the_class_needs(run):
    keys = ["str", "dict", "classmethod", "self", "to_payload", "class", "type", "id"]
    properties = {key: {"type": "string"} for key in keys}
    message = run(text_of({"properties": properties, "required": keys})).Message
    payload = {key: key for key in keys}

    assert message.from_payload(payload).to_payload() == payload


def test_a_payload_that_is_no_object_is_wrapped_in_one_field(run):
    entry = {"type": "object", "properties": {"id": {"type": "string"}}}
    message = run(text_of({"type": "array", "items": entry})).Message

    read = message.from_payload([{"id": "a"}, {}])

    assert len(read.value) == 2
    assert read.to_payload() == [{"id": "a"}, {}]


def test_an_absent_property_stays_absent_and_a_required_null_stays_null(run):
    nullable = {"type": ["string", "null"]}
    schema = {"properties": {"a": nullable, "b": nullable}, "required": ["a"]}
    message = run(text_of(schema)).Message

    assert message.from_payload({"a": None}).to_payload() == {"a": None}


def test_a_message_is_a_value(run):
    item = {"properties": {"id": {"type": "string"}}, "required": ["id"]}
    schema = {"properties": {"items": {"type": "array", "items": item}}, "required": ["items"]}
    message = run(text_of(schema)).Message
    one, same = (message.from_payload({"items": [{"id": "tea"}]}) for _ in range(2))

    assert one == same
    assert len({one, same}) == 1
    with pytest.raises(AttributeError):
        one.items = ()


KEYS = st.one_of(
    st.sampled_from(["cartId", "cart_id", "cart-id", "id", "type", "self", "2nd", "", 'a"\n\\b']),
    st.sampled_from(keyword.kwlist),
    st.text(max_size=6),
)
SCALARS = st.sampled_from(
    [
        ({"type": "string"}, st.text(max_size=3)),
        ({"type": "integer"}, st.integers()),
        ({"type": "boolean"}, st.booleans()),
        ({"type": ["string", "null"]}, st.none() | st.text(max_size=3)),
        ({"enum": ["a", 'b"', "\n"]}, st.sampled_from(["a", 'b"', "\n"])),
        ({}, st.sampled_from([1, "x", [1], {"k": 2}])),
    ]
)


def lists(inner):
    schema, payloads = inner
    return {"type": "array", "items": schema}, st.lists(payloads, max_size=2)


def objects(pairs, positions):
    required = [key for position, key in enumerate(pairs) if position in positions]
    schema = {
        "type": "object",
        "properties": {key: schema for key, (schema, _) in pairs.items()},
        "required": required,
    }
    # An optional property that is null cannot be told from an absent one: see `Field`.
    payloads = st.fixed_dictionaries(
        {key: pairs[key][1] for key in required},
        optional={
            key: payload.filter(lambda value: value is not None)
            for key, (_, payload) in pairs.items()
            if key not in required
        },
    )
    return schema, payloads


def object_pairs(inner):
    pairs = st.dictionaries(KEYS, inner, min_size=1, max_size=4)
    return st.builds(objects, pairs, st.sets(st.integers(0, 3)))


PAIRS = object_pairs(
    st.recursive(SCALARS, lambda inner: inner.map(lists) | object_pairs(inner), max_leaves=6)
)


@given(pair=PAIRS, data=st.data())
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_what_is_read_from_a_payload_is_written_to_it_again(run, pair, data):
    schema, payloads = pair
    payload = data.draw(payloads)

    message = run(text_of(schema)).Message.from_payload(payload)

    assert message.to_payload() == payload
