"""Whether a field's default is a value of its type: a reader that needs it fails otherwise."""

from __future__ import annotations

from typing import Any

from eventproof.contracts.avro.schema import (
    Array,
    AvroError,
    AvroSchema,
    Enum,
    Fixed,
    Map,
    Node,
    Primitive,
    Record,
    Union,
)

_BITS = {"int": 31, "long": 63}


def demand_defaults(schema: AvroSchema) -> None:
    """Raise `AvroError` for the first default that its field's type does not allow."""
    for named in schema.named.values():
        for one in named.fields if isinstance(named, Record) else ():
            if one.has_default and not _fits(schema, one.type, one.default):
                raise AvroError(
                    f"has a default for the field {one.name} of {named.name} "
                    "that its type does not allow"
                )


def _fits(schema: AvroSchema, node: Node, value: Any) -> bool:
    match schema.at(node):
        case Primitive(kind):
            return _is_primitive(kind, value)
        case Array(items):
            return isinstance(value, list) and all(_fits(schema, items, one) for one in value)
        case Map(values):
            return isinstance(value, dict) and all(
                _fits(schema, values, one) for one in value.values()
            )
        case Union(branches):
            return any(_fits(schema, branch, value) for branch in branches)
        case Enum(_, symbols):
            return value in symbols
        case Fixed(_, size):
            return isinstance(value, str) and len(value) == size
        case Record(_, fields):
            return isinstance(value, dict) and all(
                _fits(schema, one.type, value[one.name]) if one.name in value else one.has_default
                for one in fields
            )
    return False


def _is_primitive(kind: str, value: Any) -> bool:
    if kind == "null":
        return value is None
    if kind == "boolean":
        return isinstance(value, bool)
    if kind in ("bytes", "string"):
        return isinstance(value, str)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if kind in ("float", "double"):
        return True
    limit = 2 ** _BITS[kind]
    return isinstance(value, int) and -limit <= value < limit
