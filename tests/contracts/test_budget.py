"""Schemas that would hang or fill the memory end in a verdict, by what they are and not by luck.

The bounds are on steps and sizes where they can be; a test with no bound on the clock would not
end at all where they do not hold.
"""

import tracemalloc
from itertools import pairwise

import pytest

from eventproof.contracts import changes, compare
from eventproof.contracts.comparison import SCHEMAS_LIMIT


def text(pattern):
    return {"type": "string", "pattern": pattern}


def wide(count, last):
    """As many properties, of which the last has another type."""
    named = {f"property_{i}": {"type": "string", "description": "x" * 50} for i in range(count)}
    return {"type": "object", "properties": {**named, "last": {"type": last}}}


def multiplied(kind):
    """Ten references to the next of thirty definitions, from each of them."""
    names = [f"d{i}" for i in range(31)]
    parts = {
        name: {"properties": {f"p{j}": {"$ref": f"#/$defs/{after}"} for j in range(10)}}
        for name, after in pairwise(names)
    }
    return {"$ref": "#/$defs/d0", "$defs": {**parts, names[-1]: {"type": kind}}}


@pytest.mark.parametrize(
    ("writer", "reader", "verdicts"),
    [
        (text("^(a+)+$"), text("^(a|aa)+b$"), {"breaking"}),
        (text("^(([a-z])+.)+[A-Z]([a-z])+$"), text("^(x+x+)+y$"), {"breaking"}),
        (text("^(a{1,100}){1,100}$"), text("^a{1,9999}$"), {"breaking", "unknown"}),
        (text("^(a|b)*a(a|b){60}$"), text("^(a|b)*b(a|b){61}$"), {"breaking", "unknown"}),
        (text("a" * 5_000_000), text("a" * 4_999_999), {"unknown"}),
        (text("ab?" * 30_000), text("ab?" * 29_999), {"unknown"}),
        ({"minLength": 10**9, "type": "string"}, {"maxLength": 10**9 - 1}, {"unknown"}),
        ({"minItems": 10**8, "type": "array"}, {"maxItems": 10**8 - 1}, {"unknown"}),
        ({"minProperties": 10**8, "type": "object"}, {"maxProperties": 9}, {"unknown"}),
        (wide(60_000, "string"), wide(60_000, "integer"), {"unknown"}),
        ({"enum": [*range(900_000)]}, {"enum": [*range(899_999)]}, {"unknown"}),
        ({"const": "y" * 5_000_000}, {"const": "y" * 4_999_999}, {"breaking"}),
        ({"description": "y" * 5_000_000, "type": "string"}, {"type": "string"}, {"compatible"}),
        (multiplied("integer"), multiplied("number"), {"compatible", "unknown"}),
        (multiplied("number"), multiplied("integer"), {"breaking", "unknown"}),
    ],
)  # fmt: skip
def test_a_pathological_schema_ends_in_a_verdict_within_bounds(writer, reader, verdicts):
    comparison = compare(writer=writer, reader=reader)
    assert comparison.verdict in verdicts
    assert (comparison.reason is None) is (comparison.verdict != "unknown")


def test_no_array_is_built_that_could_not_be_shown():
    tracemalloc.start()
    try:
        compare(writer={"minItems": 10**7, "type": "array"}, reader={"maxItems": 10**7 - 1})
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_without_any_time_the_answer_is_a_timeout_and_never_a_guess():
    comparison = compare(writer=wide(3, "string"), reader=wide(3, "integer"), budget_s=0)
    assert (comparison.verdict, comparison.reason) == ("unknown", "timeout")


def test_a_schema_just_above_the_limit_is_too_large():
    large = wide(SCHEMAS_LIMIT, "string")
    assert compare(writer=large, reader=large).reason == "too-large"


def test_changes_are_looked_for_in_so_many_places_only(monkeypatch):
    monkeypatch.setattr(changes, "PLACES_LIMIT", 5)
    texts, numbers = (
        {"properties": {key: {"type": t} for key in "abcdefgh"}} for t in ("string", "integer")
    )
    assert len(compare(writer=texts, reader=numbers).changes) == 4


def test_equal_parts_take_no_place_where_changes_are_looked_for(monkeypatch):
    monkeypatch.setattr(changes, "PLACES_LIMIT", 2)
    found = compare(writer=wide(20, "string"), reader=wide(20, "integer")).changes
    assert [one.path for one in found] == ["/properties/last/type"]
