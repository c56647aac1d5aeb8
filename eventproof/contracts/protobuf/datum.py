"""A message that shows a loss: written by the writer's descriptor, read by the reader's.

Protobuf's own runtime does both, and only what it refuses, loses or changes counts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from eventproof.contracts.protobuf.wire import GROUP, MESSAGE, Contents, Loss

_DEPTH_MAX = 32


@dataclass(frozen=True, slots=True)
class Shown:
    """A message and what became of it."""

    datum: Any
    """As ProtoJSON."""
    encoded: bytes | None
    """Its bytes; None where it travels as JSON."""
    said: str
    """What the reader made of it."""


def shown(writer: Any, reader: Any, loss: Loss) -> Shown | None:
    """Build messages of a loss until the runtime shows it, or return None."""
    for contents in loss.shown_by:
        message = empty(writer)
        try:
            _fill(message, loss.path, contents)
        except RecursionError:
            return None  # a message that requires itself cannot be written
        encoded = message.SerializeToString(deterministic=True)
        said = misread(encoded, writer, reader)
        if said:
            return Shown(_as_json(message), encoded, said)
    return None


def misread(encoded: bytes, writer: Any, reader: Any) -> str | None:
    """Say what a reader refuses, loses or changes of bytes, or None where it reads all."""
    from google.protobuf.message import DecodeError

    written, read = empty(writer), empty(reader)
    written.ParseFromString(encoded)
    try:
        read.ParseFromString(encoded)
    except DecodeError as error:
        return f"protobuf refuses it: {' '.join(str(error).split()) or 'it cannot be parsed'}"
    if not read.IsInitialized():
        return f"protobuf refuses it: {', '.join(read.FindInitializationErrors())} is missing"
    return _differing(written, read, "")


def empty(descriptor: Any) -> Any:
    """A message with nothing in it."""
    from google.protobuf.message_factory import GetMessageClass

    return GetMessageClass(descriptor)()


def _fill(message: Any, path: tuple[int, ...], contents: Contents, depth: int = 0) -> None:
    if depth > _DEPTH_MAX:
        raise RecursionError
    fields = message.DESCRIPTOR.fields_by_number
    step, rest = (path[0], path[1:]) if path else (None, ())
    for number, field in fields.items():
        if number == step:
            _step_into(message, field, rest, contents, depth)
        elif step is None and number in contents:
            _set(message, field, contents[number], depth)
        elif field.is_required:
            _set(message, field, ... if field.message_type else field.default_value, depth)


def _step_into(
    message: Any, field: Any, rest: tuple[int, ...], contents: Contents, depth: int
) -> None:
    held = getattr(message, field.name)
    kind = field.message_type
    if not kind.GetOptions().map_entry:
        _fill(held.add() if field.is_repeated else _present(held), rest, contents, depth + 1)
        return
    key = contents.get(1, kind.fields_by_number[1].default_value) if not rest else None
    if key is None:
        key = kind.fields_by_number[1].default_value
    if kind.fields_by_number[2].message_type is not None:
        value = held[key]
        _fill(value, rest[1:], contents if rest else {}, depth + 1)
    else:
        held[key] = contents.get(2, kind.fields_by_number[2].default_value)


def _present(message: Any) -> Any:
    message.SetInParent()
    return message


def _set(message: Any, field: Any, value: Any, depth: int) -> None:
    held = getattr(message, field.name)
    for one in value if isinstance(value, list) else [value]:
        if field.message_type is not None:
            _fill(held.add() if field.is_repeated else _present(held), (), {}, depth + 1)
        elif field.is_repeated:
            held.append(one)
        else:
            setattr(message, field.name, one)


def _differing(written: Any, read: Any, at: str) -> str | None:
    known = read.DESCRIPTOR.fields_by_number
    for field, value in written.ListFields():
        other = known.get(field.number)
        if other is None:
            continue
        where = f"{at}/{field.name}"
        sent = _parts(field, value)
        got = _parts(other, getattr(read, other.name))
        if _is_message(other) and not other.is_repeated and not read.HasField(other.name):
            got = []
        if len(sent) != len(got):
            return f"protobuf reads {len(got)} of the {len(sent)} written at {where}"
        for one, two in zip(sent, got, strict=True):
            said = _unlike(one, two, where)
            if said:
                return said
    return None


def _parts(field: Any, value: Any) -> list[Any]:
    """A field's values; of a map its keys and values in the order of the keys."""
    if _is_message(field) and field.message_type.GetOptions().map_entry:
        return [part for key in sorted(value) for part in (key, value[key])]
    return list(value) if field.is_repeated else [value]


def _is_message(field: Any) -> bool:
    return field.type in (GROUP, MESSAGE)


def _unlike(one: Any, two: Any, where: str) -> str | None:
    if hasattr(one, "DESCRIPTOR") and hasattr(two, "DESCRIPTOR"):
        return _differing(one, two, where)
    plain = one.encode() if isinstance(one, str) and isinstance(two, bytes) else one
    if plain == two:
        return None
    return f"protobuf reads {two!r} at {where}, where {one!r} was written"


def _as_json(message: Any) -> Any:
    from google.protobuf.json_format import MessageToJson

    return json.loads(MessageToJson(message))
