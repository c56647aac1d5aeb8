"""Protobuf as JSON Schema: what a consumer sees who is given a message as ProtoJSON.

Fields have their JSON names and none is required unless proto2 says so; numbers of 64 bits are
text, bytes are base64, enums are the names of their values, a map is an object, and the well-known
types are written as ProtoJSON writes them. The descriptors travel along under `x-protobuf`.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from eventproof.contracts.protobuf.compiling import ProtobufSchema

PROTOBUF = "x-protobuf"
"""The keyword that holds the descriptors; it accepts and rejects nothing."""

_WHOLE = {"type": "string", "pattern": "^-?[0-9]+$"}
_REAL = {"anyOf": [{"type": "number"}, {"enum": ["NaN", "Infinity", "-Infinity"]}]}
_SIGNED = {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1}
_UNSIGNED = {"type": "integer", "minimum": 0, "maximum": 2**32 - 1}
_TEXT: dict[str, Any] = {"type": "string"}
_SCALARS: dict[int, dict[str, Any]] = {
    1: _REAL, 2: _REAL, 3: _WHOLE, 4: _WHOLE, 5: _SIGNED, 6: _WHOLE, 7: _UNSIGNED,
    8: {"type": "boolean"}, 9: _TEXT, 12: _TEXT, 13: _UNSIGNED, 15: _SIGNED, 16: _WHOLE,
    17: _SIGNED, 18: _WHOLE,
}  # fmt: skip
"""By the number of the type in `descriptor.proto`."""

_WELL_KNOWN: dict[str, dict[str, Any]] = {
    "Timestamp": {"type": "string", "format": "date-time"}, "Duration": _TEXT, "FieldMask": _TEXT,
    "Struct": {"type": "object"}, "Value": {}, "ListValue": {"type": "array"},
    "Any": {"type": "object"}, "Empty": {"type": "object"}, "BoolValue": {"type": "boolean"},
    "StringValue": _TEXT, "BytesValue": _TEXT, "Int32Value": _SIGNED, "UInt32Value": _UNSIGNED,
    "Int64Value": _WHOLE, "UInt64Value": _WHOLE, "FloatValue": _REAL, "DoubleValue": _REAL,
}  # fmt: skip
_ENUM = 14


def as_json_schema(schema: ProtobufSchema) -> dict[str, Any]:
    """Return a document of draft 2020-12 with the descriptors in it."""
    definitions: dict[str, Any] = {}
    body = _message(schema.descriptor(), definitions)
    encoded = base64.b64encode(schema.descriptors).decode()
    native = {PROTOBUF: {"message": schema.message, "descriptors": encoded}}
    return body | ({"$defs": definitions} if definitions else {}) | native


def protobuf_of(document: Any) -> ProtobufSchema | None:
    """The Protobuf schema that a contract's document carries, or None."""
    native = document.get(PROTOBUF) if isinstance(document, dict) else None
    if not isinstance(native, dict) or not isinstance(native.get("message"), str):
        return None
    try:
        descriptors = base64.b64decode(str(native.get("descriptors")), validate=True)
        schema = ProtobufSchema(native["message"], descriptors)
        schema.descriptor()
    except ImportError:
        return None  # its JSON Schema is compared
    except (binascii.Error, KeyError, TypeError, ValueError):
        return None  # written by somebody else
    except Exception as error:
        if type(error).__name__ == "DecodeError":  # known by name: the library may be absent
            return None
        raise
    return schema


def _message(message: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    required = [field.json_name for field in message.fields if field.is_required]
    return {
        "title": message.full_name,
        "type": "object",
        "properties": {field.json_name: _field(field, definitions) for field in message.fields},
    } | ({"required": required} if required else {})


def _field(field: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    kind = field.message_type
    if kind is not None and kind.GetOptions().map_entry:
        values = _value(kind.fields_by_number[2], definitions)
        return {"type": "object", "additionalProperties": values}
    value = _value(field, definitions)
    return {"type": "array", "items": value} if field.is_repeated else value


def _value(field: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    if field.type == _ENUM:
        return {"enum": [value.name for value in field.enum_type.values]}
    kind = field.message_type
    if kind is None:
        return dict(_SCALARS[field.type])
    package, _, name = kind.full_name.rpartition(".")
    if package == "google.protobuf" and name in _WELL_KNOWN:
        return dict(_WELL_KNOWN[name])
    if kind.full_name not in definitions:
        definitions[kind.full_name] = {}  # taken, for a message within itself
        definitions[kind.full_name] = _message(kind, definitions)
    return {"$ref": f"#/$defs/{kind.full_name}"}
