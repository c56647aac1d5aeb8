"""Payloads drawn from a schema: accepted by it, the same for a seed, readable."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventproof.contracts import samples, violations

ORDER = {
    "type": "object",
    "required": ["orderId", "lines", "placedAt"],
    "properties": {
        "orderId": {"type": "string"},
        "placedAt": {"type": "string", "format": "date-time"},
        "status": {"enum": ["open", "paid"]},
        "code": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{2}$"},
        "lines": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/line"}},
        "parent": {"$ref": "#"},
    },
    "$defs": {
        "line": {
            "allOf": [
                {"properties": {"quantity": {"type": "integer", "minimum": 1, "maximum": 9}}},
                {"required": ["quantity"]},
            ]
        }
    },
}

SCALARS = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("integer")},
        optional={"minimum": st.integers(-50, 0), "maximum": st.integers(1, 50)},
    ),
    st.fixed_dictionaries({"type": st.just("string")}, optional={"minLength": st.integers(0, 30)}),
    st.fixed_dictionaries({"enum": st.lists(st.integers(), min_size=1, max_size=3, unique=True)}),
    st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"type": "number"}, {}]),
)
SCHEMAS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"type": st.just("array"), "items": inner}),
        st.fixed_dictionaries(
            {
                "type": st.just("object"),
                "properties": st.dictionaries(st.sampled_from("abc"), inner),
                "required": st.lists(st.sampled_from("abc"), unique=True),
            }
        ),
        st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=2)}),
    ),
    max_leaves=5,
)


def test_samples_of_an_order_are_accepted_differ_and_read_well():
    drawn = samples(ORDER, count=5, seed="1")

    assert len(drawn) == 5
    assert [violations(ORDER, payload) for payload in drawn] == [()] * 5
    assert all(payload["orderId"].startswith("orderId-") for payload in drawn)
    assert {payload.get("code", "AAA-00") for payload in drawn} == {"AAA-00"}
    assert any("parent" in payload for payload in drawn)


def test_the_same_seed_draws_the_same_payloads_and_another_seed_others():
    assert samples(ORDER, count=5, seed="1") == samples(ORDER, count=5, seed="1")
    assert samples(ORDER, count=5, seed="1") != samples(ORDER, count=5, seed="2")


@settings(max_examples=60, deadline=None)
@given(schema=SCHEMAS, seed=st.integers(0, 9))
def test_every_sample_is_accepted_and_a_schema_with_payloads_has_one(schema, seed):
    drawn = samples(schema, count=3, seed=str(seed))

    assert drawn
    assert all(not violations(schema, payload) for payload in drawn)


def test_a_drawn_payload_that_is_rejected_gives_way_to_the_provers():
    schema = {"type": "object", "minProperties": 2, "propertyNames": {"minLength": 3}}

    (payload,) = samples(schema, count=3, seed="1")

    assert len(payload) >= 2


@pytest.mark.parametrize(
    "schema",
    [
        {"not": {}},
        {"type": "no such type"},
        {"type": "array", "minItems": 10**12},
        {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#"}}},
    ],
)
def test_what_nothing_small_meets_has_no_sample(schema):
    assert samples(schema, count=3, seed="1") == ()


def test_definitions_that_double_at_each_step_are_not_followed_without_end():
    definitions = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)}
    schema = {"$ref": "#/$defs/d0", "$defs": {**definitions, "d40": {"type": "integer"}}}

    assert samples(schema, count=1, seed="1") == ()
