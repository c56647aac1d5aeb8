"""What differs between two schemas, in the words that EventCatalog's own diff uses.

The kinds (`property.added`, `type.narrowed`, …) are those of EventCatalog's schema diff, so that
its reports and ours line up. They explain a verdict and never decide one: a list of changes may
be long where two schemas mean the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from eventproof.contracts.change_names import of_item, of_rest
from eventproof.contracts.clock import now_s
from eventproof.contracts.keyword_changes import Change as Change
from eventproof.contracts.keyword_changes import (
    booleans,
    bounds,
    change,
    others,
    property_,
    required,
    types,
    values,
)
from eventproof.contracts.keywords import Path, Schema, at, nodes, steps

CHANGES_LIMIT = 200
"""How many changes are listed; a rewritten schema is not explained better by more."""

PLACES_LIMIT = 20_000
"""How many places are looked at: references to the same schema multiply them."""

_PATTERNS_S = 0.1
"""How long patterns are compared altogether, in seconds."""

_DEPTH_LIMIT = 24
_LISTS = {"anyOf": "union.branch", "oneOf": "union.branch", "allOf": "allOf.branch"}


def changes_between(old: Schema, new: Schema) -> tuple[Change, ...]:
    """Return the differences of two 2020-12 documents, at most `CHANGES_LIMIT`."""
    found: list[Change] = []
    if old == new:
        return ()
    refers = any("$ref" in node for document in (old, new) for node in nodes(document))
    pair = _Pair(old, new, refers, now_s() + _PATTERNS_S)
    for one in pair.changes(old, new, ()):
        if one not in found:
            found.append(one)
        if len(found) == CHANGES_LIMIT:
            break
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Pair:
    """The two documents, for following references."""

    old: Schema
    new: Schema
    refers: bool
    """Whether either has references, so that equal parts of them may differ in meaning."""
    deadline: float
    """Until when patterns are compared, on the CPU clock of the thread, in seconds."""
    left: Iterator[int] = field(default_factory=lambda: iter(range(PLACES_LIMIT)))
    """One for each place that may still be looked at."""
    entered: list[tuple[Any, Any]] = field(default_factory=list)
    """The pairs of references that led here: a recursive schema is explained once."""

    def changes(self, old: Schema, new: Schema, path: Path) -> Iterator[Change]:
        if old == new and not self.refers:
            return
        references = (_reference(old), _reference(new))
        if references in self.entered:
            return
        self.entered.append(references if all(references) else (path, path))
        yield from self._changes(old, new, path)
        self.entered.pop()

    def _changes(self, old: Schema, new: Schema, path: Path) -> Iterator[Change]:
        if len(path) > _DEPTH_LIMIT or next(self.left, None) is None:
            return
        before, after = _followed(old, self.old), _followed(new, self.new)
        if not isinstance(before, dict) or not isinstance(after, dict):
            yield from booleans(before, after, path)
            return
        if len(before.get("allOf", ())) != len(after.get("allOf", ())):
            before, after = _flat(before, self.old), _flat(after, self.new)
        yield from types(before, after, path)
        yield from values(before, after, path)
        yield from bounds(before, after, path, self.deadline)
        yield from required(before, after, path)
        yield from self._properties(before, after, path)
        yield from self._rest(before, after, path)
        yield from self._items(before, after, path)
        yield from self._branches(before, after, path)
        yield from others(before, after, path)

    def _properties(
        self, old: dict[str, Any], new: dict[str, Any], path: Path
    ) -> Iterator[Change]:
        for key in ("properties", "patternProperties"):
            before, after = old.get(key, {}), new.get(key, {})
            for name in (*before, *(n for n in after if n not in before)):
                place = (*path, key, name)
                if name not in after:
                    yield property_("removed", "from", old, new, name, place)
                elif name not in before:
                    yield property_("added", "to", new, old, name, place)
                else:
                    yield from self.changes(before[name], after[name], place)

    def _rest(self, old: dict[str, Any], new: dict[str, Any], path: Path) -> Iterator[Change]:
        for key in ("additionalProperties", "unevaluatedProperties"):
            before, after = old.get(key, True), new.get(key, True)
            if before == after:
                continue
            if after is False or before is True:
                yield change(
                    "additionalProperties.closed",
                    (*path, key),
                    "other properties are refused or restricted",
                    of_rest(key, before, after),
                )
            elif after is True or before is False:
                yield change(
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
                yield change("tuple.item.removed", place, words, name)
            elif index >= len(before):
                name = of_item("added", old.get("items", True))
                yield change("tuple.item.added", place, f"item {index} is described", name)
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
                    yield change(f"{kind}.removed", (*path, key, index), f"{key} lost a branch")
            for index, branch in enumerate(after):
                if branch not in before:
                    yield change(f"{kind}.added", (*path, key, index), f"{key} gained a branch")


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
