import math
from pathlib import Path

import pytest

from eventproof.contracts import REASONS, compare
from eventproof.contracts.change_names import KINDS, confluent_name, pattern_kind


def changes(old, new):
    found = compare(writer=old, reader=new).changes
    return [(change.kind, change.confluent) for change in found]


@pytest.mark.parametrize(
    ("old", "new", "kind", "confluent"),
    [
        ({"maxLength": 5}, {"maxLength": 3}, "constraint.tightened", "MAX_LENGTH_DECREASED"),
        ({"maxLength": 3}, {"maxLength": 5}, "constraint.loosened", "MAX_LENGTH_INCREASED"),
        ({}, {"minimum": 0}, "constraint.tightened", "MINIMUM_ADDED"),
        ({"minimum": 0}, {}, "constraint.loosened", "MINIMUM_REMOVED"),
        ({"multipleOf": 2}, {"multipleOf": 4}, "constraint.changed", "MULTIPLE_OF_EXPANDED"),
        ({"multipleOf": 2}, {"multipleOf": 3}, "constraint.changed", "MULTIPLE_OF_CHANGED"),
        ({}, {"uniqueItems": True}, "constraint.tightened", "UNIQUE_ITEMS_ADDED"),
        ({"pattern": "^[a-z]+$"}, {"pattern": "^[a-f]+$"}, "pattern.narrowed", "PATTERN_CHANGED"),
        ({"type": "integer"}, {"type": "number"}, "type.widened", "TYPE_EXTENDED"),
        ({"enum": [1]}, {"enum": [1, 2]}, "enum.value.added", "ENUM_ARRAY_EXTENDED"),
        (
            {"properties": {}},
            {"properties": {"a": {}}},
            "property.added",
            "OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL",
        ),
        (
            {"additionalProperties": False},
            {"properties": {"a": {}}, "additionalProperties": False},
            "property.added-to-closed-object",
            "OPTIONAL_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL",
        ),
        (
            {},
            {"additionalProperties": False},
            "additionalProperties.closed",
            "ADDITIONAL_PROPERTIES_REMOVED",
        ),
        ({}, {"dependentRequired": {"a": ["b"]}}, "keyword.changed", "DEPENDENCY_ARRAY_ADDED"),
        ({"anyOf": [{}]}, {"anyOf": [{}, True]}, "union.branch.added", "SUM_TYPE_EXTENDED"),
    ],
)
def test_a_change_has_the_names_of_both_vocabularies(old, new, kind, confluent):
    assert (kind, confluent) in changes(old, new)


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("^[a-z]$", "^[a-f]$", "pattern.narrowed"),
        ("^[a-f]$", "^[a-z]$", "pattern.widened"),
        ("^a$", "^b$", "pattern.disjoint"),
        ("^[ab]$", "^(a|b)$", "pattern.rewritten"),
        ("^[ab]$", "^[bc]$", "constraint.changed"),
        (r"(a)\1", "^a", "constraint.changed"),
    ],
)
def test_two_patterns_are_told_apart_by_the_texts_they_match(before, after, kind):
    assert pattern_kind(before, after, math.inf) == kind


def test_every_kind_says_what_it_is():
    assert all(sentence for sentence, _ in KINDS.values())
    assert confluent_name("constraint.changed") is None
    assert confluent_name("type.narrowed") == "TYPE_NARROWED"


def test_the_reference_page_lists_every_kind_and_every_reason():
    page = Path(__file__).parents[2] / "docs" / "reference" / "containment.md"
    text = page.read_text(encoding="utf-8")
    for kind, (sentence, name) in KINDS.items():
        assert f"| `{kind}` | {sentence} | {f'`{name}`' if name else ''} |" in text
    for code, sentence in REASONS.items():
        assert f"| `{code}` | {sentence} |" in text
