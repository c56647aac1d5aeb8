"""What JSON Schema asks of the properties of an object and the items of an array.

One property or item of the wrong sort is enough to deny it, so that the denial is a choice of
places.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from eventproof.contracts import atoms
from eventproof.contracts.atoms import (
    ARRAY,
    HOLDS,
    OBJECT,
    TRUE,
    Formula,
    Literal,
    all_of,
    any_of,
    but,
)
from eventproof.contracts.evaluated import Evaluated, ways
from eventproof.contracts.keywords import Schema


class Told(Protocol):
    """What a keyword asks of the document it stands in."""

    def literal(self, schema: Schema) -> Literal:
        """Return the literal of a schema."""

    def target(self, reference: str) -> Schema:
        """Return what a reference points to."""


Pair = tuple[Formula, Formula]
"""What a keyword asks for, and what denies it."""


def shape(told: Told, schema: dict[str, Any]) -> atoms.Fields:
    """Return what a schema says of the properties of an object."""

    def literals(key: str) -> dict[str, Literal]:
        return {name: told.literal(sub) for name, sub in schema.get(key, {}).items()}

    rest = told.literal(schema.get("additionalProperties", True))
    patterns = tuple(literals("patternProperties").items())
    return atoms.Fields(literals("properties"), patterns, rest)


def fields(shape: atoms.Fields) -> Pair:
    """Say what keeps the shape of an object, and what breaks it."""
    patterns = tuple(pattern for pattern, _ in shape.patterns)
    names = frozenset(shape.names)
    broken: list[Formula] = [
        atoms.Field(name, -literal) for name, literal in shape.names.items() if literal != TRUE
    ]
    broken += [
        atoms.SomeField((pattern,), (), frozenset(), -literal)
        for pattern, literal in shape.patterns
        if literal != TRUE
    ]
    if shape.rest != TRUE:
        broken.append(atoms.SomeField((), patterns, names, -shape.rest))
    return (shape if broken else HOLDS), but(OBJECT, any_of(*broken))


def row_of(row: atoms.Row) -> Pair:
    """Say what keeps the items of an array, and what breaks them."""
    broken: list[Formula] = [
        atoms.Item(index, False, -literal)
        for index, literal in enumerate(row.prefix)
        if literal != TRUE
    ]
    if row.rest != TRUE:
        broken.append(atoms.Item(len(row.prefix), True, -row.rest))
    return (row if broken else HOLDS), but(ARRAY, any_of(*broken))


def other_fields(told: Told, value: Any, schema: dict[str, Any]) -> Pair:
    """Read `unevaluatedProperties`."""

    def said(seen: Evaluated) -> Pair:
        rest = TRUE if seen.every_property else told.literal(value)
        names = dict.fromkeys(sorted(seen.names), TRUE)
        patterns = tuple((pattern, TRUE) for pattern in sorted(seen.patterns))
        return fields(atoms.Fields(names, patterns, rest))

    return _by_way(told, schema, said, "unevaluatedProperties")


def other_items(told: Told, value: Any, schema: dict[str, Any]) -> Pair:
    """Read `unevaluatedItems`."""

    def said(seen: Evaluated) -> Pair:
        rest = TRUE if seen.every_item else told.literal(value)
        return (
            unread("contains")
            if seen.by_contains
            else row_of(atoms.Row((TRUE,) * seen.items, rest))
        )

    return _by_way(told, schema, said, "unevaluatedItems")


def _by_way(
    told: Told,
    schema: dict[str, Any],
    said: Callable[[Evaluated], Pair],
    keyword: str,
) -> Pair:
    """Say what is evaluated in each way in which the branches of a schema may hold."""
    beside = {key: value for key, value in schema.items() if key != keyword}
    found = ways(beside, told.target)
    if found is None:
        return unread(keyword)
    asked, denied = [], []
    for way in found:
        conditions = [told.literal(sub) for sub in way.holding]
        conditions += [-told.literal(sub) for sub in way.failing]
        one, other = said(way.evaluated)
        asked.append(all_of(*conditions, one))
        denied.append(all_of(*conditions, other))
    return any_of(*asked), any_of(*denied)


def unread(keyword: str) -> Pair:
    """Return what is not understood, asked for and denied."""
    return atoms.Unread(keyword), atoms.Unread(keyword)
