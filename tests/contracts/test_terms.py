import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventproof.contracts import MODES, Comparison, Terms, compare_under, rejections
from eventproof.contracts.format_places import certain
from eventproof.contracts.reader_defaults import filled
from eventproof.contracts.string_formats import _KNOWN, accepts_asserted
from eventproof.contracts.terms import directions, is_transitive
from eventproof.contracts.validation import accepts

FILLS = Terms(reader_fills_defaults=True)
ASSERTS = Terms(formats="assert")


def record(required=(), **properties):
    return {"type": "object", "properties": properties, "required": list(required)}


def text(format_=None, **more):
    return {"type": "string", **({"format": format_} if format_ else {}), **more}


def verdict(writer, reader, terms):
    return compare_under(terms, writer=writer, reader=reader).verdict


INTEGER = {"type": "integer"}
OLD = record(a=text())
WITH_DEFAULT = record(["b"], a=text(), b={"type": "integer", "default": 1})


def test_a_required_property_with_a_default_breaks_a_validator_and_not_a_reader_that_fills_it():
    assert verdict(OLD, WITH_DEFAULT, Terms()) == "breaking"
    assert verdict(OLD, WITH_DEFAULT, FILLS) == "compatible"


def test_the_changes_stay_those_of_the_schemas_as_written():
    filled_in = compare_under(FILLS, writer=OLD, reader=WITH_DEFAULT)

    assert filled_in.changes[0].kind == "required.added-with-default"


def test_a_default_that_its_own_schema_rejects_fills_nothing():
    reader = record(["b"], b={"type": "integer", "default": "one"})

    assert verdict(OLD, reader, FILLS) == "breaking"


def test_a_default_is_checked_through_references():
    good = {**record(["b"], b={"$ref": "#/$defs/n", "default": 1}), "$defs": {"n": INTEGER}}
    bad = {**record(["b"], b={"$ref": "#/$defs/n", "default": "1"}), "$defs": {"n": INTEGER}}

    assert verdict(OLD, good, FILLS) == "compatible"
    assert verdict(OLD, bad, FILLS) == "breaking"


def test_defaults_are_filled_in_at_every_depth():
    inner = {"type": "array", "items": {"$ref": "#/$defs/line"}}
    old = record(lines={"type": "array", "items": OLD})
    new = {**record(lines=inner), "$defs": {"line": WITH_DEFAULT}}

    assert verdict(old, new, FILLS) == "compatible"


@pytest.mark.parametrize(
    "guard",
    [
        {"maxProperties": 1},
        {"dependentRequired": {"b": ["c"]}},
        {"not": {"required": ["a", "b"]}},
        {"if": {"required": ["b"]}, "then": {"required": ["c"]}},
    ],
)
def test_a_default_that_breaks_another_rule_fills_nothing(guard):
    assert filled({**WITH_DEFAULT, **guard}) == {**WITH_DEFAULT, **guard}


def test_a_requirement_that_counts_against_stays():
    schema = {"not": WITH_DEFAULT}

    assert filled(schema) == schema


def test_why_a_payload_is_rejected_is_told_as_the_terms_have_it():
    shown = Comparison("breaking", {}, (), None, "declared", "backward")

    assert rejections(WITH_DEFAULT, shown, Terms()) == ('the payload: "b" is a required property',)
    assert rejections(WITH_DEFAULT, shown, FILLS) == ()


VALUES = st.dictionaries(st.sampled_from("abc"), st.sampled_from([0, 1, "x"]), max_size=3)
PROPERTY = st.fixed_dictionaries(
    {"type": st.sampled_from(["integer", "string"])},
    optional={"default": st.sampled_from([0, "x"])},
)
READERS = st.fixed_dictionaries(
    {"properties": st.dictionaries(st.sampled_from("abc"), PROPERTY)},
    optional={
        "required": st.lists(st.sampled_from("abc"), unique=True),
        "maxProperties": st.integers(0, 3),
        "dependentRequired": st.just({"a": ["c"]}),
        "not": st.just({"required": ["b"]}),
        "additionalProperties": st.booleans(),
    },
)


@given(READERS, VALUES)
@settings(max_examples=150)
def test_what_a_filling_reader_accepts_is_accepted_once_it_is_filled_in(reader, payload):
    relaxed = filled(reader)
    needed = set(reader.get("required", ())) - set(relaxed.get("required", ()))
    complete = {**{name: reader["properties"][name]["default"] for name in needed}, **payload}

    if accepts(relaxed, payload):
        assert accepts(reader, complete)
    if accepts(reader, payload):
        assert accepts(relaxed, payload)


def test_a_format_informs_unless_it_is_asserted():
    assert verdict(record(a=text()), record(a=text("uuid")), Terms()) == "compatible"
    assert verdict(record(a=text()), record(a=text("uuid")), ASSERTS) == "breaking"


@pytest.mark.parametrize("name", sorted(_KNOWN))
def test_the_same_format_on_both_sides_changes_nothing(name):
    writer, reader = record(a=text(name, maxLength=9)), record(a=text(name), b=INTEGER)

    assert verdict(writer, reader, ASSERTS) == "compatible"


@pytest.mark.parametrize(
    ("writer", "reader", "expected"),
    [
        (text("uuid"), text(), "compatible"),
        (text("date"), text("date-time"), "breaking"),
        (text(), text("email"), "breaking"),
        (text("uri"), text("email"), "breaking"),
        (text("uri"), text("iri"), "unknown"),
        ({"enum": ["2024-02-29"]}, text("date"), "compatible"),
        ({"enum": ["2023-02-29"]}, text("date"), "breaking"),
        (text("currency"), text("money"), "compatible"),
    ],
)
def test_asserted_formats_are_proved_refuted_or_unknown(writer, reader, expected):
    result = compare_under(ASSERTS, writer=record(a=writer), reader=record(a=reader))

    assert result.verdict == expected
    if expected == "breaking":
        assert accepts_asserted(record(a=writer), result.witness)
        assert not accepts_asserted(record(a=reader), result.witness)
    if expected == "unknown":
        assert result.reason == "format-undecided:iri,uri"


def test_a_format_behind_a_reference_is_certain_where_the_writer_has_it():
    writer = {**record(a={"$ref": "#/$defs/mail"}), "$defs": {"mail": text("email")}}
    reader = {**record(a={"$ref": "#/$defs/e"}, b=INTEGER), "$defs": {"e": text("email")}}

    assert verdict(writer, reader, ASSERTS) == "compatible"
    assert verdict(record(a=text()), reader, ASSERTS) == "breaking"


def test_a_format_that_only_one_branch_demands_is_not_certain():
    writer = {"properties": {"a": {"anyOf": [text("email"), text()]}}}

    assert certain(writer, _KNOWN) == {}
    assert verdict(writer, record(a=text("email")), ASSERTS) != "compatible"


def test_an_inexact_format_that_counts_against_is_undecided():
    reader = record(a={"type": "string", "not": {"format": "email"}})

    assert verdict(record(a=text()), reader, ASSERTS) == "unknown"


def test_a_recursive_schema_with_formats_ends():
    tree = {"properties": {"at": text("email"), "of": {"$ref": "#"}}}

    assert verdict(tree, tree, ASSERTS) in ("compatible", "unknown")


@pytest.mark.parametrize("name", sorted(_KNOWN))
@given(data=st.data())
@settings(max_examples=25)
def test_a_pattern_of_a_format_is_as_narrow_or_as_wide_as_it_says(name, data):
    texts = _KNOWN[name]
    enough = data.draw(st.from_regex(texts.enough.replace("$", r"\Z")).filter(str.isascii))
    assert accepts_asserted({"format": name}, enough)
    some = data.draw(
        st.one_of(st.text("0123456789abcdef-:./@TZP~", max_size=12), st.just(enough + "x"))
    )
    if accepts_asserted({"format": name}, some) and texts.needed is not None:
        assert accepts({"pattern": texts.needed}, some)


def test_modes_are_those_of_schema_registries():
    assert [(mode, directions(mode), is_transitive(mode)) for mode in MODES] == [
        ("backward", ("backward",), False),
        ("forward", ("forward",), False),
        ("full", ("backward", "forward"), False),
        ("backward-transitive", ("backward",), True),
        ("forward-transitive", ("forward",), True),
        ("full-transitive", ("backward", "forward"), True),
    ]
