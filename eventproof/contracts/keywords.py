"""Where a JSON Schema holds further schemas, so that a walk never mistakes data for a schema.

A property may be called `items`, and an enum value may look like a schema: only these positions
count (JSON Schema 2020-12 and its predecessors, core and applicator vocabularies).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

Schema = dict[str, Any] | bool
"""A schema: a mapping of keywords, or true for anything and false for nothing."""

Path = tuple[str | int, ...]
"""Steps from a document's root to a place in it."""

ONE = frozenset(
    {
        "additionalItems", "additionalProperties", "contains", "contentSchema", "else", "if",
        "items", "not", "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties",
    }
)  # fmt: skip
"""Keywords whose value is a schema (`items` was a list as well, before 2020-12)."""

MANY = frozenset({"allOf", "anyOf", "items", "oneOf", "prefixItems"})
"""Keywords whose value is a list of schemas."""

NAMED = frozenset(
    {"$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"}
)
"""Keywords whose value maps names to schemas (`dependencies` also maps to lists of names)."""

_HOLDERS = ONE | MANY | NAMED

IN_PLACE = frozenset({"$ref", "allOf", "anyOf", "dependentSchemas", "else", "if", "oneOf", "then"})
"""Keywords whose schemas look at the same value as the schema that holds them."""

ANNOTATIONS = frozenset(
    {
        "$comment", "default", "deprecated", "description", "example", "examples", "readOnly",
        "title", "writeOnly", "x-avro", "x-eventproof",
        "x-protobuf",
    }
)  # fmt: skip
"""Keywords that never accept or reject anything."""

DEPTH_LIMIT = 64
"""How deep a schema may be nested before it is refused."""


def children(schema: Schema) -> Iterator[tuple[Path, Schema]]:
    """Yield the schemas directly inside `schema`, each with the steps that lead to it."""
    if not isinstance(schema, dict):
        return
    for key, value in schema.items():
        if key in NAMED and isinstance(value, dict):
            yield from (((key, name), sub) for name, sub in value.items() if is_schema(sub))
        elif key in MANY and isinstance(value, list):
            yield from (((key, index), sub) for index, sub in enumerate(value) if is_schema(sub))
        elif key in ONE and is_schema(value):
            yield (key,), value


def walk(schema: Schema, path: Path = ()) -> Iterator[tuple[Path, Schema]]:
    """Yield the schema itself and every schema inside it, outer ones first."""
    yield path, schema
    for steps, sub in children(schema):
        yield from walk(sub, (*path, *steps))


def nodes(schema: Schema) -> list[dict[str, Any]]:
    """Return the schema and every schema inside it that is an object, the outermost first.

    For a first look: most schemas have nothing of what a walk along their paths would find.
    """
    found: list[dict[str, Any]] = []
    waiting: list[Any] = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            found.append(node)
            if _HOLDERS.isdisjoint(node):
                continue
            for key in _HOLDERS.intersection(node):
                value = node[key]
                if isinstance(value, dict):
                    waiting.extend(value.values() if key in NAMED else (value,))
                elif isinstance(value, list) and key in MANY:
                    waiting.extend(value)
    return found


def rebuilt(schema: dict[str, Any], change: Callable[[Schema], Schema]) -> dict[str, Any]:
    """Return a copy of `schema` in which every direct sub-schema went through `change`."""
    result: dict[str, Any] = {}
    for key, value in schema.items():
        if key in NAMED and isinstance(value, dict):
            result[key] = {n: change(sub) if is_schema(sub) else sub for n, sub in value.items()}
        elif key in MANY and isinstance(value, list):
            result[key] = [change(sub) if is_schema(sub) else sub for sub in value]
        elif key in ONE and is_schema(value):
            result[key] = change(value)
        else:
            result[key] = value
    return result


def bare(schema: Schema) -> Schema:
    """Return a copy without what never accepts or rejects anything."""
    if not isinstance(schema, dict):
        return schema
    if not ANNOTATIONS.isdisjoint(schema):
        schema = {k: v for k, v in schema.items() if k not in ANNOTATIONS}
    return schema if is_leaf(schema) else rebuilt(schema, bare)


def is_leaf(schema: dict[str, Any]) -> bool:
    """Whether a schema can hold no other one, so that a rewriting may leave it as it is."""
    return _HOLDERS.isdisjoint(schema)


def is_schema(value: Any) -> bool:
    """Whether a value can be a schema at all."""
    return isinstance(value, dict | bool)


def value_key(value: Any) -> str:
    """Return a text that two values share exactly if JSON Schema takes them for equal."""
    return text_of(_tidy(value))


text_of: Callable[[Any], str] = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
"""A schema as a text that only an equal one has."""


def _tidy(value: Any) -> Any:
    """Write whole floats as integers: 1.0 and 1 are one number."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _tidy(item) for name, item in value.items()}
    return [_tidy(item) for item in value] if isinstance(value, list) else value


def pointer(path: Path) -> str:
    """Return a path as a JSON pointer (RFC 6901); the root is the empty string."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


def steps(reference: str) -> tuple[str, ...]:
    """Return the steps of a JSON pointer, or of a fragment with its `#` and percent signs."""
    from urllib.parse import unquote

    text = unquote(reference.removeprefix("#"))
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:])


def at(document: Any, path: tuple[str | int, ...]) -> Any:
    """Return the value at a path. Raises LookupError where there is none."""
    for step in path:
        if isinstance(document, list):
            if not str(step).isdigit():
                raise LookupError(step)
            document = document[int(step)]
        elif isinstance(document, dict):
            document = document[step]
        else:
            raise LookupError(step)
    return document


def relocated(schema: Schema, prefix: str) -> Schema:
    """Return a copy whose references into its own document (`#…`) begin at `prefix` instead.

    For a document that becomes a part of another one, such as `#/$defs/writer`.
    """
    if not isinstance(schema, dict) or ("$ref" not in schema and is_leaf(schema)):
        return schema
    copy = rebuilt(schema, lambda sub: relocated(sub, prefix))
    reference = copy.get("$ref")
    if isinstance(reference, str) and (reference == "#" or reference.startswith("#/")):
        copy["$ref"] = prefix + reference.removeprefix("#")
    return copy
