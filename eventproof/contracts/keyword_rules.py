"""What each keyword of JSON Schema 2020-12 asks for, and what denies it.

A keyword that is not understood becomes `Unread`, which may hold or not, so that nothing is
proved by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import combinations
from typing import Any

from eventproof.contracts import atoms
from eventproof.contracts.atoms import (
    ARRAY,
    EVERY_KIND,
    FAILS,
    HOLDS,
    NUMBERS,
    OBJECT,
    STRING,
    TRUE,
    TYPES,
    Formula,
    Literal,
    all_of,
    any_of,
    but,
)
from eventproof.contracts.shape_rules import (
    Pair,
    Told,
    fields,
    other_fields,
    other_items,
    row_of,
    shape,
    unread,
)

_BOUNDS = {
    "minimum": (False, False), "maximum": (True, False),
    "exclusiveMinimum": (False, True), "exclusiveMaximum": (True, True),
}  # fmt: skip
_EXTENTS = {
    "minLength": STRING, "minItems": ARRAY, "minProperties": OBJECT,
    "maxLength": STRING, "maxItems": ARRAY, "maxProperties": OBJECT,
}  # fmt: skip
_SHAPES = frozenset({"properties", "patternProperties", "additionalProperties"})
_UNREAD = ("$dynamicRef", "$recursiveRef")


def parts_of(schema: dict[str, Any], told: Told) -> Iterator[Pair]:
    """Yield what each keyword asks for, with what denies it."""
    for keyword, value in schema.items():
        rule = _RULES.get(keyword)
        if rule is not None:
            yield rule(told, value, schema)
        elif keyword in _BOUNDS:
            yield _bound(keyword, value)
        elif keyword in _EXTENTS:
            yield _extent(keyword, value)
    if schema.keys() & _SHAPES:
        yield fields(shape(told, schema))
    if "items" in schema or "prefixItems" in schema:
        prefix = tuple(told.literal(sub) for sub in schema.get("prefixItems", ()))
        yield row_of(atoms.Row(prefix, told.literal(schema.get("items", True))))


def _all_of(told: Told, value: Any, _: Any) -> Pair:
    literals = [told.literal(sub) for sub in value]
    return all_of(*literals), any_of(*(-one for one in literals))


def _any_of(told: Told, value: Any, _: Any) -> Pair:
    literals = [told.literal(sub) for sub in value]
    return any_of(*literals), all_of(*(-one for one in literals))


def _one_of(told: Told, value: Any, _: Any) -> Pair:
    literals = [told.literal(sub) for sub in value]
    none = [-one for one in literals]
    alone = [all_of(one, *none[:index], *none[index + 1 :]) for index, one in enumerate(literals)]
    twice = [all_of(one, other) for one, other in combinations(literals, 2)]
    return any_of(*alone), any_of(all_of(*none), *twice)


def _not(told: Told, value: Any, _: Any) -> Pair:
    literal = told.literal(value)
    return -literal, literal


def _reference(told: Told, value: Any, _: Any) -> Pair:
    literal = told.literal(told.target(value))
    return literal, -literal


def _condition(told: Told, value: Any, schema: dict[str, Any]) -> Pair:
    met = told.literal(value)
    then, else_ = (told.literal(schema.get(key, True)) for key in ("then", "else"))
    if then == else_ == TRUE:
        return HOLDS, FAILS
    asked = any_of(all_of(met, then), all_of(-met, else_))
    return asked, any_of(all_of(met, -then), all_of(-met, -else_))


def _types(_told: Told, value: Any, _: Any) -> Pair:
    mask = 0
    for name in [value] if isinstance(value, str) else value:
        mask |= TYPES.get(name, 0)
    return atoms.Kinds(mask), atoms.Kinds(EVERY_KIND & ~mask)


def _values(told: Told, value: Any, _: Any) -> Pair:
    return _listed(told, tuple(value))


def _value(told: Told, value: Any, _: Any) -> Pair:
    return _listed(told, (value,))


def _listed(told: Told, values: tuple[Any, ...]) -> Pair:
    """Deny arrays and objects by what they are made of, scalars by their value."""
    compound = [value for value in values if isinstance(value, list | dict)]
    scalar = tuple(value for value in values if not isinstance(value, list | dict))
    other: list[Formula] = [-told.literal(_made_of(value)) for value in compound]
    listed = atoms.Listed(values, True)
    unlisted = atoms.Listed(scalar, False) if scalar else HOLDS
    return listed, all_of(unlisted, *other)


def _pattern(_told: Told, value: Any, _: Any) -> Pair:
    return atoms.Matching(value, True), but(STRING, atoms.Matching(value, False))


def _format(_told: Told, value: Any, _: Any) -> Pair:
    return atoms.Formatted(str(value)), FAILS


def _multiple(_told: Told, value: Any, _: Any) -> Pair:
    step = exact(value)
    if step is None or step <= 0:
        return unread("multipleOf")
    return atoms.Multiple(step, True), but(NUMBERS, atoms.Multiple(step, False))


def _required(_told: Told, value: Any, _: Any) -> Pair:
    asked = [atoms.Field(name, TRUE) for name in value]
    lacking: list[Formula] = [atoms.Lacking(name) for name in value]
    return all_of(*asked), but(OBJECT, any_of(*lacking))


def _dependent(_told: Told, value: Any, _: Any) -> Pair:
    asked = [
        any_of(atoms.Lacking(name), atoms.Field(other, TRUE))
        for name, others in value.items()
        for other in others
    ]
    denied = [
        all_of(_has(name), atoms.Lacking(other))
        for name, others in value.items()
        for other in others
    ]
    return all_of(*asked), but(OBJECT, any_of(*denied))


def _dependent_schemas(told: Told, value: Any, _: Any) -> Pair:
    pairs = [(name, told.literal(sub)) for name, sub in value.items()]
    asked = [any_of(atoms.Lacking(name), literal) for name, literal in pairs]
    denied = [all_of(_has(name), -literal) for name, literal in pairs]
    return all_of(*asked), but(OBJECT, any_of(*denied))


def _names(told: Told, value: Any, _: Any) -> Pair:
    literal = told.literal(value)
    return atoms.Named(literal, True), but(OBJECT, atoms.Named(-literal, False))


def _contains(told: Told, value: Any, schema: dict[str, Any]) -> Pair:
    literal = told.literal(value)
    least, most = int(schema.get("minContains", 1)), schema.get("maxContains")
    most = None if most is None else int(most)
    fewer = _count(literal, 0, least - 1) if least else FAILS
    more = FAILS if most is None else _count(literal, most + 1, None)
    return _count(literal, least, most), but(ARRAY, any_of(fewer, more))


def _unique(_told: Told, value: Any, _: Any) -> Pair:
    if not value:
        return HOLDS, FAILS
    return atoms.Unique(True), but(ARRAY, atoms.Unique(False))


def _dynamic(_told: Told, _value: Any, _: Any) -> Pair:
    return unread("$dynamicRef")


_Rule = Callable[[Told, Any, dict[str, Any]], Pair]
_RULES: dict[str, _Rule] = {
    "allOf": _all_of,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "not": _not,
    "$ref": _reference,
    "if": _condition,
    "type": _types,
    "enum": _values,
    "const": _value,
    "pattern": _pattern,
    "format": _format,
    "multipleOf": _multiple,
    "required": _required,
    "dependentRequired": _dependent,
    "dependentSchemas": _dependent_schemas,
    "propertyNames": _names,
    "contains": _contains,
    "uniqueItems": _unique,
    "unevaluatedProperties": other_fields,
    "unevaluatedItems": other_items,
    **dict.fromkeys(_UNREAD, _dynamic),
}


def exact(number: Any) -> Fraction | None:
    """Return a number as its decimal digits say it; None where it is none that is finite."""
    try:
        return Fraction(repr(number))
    except (ValueError, OverflowError, TypeError):
        return None


def _made_of(value: Any) -> dict[str, Any]:
    """Return the schema of one array or object, by its parts."""
    if isinstance(value, list):
        parts = [{"const": item} for item in value]
        length = {"minItems": len(value), "maxItems": len(value)}
        return {"type": "array", **length, **({"prefixItems": parts} if parts else {})}
    return {
        "type": "object",
        "required": list(value),
        "properties": {name: {"const": item} for name, item in value.items()},
        "additionalProperties": False,
    }


def _has(name: str) -> Formula:
    return all_of(atoms.Kinds(OBJECT), atoms.Field(name, TRUE))


def _count(literal: Literal, least: int, most: int | None) -> Formula:
    if most is not None and most < least:
        return atoms.Kinds(EVERY_KIND & ~ARRAY)  # no array at all, and all else
    if most == 0:
        return atoms.Row((), -literal)
    return HOLDS if least == 0 and most is None else atoms.Count(literal, least, most)


def _bound(keyword: str, value: Any) -> Pair:
    limit = exact(value)
    if limit is None:
        return unread(keyword)
    upper, strict = _BOUNDS[keyword]
    denied = atoms.Bound(limit, not upper, not strict)
    return atoms.Bound(limit, upper, strict), but(NUMBERS, denied)


def _extent(keyword: str, value: Any) -> Pair:
    kind, limit = _EXTENTS[keyword], int(value)
    if keyword.startswith("max"):
        return atoms.Extent(kind, 0, limit), but(kind, atoms.Extent(kind, limit + 1, None))
    if limit <= 0:
        return HOLDS, FAILS
    return atoms.Extent(kind, limit, None), but(kind, atoms.Extent(kind, 0, limit - 1))
