"""What differs between two schemas, in the words that EventCatalog's own diff uses.

The kinds (`property.added`, `type.narrowed`, …) are those of EventCatalog's schema diff, so that
its reports and ours line up. They explain a verdict and never decide one: a list of changes may
be long where two schemas mean the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from eventproof.contracts.change_names import (
    confluent_name,
    of_constraint,
    of_item,
    of_keyword,
    of_property,
    of_rest,
    pattern_kind,
)
from eventproof.contracts.keywords import ANNOTATIONS, Path, Schema, at, pointer, steps, value_key

CHANGES_LIMIT = 200
"""How many changes are listed; a rewritten schema is not explained better by more."""

_DEPTH_LIMIT = 24
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains")
_EQUAL = ("pattern", "multipleOf", "uniqueItems", "const")
_LISTS = {"anyOf": "union.branch", "oneOf": "union.branch", "allOf": "allOf.branch"}
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


def changes_between(old: Schema, new: Schema) -> tuple[Change, ...]:
    """Return the differences of two 2020-12 documents, at most `CHANGES_LIMIT`."""
    found: list[Change] = []
    for change in _Pair(old, new).changes(old, new, ()):
        if change not in found:
            found.append(change)
        if len(found) == CHANGES_LIMIT:
            break
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Pair:
    """The two documents, for following references."""

    old: Schema
    new: Schema
    entered: list[tuple[Any, Any]] = field(default_factory=list)
    """The pairs of references that led here: a recursive schema is explained once."""

    def changes(self, old: Schema, new: Schema, path: Path) -> Iterator[Change]:
        references = (_reference(old), _reference(new))
        if references in self.entered:
            return
        self.entered.append(references if all(references) else (path, path))
        yield from self._changes(old, new, path)
        self.entered.pop()

    def _changes(self, old: Schema, new: Schema, path: Path) -> Iterator[Change]:
        if len(path) > _DEPTH_LIMIT or (old == new and self.old == self.new):
            return
        before, after = _followed(old, self.old), _followed(new, self.new)
        if not isinstance(before, dict) or not isinstance(after, dict):
            yield from _booleans(before, after, path)
            return
        if len(before.get("allOf", ())) != len(after.get("allOf", ())):
            before, after = _flat(before, self.old), _flat(after, self.new)
        yield from _types(before, after, path)
        yield from _values(before, after, path)
        yield from _bounds(before, after, path)
        yield from _required(before, after, path)
        yield from self._properties(before, after, path)
        yield from self._rest(before, after, path)
        yield from self._items(before, after, path)
        yield from self._branches(before, after, path)
        yield from _others(before, after, path)

    def _properties(
        self, old: dict[str, Any], new: dict[str, Any], path: Path
    ) -> Iterator[Change]:
        for key in ("properties", "patternProperties"):
            before, after = old.get(key, {}), new.get(key, {})
            for name in (*before, *(n for n in after if n not in before)):
                place = (*path, key, name)
                if name not in after:
                    yield _property("removed", "from", old, new, name, place)
                elif name not in before:
                    yield _property("added", "to", new, old, name, place)
                else:
                    yield from self.changes(before[name], after[name], place)

    def _rest(self, old: dict[str, Any], new: dict[str, Any], path: Path) -> Iterator[Change]:
        for key in ("additionalProperties", "unevaluatedProperties"):
            before, after = old.get(key, True), new.get(key, True)
            if before == after:
                continue
            if after is False or before is True:
                yield _change(
                    "additionalProperties.closed",
                    (*path, key),
                    "other properties are refused or restricted",
                    of_rest(key, before, after),
                )
            elif after is True or before is False:
                yield _change(
                    "additionalProperties.opened",
                    (*path, key),
                    "other properties are allowed",
                    of_rest(key, before, after),
                )
            else:
                yield from self.changes(before, after, (*path, key))

    def _items(self, old: dict[str, Any], new: dict[str, Any], path: Path) -> Iterator[Change]:
        if "items" in old or "items" in new:
            yield from self.changes(
                old.get("items", True), new.get("items", True), (*path, "items")
            )
        before, after = old.get("prefixItems", []), new.get("prefixItems", [])
        for index in range(max(len(before), len(after))):
            place = (*path, "prefixItems", index)
            if index >= len(after):
                name = of_item("removed", new.get("items", True))
                words = f"item {index} is no longer described"
                yield _change("tuple.item.removed", place, words, name)
            elif index >= len(before):
                name = of_item("added", old.get("items", True))
                yield _change("tuple.item.added", place, f"item {index} is described", name)
            else:
                yield from self.changes(before[index], after[index], place)

    def _branches(self, old: dict[str, Any], new: dict[str, Any], path: Path) -> Iterator[Change]:
        for key, kind in _LISTS.items():
            before, after = old.get(key, []), new.get(key, [])
            if len(before) == len(after):
                for index, (one, other) in enumerate(zip(before, after, strict=True)):
                    yield from self.changes(one, other, (*path, key, index))
                continue
            for index, branch in enumerate(before):
                if branch not in after:
                    yield _change(f"{kind}.removed", (*path, key, index), f"{key} lost a branch")
            for index, branch in enumerate(after):
                if branch not in before:
                    yield _change(f"{kind}.added", (*path, key, index), f"{key} gained a branch")


def _followed(schema: Schema, document: Schema) -> Schema:
    """Return the schema a reference leads to, where it is a plain one."""
    for _ in range(_DEPTH_LIMIT):
        if not isinstance(schema, dict) or not str(schema.get("$ref", "")).startswith("#/"):
            return schema
        try:
            target = at(document, steps(schema["$ref"]))
        except LookupError:
            return schema
        beside = {k: v for k, v in schema.items() if k != "$ref"}
        schema = {**target, **beside} if isinstance(target, dict) else target
    return schema


def _reference(schema: Schema) -> Any:
    return schema.get("$ref") if isinstance(schema, dict) else None


def _flat(schema: dict[str, Any], document: Schema) -> dict[str, Any]:
    """Draw the branches of `allOf` into the schema that holds them, as a reader would."""
    result = {key: value for key, value in schema.items() if key != "allOf"}
    for branch in schema.get("allOf", ()):
        part = _followed(branch, document)
        if not isinstance(part, dict) or "allOf" in part:
            return schema
        for key, value in part.items():
            if key in ("properties", "patternProperties"):
                result[key] = {**result.get(key, {}), **value}
            elif key == "required":
                result[key] = list(dict.fromkeys((*result.get(key, ()), *value)))
            else:
                result.setdefault(key, value)
    return result


def _booleans(old: Schema, new: Schema, path: Path) -> Iterator[Change]:
    if old == new:
        return
    relaxed = old is False or new is True
    kind = "schema.relaxed" if relaxed else "schema.restricted"
    yield _change(
        kind, path, "accepts more than before" if relaxed else "accepts less than before"
    )


def _types(old: dict[str, Any], new: dict[str, Any], path: Path) -> Iterator[Change]:
    before, after = _type_set(old), _type_set(new)
    if before == after:
        return
    words = f"type {_shown(old.get('type', 'any'))} became {_shown(new.get('type', 'any'))}"
    kind = "narrowed" if after < before else "widened" if after > before else "changed"
    yield _change(f"type.{kind}", (*path, "type"), words)


def _type_set(schema: dict[str, Any]) -> frozenset[str]:
    types = schema.get("type")
    if types is None:
        every = ("object", "array", "string", "integer", "fraction", "boolean", "null")
        return frozenset(every)
    named = {types} if isinstance(types, str) else set(types)
    return frozenset(
        (named - {"number"}) | ({"integer", "fraction"} if "number" in named else set())
    )


def _values(old: dict[str, Any], new: dict[str, Any], path: Path) -> Iterator[Change]:
    place = (*path, "enum")
    before, after = old.get("enum"), new.get("enum")
    if before is None and after is not None:
        yield _change("enum.added", place, f"only {_shown(after)} is accepted")
    elif before is not None and after is None:
        yield _change("enum.removed", place, "any value is accepted")
    elif before is not None and after is not None:
        listed, known = (
            {value_key(value) for value in after},
            {value_key(value) for value in before},
        )
        for value in before:
            if value_key(value) not in listed:
                yield _change("enum.value.removed", place, f"{_shown(value)} is no longer listed")
        for value in after:
            if value_key(value) not in known:
                yield _change("enum.value.added", place, f"{_shown(value)} is listed")


def _bounds(old: dict[str, Any], new: dict[str, Any], path: Path) -> Iterator[Change]:
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
            kind = pattern_kind(str(before), str(after))
        yield _change(kind, (*path, key), words, of_constraint(key, before, after))


def _turn(key: str, before: Any, after: Any) -> str:
    if before is None or (key == "uniqueItems" and after is True):
        return "tightened"
    if after is None or (key == "uniqueItems" and after is False):
        return "loosened"
    if key in _EQUAL:
        return "changed"
    return "tightened" if (after > before) == (key in _LOWER) else "loosened"


def _required(old: dict[str, Any], new: dict[str, Any], path: Path) -> Iterator[Change]:
    place = (*path, "required")
    before, after = old.get("required", []), new.get("required", [])
    for name in after:
        if name not in before:
            declared = new.get("properties", {}).get(name)
            filled = isinstance(declared, dict) and "default" in declared
            kind = "required.added-with-default" if filled else "required.added"
            yield _change(kind, place, f"{name} is required")
    for name in before:
        if name not in after:
            yield _change("required.removed", place, f"{name} is no longer required")


def _property(
    what: str,
    preposition: str,
    holder: dict[str, Any],
    other: dict[str, Any],
    name: str,
    path: Path,
) -> Change:
    content = other.get("additionalProperties", True)
    confluent = of_property(what, name, holder=holder, content=content)
    shut = any(other.get(k) is False for k in ("additionalProperties", "unevaluatedProperties"))
    kind = f"property.{what}" + (f"-{preposition}-closed-object" if shut else "")
    return _change(kind, path, f"{name} was {what}", confluent)


def _others(old: dict[str, Any], new: dict[str, Any], path: Path) -> Iterator[Change]:
    if old.get("deprecated") != new.get("deprecated") and new.get("deprecated"):
        yield _change("schema.deprecated", path, "is marked as deprecated")
    if old.get("format") != new.get("format"):
        words = f"format {_shown(old.get('format'))} became {_shown(new.get('format'))}"
        yield _change("format.changed", (*path, "format"), words)
    for key in sorted((old.keys() | new.keys()) - _COMPARED - ANNOTATIONS):
        if old.get(key) != new.get(key):
            name = of_keyword(key, old.get(key), new.get(key))
            yield _change("keyword.changed", (*path, key), f"{key} changed", name)


def _change(kind: str, path: Path, message: str, confluent: str | None = None) -> Change:
    return Change(kind, pointer(path), message, confluent or confluent_name(kind))


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."
