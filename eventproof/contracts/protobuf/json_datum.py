"""A message that shows a loss in JSON: written by the writer's descriptor, read by the reader's.

Protobuf's own runtime writes the text and parses it, and only what it refuses, loses or changes
counts. What was read is told by writing it again: a number may be spelled in another way, and a
name that is no field of the reader is passed over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from eventproof.contracts.protobuf.datum import Shown, empty
from eventproof.contracts.protobuf.protojson import kind, landed, map_keys, unwrapped
from eventproof.contracts.protobuf.wire import ENUM, GROUP, MESSAGE, Loss, is_map

_NUMBER = re.compile(r"-?[0-9]+")
_DEPTH_MAX = 32


def shown_in_json(writer: Any, reader: Any, loss: Loss, *, refuses_unknown: bool) -> Shown | None:
    """Build messages of a loss until the runtime shows it, or return None."""
    from google.protobuf.json_format import ParseDict, ParseError

    for contents in loss.shown_by:
        message = empty(writer)
        try:
            ParseDict(_wrapped(contents, loss.path, writer), message)
            _complete(message)
            text = as_text(message)
        except (ParseError, RecursionError):
            continue  # a message that requires itself cannot be written
        said = misread_json(text, writer, reader, refuses_unknown=refuses_unknown)
        if said:
            return Shown(json.loads(text), None, said)
    return None


def as_text(message: Any) -> str:
    """A message as the JSON that Protobuf's runtime writes."""
    from google.protobuf.json_format import MessageToJson

    return str(MessageToJson(message, indent=None))


def misread_json(text: str, writer: Any, reader: Any, *, refuses_unknown: bool) -> str | None:
    """Say what a reader refuses, loses or changes of JSON, or None where it reads all."""
    from google.protobuf.json_format import MessageToDict, Parse, ParseError

    read = empty(reader)
    try:
        Parse(text, read, ignore_unknown_fields=not refuses_unknown)
    except ParseError as error:
        return f"protobuf refuses it: {str(error).splitlines()[0].rstrip('.')}"
    if not read.IsInitialized():
        return f"protobuf refuses it: {', '.join(read.FindInitializationErrors())} is missing"
    again = MessageToDict(
        read, always_print_fields_with_no_presence=True, use_integers_for_enums=True
    )
    return next(_unlike_messages(json.loads(text), again, writer, reader, ""), None)


def _wrapped(contents: Any, path: tuple[int, ...], writer: Any) -> Any:
    """Put the JSON of an inner message where a path leads."""
    if not path:
        return dict(contents)
    one = writer.fields_by_number[path[0]]
    inner = _wrapped(contents, path[1:], one.message_type)
    if is_map(one):
        return {one.json_name: {map_keys(one)[0]: inner["value"]}}
    return {one.json_name: [inner] if one.is_repeated else inner}


def _complete(message: Any, depth: int = 0) -> None:
    """Set what is required and missing, in all that is set."""
    if depth > _DEPTH_MAX:
        raise RecursionError
    for one in message.DESCRIPTOR.fields:
        if one.is_required and not message.HasField(one.name):
            if one.type in (GROUP, MESSAGE):
                getattr(message, one.name).SetInParent()
            else:
                setattr(message, one.name, one.default_value)
    for one, value in message.ListFields():
        if one.type not in (GROUP, MESSAGE):
            continue
        if is_map(one):
            value = value.values() if one.message_type.fields_by_number[2].message_type else ()
        for part in value if one.is_repeated else [value]:
            _complete(part, depth + 1)


def _unlike_messages(written: Any, again: Any, writer: Any, reader: Any, at: str) -> Iterator[str]:
    fields = {one.json_name: one for one in writer.fields}
    for name, value in written.items():
        wrote, read = fields[name], landed(name, reader)
        where = f"{at}/{name}"
        if read is None:
            if wrote.number in reader.fields_by_number:
                yield f"protobuf passes {where} over, where {_short(value)} was written"
        elif read.json_name not in again:
            yield f"protobuf reads nothing at {where}, where {_short(value)} was written"
        else:
            yield from _unlike_fields(value, again[read.json_name], wrote, read, where)


def _unlike_fields(written: Any, again: Any, wrote: Any, read: Any, at: str) -> Iterator[str]:
    if is_map(wrote) and is_map(read):
        one, other = (each.message_type.fields_by_number[2] for each in (wrote, read))
        for key, value in written.items():
            if key in again:
                yield from _unlike_values(value, again[key], one, other, f"{at}/{key}")
            else:
                yield f"protobuf reads nothing at {at}/{key}"
    elif wrote.is_repeated and read.is_repeated and not (is_map(wrote) or is_map(read)):
        if len(written) != len(again):
            yield f"protobuf reads {len(again)} of the {len(written)} written at {at}"
        for number, pair in enumerate(zip(written, again, strict=False)):
            yield from _unlike_values(*pair, wrote, read, f"{at}/{number}")
    else:
        yield from _unlike_values(written, again, wrote, read, at)


def _unlike_values(written: Any, again: Any, wrote: Any, read: Any, at: str) -> Iterator[str]:
    one, other = unwrapped(wrote), unwrapped(read)
    if kind(one) == kind(other) == "message" and isinstance(written, dict) and not is_map(one):
        inner = (one.message_type, other.message_type)
        yield from _unlike_messages(written, again, *inner, at)
        return
    if kind(other) == ENUM and isinstance(written, str):
        known = other.enum_type.values_by_name.get(written)
        said = known.number if known else written
    else:
        said = written
    if not _is_same(said, again):
        yield f"protobuf reads {_short(again)} at {at}, where {_short(written)} was written"


def _is_same(one: Any, other: Any) -> bool:
    """Whether two values of JSON are one, however their numbers are spelled."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_is_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_is_same, one, other))
    if isinstance(one, str) and isinstance(other, str):
        return one == other
    return bool(_plain(one) == _plain(other))


def _plain(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Fraction(value)
    is_number = isinstance(value, str) and _NUMBER.fullmatch(value)
    return Fraction(value) if is_number else (type(value).__name__, value)


def _short(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
