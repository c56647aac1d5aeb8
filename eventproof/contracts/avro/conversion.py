"""Avro as JSON Schema: what a consumer sees who is given a message as plain JSON.

A record is an object with all its fields, a union one of its branches without a name around it,
bytes and fixed are text with a character a byte, and logical types are the numbers and texts that
Avro stores. Numbers of 32 and 64 bits keep their limits. The native schema travels along under
`x-avro`, for whoever can use it.
"""

from __future__ import annotations

from typing import Any

from eventproof.contracts.avro.datum import plain_json
from eventproof.contracts.avro.schema import (
    Array,
    AvroSchema,
    Enum,
    Field,
    Fixed,
    Map,
    Node,
    Primitive,
    Record,
    Reference,
    Union,
)

NATIVE = "x-avro"
"""The keyword that holds the Avro schema; it accepts and rejects nothing."""

_PRIMITIVES: dict[str, dict[str, Any]] = {
    "null": {"type": "null"},
    "boolean": {"type": "boolean"},
    "int": {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    "long": {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
    "float": {"type": "number"},
    "double": {"type": "number"},
    "bytes": {"type": "string"},
    "string": {"type": "string"},
}


def as_json_schema(schema: AvroSchema) -> dict[str, Any]:
    """Return a document of draft 2020-12 with the native schema in it."""
    body = _converted(schema.root)
    definitions = {name: _named(named) for name, named in schema.named.items()}
    if isinstance(schema.root, Reference):
        # The outermost type is the document itself, unless something refers back to it.
        body = definitions[schema.root.name]
        if not _refers_to(definitions, schema.root.name):
            del definitions[schema.root.name]
    return body | ({"$defs": definitions} if definitions else {}) | {NATIVE: plain_json(schema)}


def _converted(node: Node) -> dict[str, Any]:
    match node:
        case Primitive(kind, logical):
            shape = dict(_PRIMITIVES[kind])
            return shape | ({"format": "uuid"} if logical == "uuid" else {})
        case Array(items):
            return {"type": "array", "items": _converted(items)}
        case Map(values):
            return {"type": "object", "additionalProperties": _converted(values)}
        case Union(branches):
            return {"anyOf": [_converted(branch) for branch in branches]}
        case Reference(name):
            return {"$ref": f"#/$defs/{name}"}


def _named(named: Record | Enum | Fixed) -> dict[str, Any]:
    match named:
        case Enum(_, symbols):
            return {"enum": list(symbols)}
        case Fixed(_, size):
            return {"type": "string", "minLength": size, "maxLength": size}
        case Record(name, fields):
            return {
                "title": name,
                "type": "object",
                "properties": {one.name: _field(one) for one in fields},
                "required": [one.name for one in fields],
            }


def _field(one: Field) -> dict[str, Any]:
    return _converted(one.type) | ({"default": one.default} if one.has_default else {})


def _refers_to(definitions: dict[str, Any], name: str) -> bool:
    waiting: list[Any] = list(definitions.values())
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if value.get("$ref") == f"#/$defs/{name}":
                return True
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return False
