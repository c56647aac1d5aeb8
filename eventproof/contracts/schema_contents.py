"""What the content of a file is: a JSON Schema of its draft, or another format by design.

Three things could be wrong: a value that no draft takes for a schema, a pattern that is no regular
expression, which the meta-schemas leave open, and a file that was never meant to be a JSON Schema.
"""

from __future__ import annotations

from typing import Any

from eventproof.contracts.dialects import LATEST, declared_as, dialect_of, too_old
from eventproof.contracts.keywords import Path, Schema, nodes, walk
from eventproof.contracts.validation import is_pattern, metaschema_error

_DOCUMENTS = {"openapi": "OpenAPI", "swagger": "OpenAPI", "asyncapi": "AsyncAPI"}
_KNOWN = frozenset(
    {
        "$ref", "$schema", "$defs", "$id", "$anchor", "$dynamicRef", "additionalProperties",
        "allOf", "anyOf", "const", "contains", "definitions", "dependencies", "description",
        "enum", "exclusiveMaximum", "exclusiveMinimum", "format", "if", "items", "maximum",
        "maxItems", "maxLength", "minimum", "minItems", "minLength", "multipleOf", "not",
        "oneOf", "pattern", "patternProperties", "prefixItems", "properties", "propertyNames",
        "required", "title", "type", "unevaluatedProperties", "uniqueItems",
    }
)  # fmt: skip


def not_a_schema(content: Any, *, may_have_patterns: bool = True) -> tuple[Path, str] | None:
    """Where and why a value is no JSON Schema of its draft, or None where it is one."""
    if isinstance(content, bool):
        return None
    if not isinstance(content, dict):
        return (), "it is no object"
    old = too_old(content)
    if old:
        return ("$schema",), old
    if content and _KNOWN.isdisjoint(content):
        return (), "it has no keyword of JSON Schema at its top"
    # The validator knows the newest draft by its name; of the others not every spelling.
    declared = content if content.get("$schema") == LATEST else None
    problem = metaschema_error(declared or declared_as(content, dialect_of(content)))
    return problem or (bad_pattern(content) if may_have_patterns else None)


def bad_pattern(schema: Schema) -> tuple[Path, str] | None:
    """Find a pattern that is none; the meta-schemas leave that open."""
    if not any("pattern" in node or "patternProperties" in node for node in nodes(schema)):
        return None
    for path, node in walk(schema):
        written = node if isinstance(node, dict) else {}
        places: dict[str, Path] = {
            name: ("patternProperties", name) for name in written.get("patternProperties", {})
        }
        if "pattern" in written:
            places[written["pattern"]] = ("pattern",)
        for pattern, steps in places.items():
            if not is_pattern(pattern):
                return (*path, *steps), f"{pattern!r} is no regular expression"
    return None


def other_format(content: Any) -> str | None:
    """Return the format of a JSON or YAML file that is no JSON Schema by design."""
    if not isinstance(content, dict):
        return None
    if content.get("type") == "record" and "fields" in content:
        return "Avro"
    return next((name for key, name in _DOCUMENTS.items() if key in content), None)
