"""What changed from one keyword to the next, for the list of changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from eventproof.contracts.change_names import (
    confluent_name,
    of_constraint,
    of_keyword,
    of_property,
    pattern_kind,
)
from eventproof.contracts.keywords import ANNOTATIONS, Path, Schema, pointer, value_key

_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains")
_EQUAL = ("pattern", "multipleOf", "uniqueItems", "const")
_LISTS = ("anyOf", "oneOf", "allOf")
_COMPARED = frozenset(
    {*_LOWER, *_UPPER, *_EQUAL, *_LISTS, "type", "enum", "required", "properties", "items",
     "prefixItems", "additionalProperties", "unevaluatedProperties", "$ref", "$defs", "$schema",
     "$id", "definitions", "deprecated", "format", "patternProperties"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One difference, from the old schema to the new one."""

    kind: str
    """Such as `required.added`."""
    path: str
    """JSON pointer of the place in the payload's schema; the root is the empty string."""
    message: str
    confluent: str | None = None
    """The name that Confluent's schema registry has for it, where it has one."""


def booleans(old: Schema, new: Schema, path: Path) -> Iterator[Change]:
    """Tell how a schema that is true or false changed."""
    if old == new:
        return
    relaxed = old is False or new is True
    kind = "schema.relaxed" if relaxed else "schema.restricted"
    yield change(kind, path, "accepts more than before" if relaxed else "accepts less than before")


def types(old: dict[str, Any], new: dict[str, Any], path: Path) -> Iterator[Change]:
    """Tell how the types that are accepted changed."""
    before, after = _type_set(old), _type_set(new)
    if before == after:
        return
    words = f"type {_shown(old.get('type', 'any'))} became {_shown(new.get('type', 'any'))}"
    kind = "narrowed" if after < before else "widened" if after > before else "changed"
    yield change(f"type.{kind}", (*path, "type"), words)


def _type_set(schema: dict[str, Any]) -> frozenset[str]:
    types = schema.get("type")
    if types is None:
        every = ("object", "array", "string", "integer", "fraction", "boolean", "null")
        return frozenset(every)
    named = {types} if isinstance(types, str) else set(types)
    return frozenset(
        (named - {"number"}) | ({"integer", "fraction"} if "number" in named else set())
    )


def values(old: dict[str, Any], new: dict[str, Any], path: Path) -> Iterator[Change]:
    """Tell which listed values came and went."""
    place = (*path, "enum")
    before, after = old.get("enum"), new.get("enum")
    if before is None and after is not None:
        yield change("enum.added", place, f"only {_shown(after)} is accepted")
    elif before is not None and after is None:
        yield change("enum.removed", place, "any value is accepted")
    elif before is not None and after is not None:
        listed, known = (
            {value_key(value) for value in after},
            {value_key(value) for value in before},
        )
        for value in before:
            if value_key(value) not in listed:
                yield change("enum.value.removed", place, f"{_shown(value)} is no longer listed")
        for value in after:
            if value_key(value) not in known:
                yield change("enum.value.added", place, f"{_shown(value)} is listed")


def bounds(
    old: dict[str, Any], new: dict[str, Any], path: Path, deadline: float
) -> Iterator[Change]:
    """Tell how bounds and other constraints changed; patterns are compared until `deadline`."""
    for key in (*_LOWER, *_UPPER, *_EQUAL):
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        words = f"{key} {_shown(before)} became {_shown(after)}"
        if before is None:
            words = f"{key} {_shown(after)} is new"
        elif after is None:
            words = f"{key} {_shown(before)} is gone"
        kind = f"constraint.{_turn(key, before, after)}"
        if key == "pattern" and kind == "constraint.changed":
            kind = pattern_kind(str(before), str(after), deadline)
        yield change(kind, (*path, key), words, of_constraint(key, before, after))


def _turn(key: str, before: Any, after: Any) -> str:
    if before is None or (key == "uniqueItems" and after is True):
        return "tightened"
    if after is None or (key == "uniqueItems" and after is False):
        return "loosened"
    if key in _EQUAL:
        return "changed"
    return "tightened" if (after > before) == (key in _LOWER) else "loosened"


def required(old: dict[str, Any], new: dict[str, Any], path: Path) -> Iterator[Change]:
    """Tell which properties must be there now, or need no longer."""
    place = (*path, "required")
    before, after = old.get("required", []), new.get("required", [])
    for name in after:
        if name not in before:
            declared = new.get("properties", {}).get(name)
            filled = isinstance(declared, dict) and "default" in declared
            kind = "required.added-with-default" if filled else "required.added"
            yield change(kind, place, f"{name} is required")
    for name in before:
        if name not in after:
            yield change("required.removed", place, f"{name} is no longer required")


def property_(
    what: str,
    preposition: str,
    holder: dict[str, Any],
    other: dict[str, Any],
    name: str,
    path: Path,
) -> Change:
    """Tell of a property that came or went."""
    content = other.get("additionalProperties", True)
    confluent = of_property(what, name, holder=holder, content=content)
    shut = any(other.get(k) is False for k in ("additionalProperties", "unevaluatedProperties"))
    kind = f"property.{what}" + (f"-{preposition}-closed-object" if shut else "")
    return change(kind, path, f"{name} was {what}", confluent)


def others(old: dict[str, Any], new: dict[str, Any], path: Path) -> Iterator[Change]:
    """Tell of every other keyword that changed."""
    if old.get("deprecated") != new.get("deprecated") and new.get("deprecated"):
        yield change("schema.deprecated", path, "is marked as deprecated")
    if old.get("format") != new.get("format"):
        words = f"format {_shown(old.get('format'))} became {_shown(new.get('format'))}"
        yield change("format.changed", (*path, "format"), words)
    for key in sorted((old.keys() | new.keys()) - _COMPARED - ANNOTATIONS):
        if old.get(key) != new.get(key):
            name = of_keyword(key, old.get(key), new.get(key))
            yield change("keyword.changed", (*path, key), f"{key} changed", name)


def change(kind: str, path: Path, message: str, confluent: str | None = None) -> Change:
    """Return a change, with Confluent's name where its kind has one."""
    return Change(kind, pointer(path), message, confluent or confluent_name(kind))


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."
