"""The names of changes: EventCatalog's, ours where it has none, and Confluent's beside them.

Confluent's are the types of differences that its schema registry reports for JSON Schema. Where
it reports nothing of the sort, or its name depends on what was found elsewhere, there is none.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

from eventproof.contracts.expressions import UnreadableError
from eventproof.contracts.languages import BudgetError, Languages, Term
from eventproof.contracts.pattern_languages import Patterns

KINDS: Mapping[str, tuple[str, str | None]] = {
    "property.added": ("a property is described", "*_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL"),
    "property.added-to-closed-object": (
        "a property is described where others were refused",
        "*_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL",
    ),
    "property.removed": (
        "a property is no longer described",
        "PROPERTY_REMOVED_FROM_OPEN_CONTENT_MODEL",
    ),
    "property.removed-from-closed-object": (
        "a property is no longer described, and others are refused",
        "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL",
    ),
    "required.added": ("a property must be there", "REQUIRED_ATTRIBUTE_ADDED"),
    "required.added-with-default": (
        "a property must be there, and has a default",
        "REQUIRED_ATTRIBUTE_WITH_DEFAULT_ADDED",
    ),
    "required.removed": ("a property may be left out", "REQUIRED_ATTRIBUTE_REMOVED"),
    "type.widened": ("more types are accepted", "TYPE_EXTENDED"),
    "type.narrowed": ("fewer types are accepted", "TYPE_NARROWED"),
    "type.changed": ("other types are accepted", "TYPE_CHANGED"),
    "enum.added": ("only listed values are accepted", None),
    "enum.removed": ("values are no longer listed", None),
    "enum.value.added": ("a value is listed", "ENUM_ARRAY_EXTENDED"),
    "enum.value.removed": ("a value is no longer listed", "ENUM_ARRAY_NARROWED"),
    "constraint.tightened": ("a bound is new, or closer", "*_ADDED, *_INCREASED, *_DECREASED"),
    "constraint.loosened": ("a bound is gone, or wider", "*_REMOVED, *_INCREASED, *_DECREASED"),
    "constraint.changed": ("a constraint is another", "MULTIPLE_OF_CHANGED, PATTERN_CHANGED"),
    "pattern.narrowed": ("a pattern matches fewer texts", "PATTERN_CHANGED"),
    "pattern.widened": ("a pattern matches more texts", "PATTERN_CHANGED"),
    "pattern.disjoint": ("a pattern matches no text that it matched before", "PATTERN_CHANGED"),
    "pattern.rewritten": ("a pattern matches the same texts", "PATTERN_CHANGED"),
    "additionalProperties.closed": (
        "other properties are refused or restricted",
        "*_PROPERTIES_REMOVED, *_PROPERTIES_NARROWED",
    ),
    "additionalProperties.opened": (
        "other properties are allowed",
        "*_PROPERTIES_ADDED, *_PROPERTIES_EXTENDED",
    ),
    "tuple.item.added": ("a place of an array is described", "ITEM_ADDED_TO_*_CONTENT_MODEL"),
    "tuple.item.removed": (
        "a place of an array is no longer described",
        "ITEM_REMOVED_FROM_*_CONTENT_MODEL",
    ),
    "union.branch.added": ("anyOf or oneOf gained a branch", "SUM_TYPE_EXTENDED"),
    "union.branch.removed": ("anyOf or oneOf lost a branch", "SUM_TYPE_NARROWED"),
    "allOf.branch.added": ("allOf gained a branch", "PRODUCT_TYPE_EXTENDED"),
    "allOf.branch.removed": ("allOf lost a branch", "PRODUCT_TYPE_NARROWED"),
    "schema.restricted": ("a place accepts less than before", None),
    "schema.relaxed": ("a place accepts more than before", None),
    "schema.deprecated": ("a place is marked as deprecated", None),
    "format.changed": ("the format that is named is another", None),
    "keyword.changed": ("another keyword changed", "DEPENDENCY_*"),
    "dialect.assumed": ("the dialect that a schema names is not known", None),
}
"""Every kind of change: what it says, and Confluent's name; `*` stands for what varies."""

_STATES = 1_000


def confluent_name(kind: str) -> str | None:
    """Return Confluent's name of a kind, where it has exactly one."""
    name = KINDS[kind][1]
    return None if name is None or "*" in name or "," in name else name


def of_constraint(keyword: str, before: Any, after: Any) -> str | None:
    """Return Confluent's name of a change to a bound, `multipleOf`, `pattern` or `uniqueItems`."""
    if keyword == "const":
        return None
    word = re.sub("([A-Z])", r"_\1", keyword).upper()
    if before is None or after is None or keyword == "uniqueItems":
        is_new = bool(after) if keyword == "uniqueItems" else before is None
        return f"{word}_{'ADDED' if is_new else 'REMOVED'}"
    if keyword == "pattern":
        return "PATTERN_CHANGED"
    if keyword == "multipleOf":
        turn = "EXPANDED" if after % before == 0 else "REDUCED"
        return f"{word}_{turn if turn == 'EXPANDED' or before % after == 0 else 'CHANGED'}"
    return f"{word}_{'INCREASED' if after > before else 'DECREASED'}"


def of_property(what: str, name: str, *, holder: dict[str, Any], content: Any) -> str | None:
    """Return Confluent's name of a property added to or removed from an object.

    `holder` is the schema that describes it, `content` what the other one says of the rest.
    """
    if content not in (True, False):
        return None  # a partly open object: the name depends on whether that covers the property
    if what == "removed":
        return f"PROPERTY_REMOVED_FROM_{'OPEN' if content else 'CLOSED'}_CONTENT_MODEL"
    required = name in holder.get("required", ())
    declared = holder.get("properties", {}).get(name)
    default = required and isinstance(declared, dict) and "default" in declared
    word = "REQUIRED" if required else "OPTIONAL"
    model = "OPEN" if content else "UNOPEN"
    return f"{word}_PROPERTY_{'WITH_DEFAULT_' if default else ''}ADDED_TO_{model}_CONTENT_MODEL"


def of_rest(keyword: str, before: Any, after: Any) -> str:
    """Return Confluent's name of a change to what is said of other properties."""
    word = re.sub("([A-Z])", r"_\1", keyword).upper()
    if after is False or before is False:
        return f"{word}_{'REMOVED' if after is False else 'ADDED'}"
    return f"{word}_{'NARROWED' if before is True else 'EXTENDED'}"


def of_keyword(keyword: str, before: Any, after: Any) -> str | None:
    """Return Confluent's name of a change to a keyword that has no kind of its own."""
    names = {"dependentRequired": "DEPENDENCY_ARRAY", "dependentSchemas": "DEPENDENCY_SCHEMA"}
    if keyword not in names:
        return None
    if before is None or after is None:
        return f"{names[keyword]}_{'ADDED' if before is None else 'REMOVED'}"
    return "DEPENDENCY_ARRAY_CHANGED" if keyword == "dependentRequired" else None


def of_item(what: str, rest: Any) -> str | None:
    """Return Confluent's name of a place of an array that is described or no longer is."""
    if rest not in (True, False):
        return None
    preposition = "ADDED_TO" if what == "added" else "REMOVED_FROM"
    return f"ITEM_{preposition}_{'OPEN' if rest else 'CLOSED'}_CONTENT_MODEL"


def pattern_kind(before: str, after: str, deadline: float) -> str:
    """Say how the texts that match changed from one pattern to another.

    The clock only ends what counts far; past the `deadline` the kind is the general one.
    """
    if time.thread_time() > deadline:
        return "constraint.changed"
    add = Languages(deadline=deadline)
    patterns = Patterns(add)

    def is_empty(*terms: Term) -> bool:
        return add.shortest(add.both(terms), states=_STATES) is None

    try:
        old, new = patterns.language(before), patterns.language(after)
        fewer, more = is_empty(new, add.other_than(old)), is_empty(old, add.other_than(new))
        if fewer and more:
            return "pattern.rewritten"
        if fewer or more:
            return "pattern.narrowed" if fewer else "pattern.widened"
        return "pattern.disjoint" if is_empty(old, new) else "constraint.changed"
    except (UnreadableError, BudgetError):
        return "constraint.changed"
