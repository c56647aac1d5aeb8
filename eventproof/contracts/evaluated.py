"""What a schema evaluates of a value, for `unevaluatedProperties` and `unevaluatedItems`.

A branch counts only where it holds, so that there is one way for each set of branches that may.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from eventproof.contracts.keywords import Schema

WAYS_LIMIT = 130
"""In how many ways the branches of one schema may hold before it is left unread."""

_DEPTH_LIMIT = 12
_EVERY_PROPERTY = frozenset({"additionalProperties", "unevaluatedProperties"})
_EVERY_ITEM = frozenset({"items", "unevaluatedItems"})


@dataclass(frozen=True, slots=True)
class Evaluated:
    """Names, patterns and items that are spoken of."""

    names: frozenset[str] = frozenset()
    patterns: frozenset[str] = frozenset()
    every_property: bool = False
    items: int = 0
    every_item: bool = False
    by_contains: bool = False

    def with_(self, other: Evaluated) -> Evaluated:
        """Return what either evaluates."""
        return Evaluated(
            self.names | other.names,
            self.patterns | other.patterns,
            self.every_property or other.every_property,
            max(self.items, other.items),
            self.every_item or other.every_item,
            self.by_contains or other.by_contains,
        )


@dataclass(frozen=True, slots=True)
class Way:
    """What is evaluated where some branches hold and some fail."""

    evaluated: Evaluated
    holding: tuple[Schema, ...] = ()
    failing: tuple[Schema, ...] = ()

    def with_(self, other: Way) -> Way:
        """Return what both ways together evaluate."""
        return Way(
            self.evaluated.with_(other.evaluated),
            self.holding + other.holding,
            self.failing + other.failing,
        )


_Target = Callable[[str], Schema]


def ways(schema: Schema, target: _Target, depth: int = 0) -> list[Way] | None:
    """Return all the ways in which the branches of a schema may hold; None if too many."""
    if not isinstance(schema, dict):
        return [Way(Evaluated())]
    if depth > _DEPTH_LIMIT or "$dynamicRef" in schema:
        return None
    parts: list[list[Way] | None] = [[Way(_own(schema))]]
    parts += [ways(sub, target, depth + 1) for sub in schema.get("allOf", ())]
    if "$ref" in schema:
        parts.append(ways(target(schema["$ref"]), target, depth + 1))
    parts += [_branch(sub, target, depth) for sub in schema.get("anyOf", ())]
    if "oneOf" in schema:
        parts.append(_only_one(schema["oneOf"], target, depth))
    if "if" in schema:
        parts.append(_condition(schema, target, depth))
    for name, sub in schema.get("dependentSchemas", {}).items():
        parts.append(_branch({"required": [name], "type": "object"}, target, depth, sub))
    return _joined(parts)


def _branch(
    condition: Schema, target: _Target, depth: int, then: Schema | None = None
) -> list[Way] | None:
    """Return the ways of a branch that may hold or fail."""
    inner = ways(condition if then is None else then, target, depth + 1)
    if inner is None:
        return None
    if all(way.evaluated == Evaluated() for way in inner):
        return [Way(Evaluated())]  # it makes no difference whether it holds
    holding = [replace(way, holding=(condition, *way.holding)) for way in inner]
    return [*holding, Way(Evaluated(), failing=(condition,))]


def _only_one(branches: list[Schema], target: _Target, depth: int) -> list[Way] | None:
    """Return the ways of branches of which one holds, or else nothing is valid anyway."""
    found: list[Way] = []
    for branch in branches:
        inner = ways(branch, target, depth + 1)
        if inner is None:
            return None
        found += [replace(way, holding=(branch, *way.holding)) for way in inner]
    if all(way.evaluated == Evaluated() for way in found):
        return [Way(Evaluated())]
    return found


def _condition(schema: dict[str, Any], target: _Target, depth: int) -> list[Way] | None:
    test = schema["if"]
    met = _joined([ways(sub, target, depth + 1) for sub in (test, schema.get("then", True))])
    unmet = ways(schema.get("else", True), target, depth + 1)
    if met is None or unmet is None:
        return None
    return [replace(way, holding=(test, *way.holding)) for way in met] + [
        replace(way, failing=(test, *way.failing)) for way in unmet
    ]


def _joined(parts: list[list[Way] | None]) -> list[Way] | None:
    count = 1
    for part in parts:
        count *= len(part) if part else WAYS_LIMIT + 1
    if count > WAYS_LIMIT:
        return None
    result = []
    for combination in product(*(part or () for part in parts)):
        way = Way(Evaluated())
        for one in combination:
            way = way.with_(one)
        result.append(way)
    return result


def _own(schema: dict[str, Any]) -> Evaluated:
    return Evaluated(
        names=frozenset(schema.get("properties", ())),
        patterns=frozenset(schema.get("patternProperties", ())),
        every_property=bool(schema.keys() & _EVERY_PROPERTY),
        items=len(schema.get("prefixItems", ())),
        every_item=bool(schema.keys() & _EVERY_ITEM),
        by_contains="contains" in schema,
    )
