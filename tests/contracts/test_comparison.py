import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schema_strategies import NUMBER, TEXT, WHOLE, an_object, payloads, schemas

from eventproof.contracts import compare, violations

NODE = {
    "$defs": {"node": an_object(next={"$ref": "#/$defs/node"}, v=NUMBER)},
    "$ref": "#/$defs/node",
}
WHOLE_NODE = {
    "$defs": {"node": an_object(next={"$ref": "#/$defs/node"}, v=WHOLE)},
    "$ref": "#/$defs/node",
}


@settings(max_examples=60, deadline=None)
@given(schemas, st.sampled_from(["declared", "strict"]))
def test_a_schema_is_compatible_with_itself(schema, policy):
    assert compare(writer=schema, reader=schema, policy=policy).verdict == "compatible"


@settings(max_examples=80, deadline=None)
@given(schemas, schemas, st.sampled_from(["declared", "strict"]))
def test_a_witness_is_accepted_by_the_writer_and_rejected_by_the_reader(writer, reader, policy):
    comparison = compare(writer=writer, reader=reader, policy=policy)
    if comparison.verdict == "breaking":
        assert violations(writer, comparison.witness) == ()
        assert violations(reader, comparison.witness) != ()
        assert Draft202012Validator(writer).is_valid(comparison.witness)
        assert not Draft202012Validator(reader).is_valid(comparison.witness)


@settings(max_examples=80, deadline=None)
@given(schemas, schemas, st.lists(payloads, max_size=12))
def test_no_payload_refutes_a_proof(writer, reader, sampled):
    if compare(writer=writer, reader=reader, policy="strict").verdict == "compatible":
        for payload in sampled:
            assert violations(writer, payload) or not violations(reader, payload)


@settings(max_examples=60, deadline=None)
@given(schemas, schemas)
def test_what_is_compatible_with_nothing_assumed_stays_so_under_the_default_policy(writer, reader):
    if compare(writer=writer, reader=reader, policy="strict").verdict == "compatible":
        assert compare(writer=writer, reader=reader).verdict != "breaking"


@settings(max_examples=40, deadline=None)
@given(schemas, schemas)
def test_the_same_question_has_the_same_answer(writer, reader):
    assert compare(writer=writer, reader=reader) == compare(writer=writer, reader=reader)


def test_an_optional_property_may_be_added_unless_nothing_is_assumed():
    old, new = an_object(a=TEXT), an_object(a=TEXT, b=WHOLE)
    assert compare(writer=old, reader=new).verdict == "compatible"
    strict = compare(writer=old, reader=new, policy="strict")
    assert strict.verdict == "breaking"
    assert "b" in strict.witness


@pytest.mark.parametrize(
    ("writer", "reader", "witness"),
    [
        (an_object(a=TEXT), an_object(a=TEXT, b=WHOLE, required=["b"]), {}),
        (an_object(a=NUMBER), an_object(a=WHOLE), {"a": 0.5}),
        (an_object(a={"enum": ["x", "y"]}), an_object(a={"enum": ["x"]}), {"a": "y"}),
        (an_object(a={"const": 1}), an_object(a={"const": 2}), {"a": 1}),
        (WHOLE, {"type": "integer", "minimum": 1}, 0),
        (WHOLE, {"type": "integer", "maximum": 100}, 101),
        (WHOLE, {"type": "integer", "multipleOf": 2}, 1),
        (TEXT, {"type": "string", "minLength": 1}, ""),
        (TEXT, {"type": "string", "maxLength": 3}, "aaaa"),
        ({"type": ["string", "null"]}, TEXT, None),
        ({"type": "array"}, {"type": "array", "maxItems": 1}, ["a", "a"]),
        ({"type": "array", "items": NUMBER}, {"type": "array", "items": WHOLE}, [0.5]),
        ({"type": "array", "items": WHOLE}, {"type": "array", "uniqueItems": True}, [0, 0]),
        (
            {"type": "string", "pattern": "^[a-z0-9]+$"},
            {"type": "string", "pattern": "^[a-z]+$"},
            "0",
        ),
        ({"anyOf": [WHOLE, TEXT]}, WHOLE, "a"),
        ({"allOf": [an_object(a=TEXT), an_object(b=NUMBER)]}, an_object(b=WHOLE), {"b": 0.5}),
        (NODE, WHOLE_NODE, {"v": 0.5}),
        (
            an_object(country=TEXT, zip=TEXT),
            {
                "if": {"properties": {"country": {"const": "US"}}, "required": ["country"]},
                "then": {"required": ["zip"]},
            },
            {"country": "US"},
        ),
        (
            an_object(a=TEXT, b=TEXT),
            {**an_object(a=TEXT, b=TEXT), "dependentRequired": {"a": ["b"]}},
            {"a": "a"},
        ),
        (an_object(o=an_object(a=NUMBER)), an_object(o=an_object(a=WHOLE)), {"o": {"a": 0.5}}),
    ],
)
def test_a_stricter_reader_is_broken_by_the_smallest_payload(writer, reader, witness):
    comparison = compare(writer=writer, reader=reader)
    assert (comparison.verdict, comparison.reason) == ("breaking", None)
    assert comparison.witness == witness


def test_a_property_that_a_closed_reader_lost_is_the_witness():
    old = an_object(a=TEXT, b=WHOLE)
    new = {**an_object(a=TEXT), "additionalProperties": False}
    assert compare(writer=old, reader=new).witness == {"b": 0}


def test_drafts_are_made_one_before_they_are_compared():
    old = {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "type": "number",
        "minimum": 0,
        "exclusiveMinimum": True,
    }
    assert compare(writer=old, reader={"exclusiveMinimum": 0}).verdict == "compatible"
    assert compare(writer={"type": "number", "minimum": 0}, reader=old).witness == 0


def test_true_and_false_are_schemas():
    assert compare(writer=False, reader=True).verdict == "compatible"
    assert compare(writer=True, reader=False).verdict == "breaking"


def test_undecided_is_unknown_with_a_reason():
    writer = {"type": "string", "pattern": r"^(a|b)\1$"}
    comparison = compare(writer=writer, reader={"type": "string", "pattern": "^(aa|bb)$"})
    assert (comparison.verdict, comparison.witness) == ("unknown", None)
    assert comparison.reason == "regex-nonregular"


@pytest.mark.parametrize("reference", ["#/$defs/Gone", "https://example.com/x.json", "other.json"])
def test_a_reference_that_leads_nowhere_is_unknown(reference):
    schema = {"properties": {"a": {"$ref": reference}}}
    comparison = compare(writer=schema, reader=schema)
    assert (comparison.verdict, comparison.reason) == ("unknown", "ref-unresolved")


def test_what_is_no_schema_is_unknown():
    comparison = compare(writer={"type": "strng"}, reader={})
    assert (comparison.verdict, comparison.reason) == ("unknown", "schema-invalid")


@pytest.mark.parametrize(
    "endless",
    [
        {"$ref": "#"},
        {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
        {"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]},
    ],
)
def test_endless_schemas_end_in_a_verdict(endless):
    for writer, reader in ((endless, TEXT), (TEXT, endless), (endless, endless)):
        comparison = compare(writer=writer, reader=reader)
        assert comparison.verdict in ("compatible", "breaking", "unknown")
        assert (comparison.verdict == "unknown") == (comparison.reason is not None)


def test_a_pattern_that_never_ends_to_match_does_not_hold_up_the_answer():
    value = "a" * 60 + "!"
    writer = {"enum": [value, "b"]}
    comparison = compare(writer=writer, reader={"type": "string", "pattern": "^(a+)+$"})
    assert comparison.verdict == "breaking"
    assert comparison.witness == "b"


def nested(depth, wrap):
    schema = {"type": "number"}
    for _ in range(depth):
        schema = wrap(schema)
    return schema


@pytest.mark.parametrize(
    "schema",
    [
        nested(8, lambda inner: {"type": "array", "items": inner, "minItems": 1500}),
        nested(
            7, lambda inner: an_object(required="abcdefgh", **dict.fromkeys("abcdefgh", inner))
        ),
        nested(7, lambda inner: {"oneOf": [inner, {"anyOf": [inner, {"not": inner}]}]}),
        {
            "$defs": {
                f"n{depth}": an_object(
                    required="abcdefgh",
                    **{name: {"$ref": f"#/$defs/n{depth + 1}"} for name in "abcdefgh"},
                )
                for depth in range(20)
            }
            | {"n20": {"type": "integer"}},
            "$ref": "#/$defs/n0",
        },
        {"type": "number", "minimum": 10**400},
        {"type": "string", "pattern": "^(((a{999}){999}){999}){999}$"},
        {"type": "string", "pattern": "|" * 100_000},
        {"type": "integer", "minimum": 10**400, "multipleOf": 1e-300},
        {"type": "object", "minProperties": 10**9},
    ],
)
def test_a_schema_made_to_exhaust_ends_in_time(schema):
    for writer, reader in ((schema, {"type": "boolean"}), ({"type": ["array", "object"]}, schema)):
        assert compare(writer=writer, reader=reader).verdict in (
            "compatible",
            "breaking",
            "unknown",
        )


def deep(levels):
    schema = {"type": "integer"}
    for _ in range(levels):
        schema = an_object(a=schema)
    return schema


COUNTED = ("^((a{1,999}){1,999}b){1,999}$", "^((a{1,998}){1,999}b){1,999}$")


@pytest.mark.parametrize(
    ("writer", "reader", "reasons"),
    [
        ({"pattern": COUNTED[0]}, {"pattern": COUNTED[1]}, {"timeout", "regex-budget"}),
        (deep(500), deep(499), {"too-large"}),
        ({"enum": [f"value {n}" for n in range(100_000)]}, TEXT, {"too-large"}),
        ({"pattern": "^(" + "|".join(f"w{n}" for n in range(90_000)) + ")$"}, TEXT, {"too-large"}),
        ({"properties": {f"p{n}": TEXT for n in range(60_000)}}, TEXT, {"too-large"}),
    ],
)
def test_what_is_too_much_to_decide_says_so_within_its_budget(writer, reader, reasons):
    comparison = compare(writer=writer, reader=reader, budget_s=0.3)
    assert comparison.verdict == "unknown"
    assert comparison.reason in reasons


def test_a_text_of_five_megabytes_decides_nothing():
    described = {"type": "string", "description": "x" * 5_000_000}
    assert compare(writer=described, reader=TEXT).verdict == "compatible"


def test_what_is_no_schema_at_all_is_unknown():
    for nothing in ([], "schema", None, 1):
        assert compare(writer=nothing, reader=TEXT).reason == "schema-invalid"


def test_where_the_validators_disagree_nothing_is_claimed():
    # Python's floats make 19.99 no multiple of 0.01; exact arithmetic makes it one.
    comparison = compare(writer={"const": 19.99}, reader={"not": {"multipleOf": 0.01}})
    assert comparison.verdict == "unknown"
    assert comparison.reason == "validators-disagree"


def test_changes_run_from_the_old_schema_to_the_new_one_in_both_directions():
    old, new = an_object(a=TEXT), an_object(a=TEXT, b=WHOLE, required=["b"])
    backward = compare(writer=old, reader=new, direction="backward")
    forward = compare(writer=new, reader=old, direction="forward")
    assert [c.kind for c in backward.changes] == ["required.added", "property.added"]
    assert backward.changes == forward.changes
    assert (backward.verdict, forward.verdict) == ("breaking", "compatible")


@pytest.mark.parametrize("draft", ["03", "02", "00"])
def test_a_draft_before_4_is_not_read_as_another(draft):
    old = {"$schema": f"http://json-schema.org/draft-{draft}/schema#", "type": "any"}
    for writer, reader in ((old, TEXT), (TEXT, old)):
        comparison = compare(writer=writer, reader=reader)
        assert (comparison.verdict, comparison.reason) == ("unknown", "dialect-unsupported")


def test_an_unknown_dialect_is_said():
    schema = {"$schema": "https://example.com/my-dialect", "type": "string"}
    changes = compare(writer=schema, reader={"type": "string"}).changes
    assert [change.kind for change in changes] == ["dialect.assumed"]
