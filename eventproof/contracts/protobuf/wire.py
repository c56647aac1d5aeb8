"""What a reader cannot read as it was written, by the rules of Protobuf's wire format.

Two message descriptors flow in, and `Loss`es out, each with field contents that should show it. A
writer sends the fields and enum values that it declares. A field that the reader does not have is
passed over, as Protobuf means it. Three things that could be wrong: whole numbers share a wire
type and are cut off silently; an enum that is closed loses what it does not know; and fields that
were apart and now share a oneof push each other out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

BOOL, STRING, MESSAGE, BYTES, ENUM = 8, 9, 11, 12, 14
GROUP = 10

# Type of the writer -> those of a reader that reads each of its values as it was written; by the
# numbers of descriptor.proto: 3 int64, 4 uint64, 5 int32, 13 uint32, 17 sint32, 18 sint64.
_SAME: Mapping[int, frozenset[int]] = {
    5: frozenset({5, 3}),
    13: frozenset({13, 4, 3}),
    BOOL: frozenset({BOOL, 5, 3, 13, 4}),
    17: frozenset({17, 18}),
    STRING: frozenset({STRING, BYTES}),
}
_INTEGERS = frozenset({3, 4, 5, 13, BOOL, ENUM})
RANGES = {
    3: (-(2**63), 2**63), 4: (0, 2**64), 5: (-(2**31), 2**31), 6: (0, 2**64), 7: (0, 2**32),
    13: (0, 2**32), 15: (-(2**31), 2**31), 16: (-(2**63), 2**63), 17: (-(2**31), 2**31),
    18: (-(2**63), 2**63),
}  # fmt: skip
_TRIED = (1, 2, -1, 2**31, 2**32 - 1, 2**33, 2**64 - 1)

Contents = Mapping[Any, Any]
"""On the wire: field number -> what is set there; `...` is a message of its least. In JSON: name
-> value."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that may be written and is refused, lost or changed by the reader."""

    kind: str
    """The id that buf has for it."""
    path: tuple[int, ...]
    """The fields that lead to the message, by their numbers."""
    where: str
    """The same, as names, with the field."""
    message: str
    shown_by: tuple[Contents, ...] = ()
    """Contents of that message to try, the smallest first."""


def losses(writer: Any, reader: Any) -> tuple[Loss, ...]:
    """Return what a reader of one message cannot read of another, by the rules alone."""
    return tuple(_Reading().messages(writer, reader, (), ""))


@dataclass(slots=True)
class _Reading:
    entered: set[tuple[str, str]] = field(default_factory=set)

    def messages(self, sent: Any, read: Any, path: tuple[int, ...], at: str) -> Iterator[Loss]:
        pair = (sent.full_name, read.full_name)
        if pair in self.entered:
            return
        self.entered.add(pair)
        written = sent.fields_by_number
        for one in read.fields:
            wrote = written.get(one.number)
            where = f"{at}/{one.name}"
            if one.is_required and not (wrote is not None and wrote.is_required):
                text = f"the reader requires {one.name}, and the writer may leave it out"
                yield Loss("FIELD_SAME_CARDINALITY", path, where, text, ({},))
            if wrote is not None:
                yield from self.fields(wrote, one, path, where)
        for oneof in read.oneofs:
            yield from _pushed_out(oneof, written, path, at)

    def fields(self, wrote: Any, read: Any, path: tuple[int, ...], where: str) -> Iterator[Loss]:
        number = wrote.number
        if is_map(wrote) != is_map(read):
            text = f"{wrote.name} is a map on one side only"
            yield Loss("FIELD_SAME_TYPE", path, where, text)
            return
        if wrote.is_repeated and not read.is_repeated:
            text = f"{wrote.name} is written repeatedly, and the reader keeps one"
            several = tuple({number: [value, value]} for value in _values(wrote))
            yield Loss("FIELD_SAME_CARDINALITY", path, where, text, several)
            return
        if wrote.type == read.type and wrote.type in (GROUP, MESSAGE):
            yield from self.messages(wrote.message_type, read.message_type, (*path, number), where)
        elif not _is_read_alike(wrote, read):
            text = f"{wrote.name} is written as {named(wrote)}, and read as {named(read)}"
            kind = _rule(wrote, read)
            tries = (value if not wrote.is_repeated else [value] for value in _values(wrote))
            yield Loss(kind, path, where, text, tuple({number: one} for one in tries))


def _pushed_out(
    oneof: Any, written: Mapping[int, Any], path: tuple[int, ...], at: str
) -> Iterator[Loss]:
    for one, other in combinations([f for f in oneof.fields if f.number in written], 2):
        first, second = written[one.number], written[other.number]
        home = first.containing_oneof
        if home is not None and home is second.containing_oneof:
            continue
        text = f"{one.name} and {other.name} may both be written, and the reader keeps one"
        contents = {f.number: next(iter(_values(f)), ...) for f in (first, second)}
        yield Loss("FIELD_SAME_ONEOF", path, f"{at}/{one.name}", text, (contents,))


def is_map(one: Any) -> bool:
    """Whether a field is a map."""
    return one.message_type is not None and is_entry(one.message_type)


def is_entry(message: Any) -> bool:
    """Whether a message is an entry of a map, with its key and its value."""
    return bool(message.GetOptions().map_entry)


def _is_read_alike(wrote: Any, read: Any) -> bool:
    if ENUM not in (wrote.type, read.type):
        return wrote.type == read.type or read.type in _SAME.get(wrote.type, ())
    if read.type != ENUM:
        signed = {5, 3} if _numbers(wrote) and min(_numbers(wrote)) < 0 else {5, 3, 13, 4}
        return read.type in signed
    if wrote.type not in (ENUM, BOOL, 5):
        return False
    if not read.enum_type.is_closed:
        return True
    sent = _numbers(wrote) if wrote.type == ENUM else {0, 1} if wrote.type == BOOL else None
    return sent is not None and sent <= _numbers(read)


def _numbers(one: Any) -> set[int]:
    return {value.number for value in one.enum_type.values}


def _values(wrote: Any) -> tuple[Any, ...]:
    """Values to try that are not a default, the smallest first."""
    if wrote.type in (GROUP, MESSAGE):
        return (...,)
    if wrote.type == BOOL:
        return (True,)
    if wrote.type == STRING:
        return ("a",)
    if wrote.type == BYTES:
        return (b"a", b"\xff")
    if wrote.type == ENUM:
        return tuple(sorted(_numbers(wrote) - {0}, key=lambda n: (abs(n), n)))
    if wrote.type not in RANGES:
        return (1.5,)
    low, high = RANGES[wrote.type]
    return tuple(value for value in _TRIED if low <= value < high)


def _rule(wrote: Any, read: Any) -> str:
    if wrote.type == ENUM == read.type:
        return "ENUM_VALUE_NO_DELETE"
    groups = (_INTEGERS, frozenset({17, 18}), frozenset({7, 15}), frozenset({6, 16}))
    is_near = any(wrote.type in group and read.type in group for group in groups)
    return "FIELD_SAME_TYPE" if is_near else "FIELD_WIRE_COMPATIBLE_TYPE"


_NAMES = (
    "", "double", "float", "int64", "uint64", "int32", "fixed64", "fixed32", "bool", "string",
    "group", "message", "bytes", "uint32", "enum", "sfixed32", "sfixed64", "sint32", "sint64",
)  # fmt: skip


def named(one: Any) -> str:
    """A field's type, as a `.proto` file has it."""
    kind = one.message_type or one.enum_type
    return str(kind.full_name) if kind is not None else _NAMES[one.type]
