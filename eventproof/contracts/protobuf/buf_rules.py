"""What `buf breaking` says of a newer message, by its ids and categories.

Two message descriptors flow in, `Difference`s out: an explanation, and no verdict. Of several ids
for one difference the one is named that buf's most lenient category still has: whoever keeps to
that category is told by it. Three things that could be wrong: a field is known by its number, so
that a new name is a rename; `reserved` lines count, and may not be taken back; and JSON has other
groups of types than the wire.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from eventproof.contracts.protobuf.wire import named

_SOURCE = ("FILE", "PACKAGE")
_JSON = (*_SOURCE, "WIRE_JSON")
_ALL = (*_JSON, "WIRE")
CATEGORIES: Mapping[str, tuple[str, ...]] = {
    "ENUM_SAME_TYPE": _SOURCE,
    "ENUM_VALUE_NO_DELETE": _SOURCE,
    "ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED": ("WIRE_JSON",),
    "ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED": ("WIRE_JSON", "WIRE"),
    "ENUM_VALUE_SAME_NAME": _JSON,
    "FIELD_NO_DELETE": _SOURCE,
    "FIELD_NO_DELETE_UNLESS_NAME_RESERVED": ("WIRE_JSON",),
    "FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED": ("WIRE_JSON", "WIRE"),
    "FIELD_SAME_CARDINALITY": _SOURCE,
    "FIELD_SAME_DEFAULT": _SOURCE,
    "FIELD_SAME_JSON_NAME": _JSON,
    "FIELD_SAME_NAME": _JSON,
    "FIELD_SAME_ONEOF": _ALL,
    "FIELD_SAME_TYPE": _SOURCE,
    "FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY": ("WIRE_JSON",),
    "FIELD_WIRE_JSON_COMPATIBLE_TYPE": ("WIRE_JSON",),
    "MESSAGE_SAME_REQUIRED_FIELDS": _ALL,
    "ONEOF_NO_DELETE": _SOURCE,
    "RESERVED_ENUM_NO_DELETE": _ALL,
    "RESERVED_MESSAGE_NO_DELETE": _ALL,
}
"""By id, the categories of buf that have the rule."""

_ALIKE_IN_JSON = tuple(map(frozenset, ((5, 13), (3, 4), (7, 15), (6, 16), (17,), (18,))))
_MESSAGES = (10, 11)
_ENUM = 14


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference that buf has a rule for."""

    kind: str
    """The id of the rule, a key of `CATEGORIES`."""
    where: str
    """The names of the fields that lead there, as a JSON pointer."""
    message: str


def differences(old: Any, new: Any) -> tuple[Difference, ...]:
    """Return what differs from one message to its newer self, with what is inside of it."""
    return tuple(dict.fromkeys(_Reading().messages(old, new, "")))


@dataclass(slots=True)
class _Reading:
    entered: set[tuple[str, str]] = field(default_factory=set)

    def messages(self, old: Any, new: Any, at: str) -> Iterator[Difference]:
        pair = (old.full_name, new.full_name)
        if pair in self.entered:
            return
        self.entered.add(pair)
        reserved, names = _reserved(new)
        for one in old.fields:
            other = new.fields_by_number.get(one.number)
            where = f"{at}/{one.name}"
            if other is None:
                free = (one.number not in reserved, one.name not in names)
                yield _gone("FIELD", f"the field {one.name} = {one.number}", where, *free)
            else:
                yield from _fields(one, other, where)
                yield from self._inside(one, other, where)
        yield from _required(old, new, at)
        kept = {oneof.name for oneof in new.oneofs}
        for oneof in old.oneofs:
            if oneof.name not in kept:
                yield Difference("ONEOF_NO_DELETE", at, f"the oneof {oneof.name} is gone")
        yield from _unreserved("MESSAGE", old, new, at)

    def _inside(self, old: Any, new: Any, where: str) -> Iterator[Difference]:
        if old.type == new.type == _ENUM:
            yield from _enums(old.enum_type, new.enum_type, where)
        elif old.type in _MESSAGES and new.type in _MESSAGES:
            yield from self.messages(old.message_type, new.message_type, where)


def _fields(old: Any, new: Any, where: str) -> Iterator[Difference]:
    for kind, before, after in (
        ("FIELD_SAME_NAME", old.name, new.name),
        ("FIELD_SAME_JSON_NAME", old.json_name, new.json_name),
        ("FIELD_SAME_ONEOF", _home(old), _home(new)),
        (_type_rule(old, new), named(old), named(new)),
    ):
        if before != after:
            told = f"{old.name} = {old.number} was {before}, and is {after}"
            yield Difference(kind, where, told)
    if old.is_repeated != new.is_repeated:
        text = f"{old.name} is {'now' if new.is_repeated else 'no longer'} repeated"
        yield Difference("FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY", where, text)
    elif old.has_presence != new.has_presence:
        text = f"{old.name} {'now tells' if new.has_presence else 'no longer tells'} unset apart"
        yield Difference("FIELD_SAME_CARDINALITY", where, text)
    if _default(old) != _default(new) and old.type == new.type:
        text = f"{old.name} defaulted to {_default(old)!r}, and does to {_default(new)!r}"
        yield Difference("FIELD_SAME_DEFAULT", where, text)


def _required(old: Any, new: Any, at: str) -> Iterator[Difference]:
    before, after = ({f.number: f.name for f in one.fields if f.is_required} for one in (old, new))
    for number in sorted(before.keys() ^ after.keys()):
        is_new = number in after
        name = after[number] if is_new else before[number]
        text = f"{name} is {'now' if is_new else 'no longer'} required"
        yield Difference("MESSAGE_SAME_REQUIRED_FIELDS", f"{at}/{name}", text)


def _enums(old: Any, new: Any, where: str) -> Iterator[Difference]:
    reserved, names = _reserved(new)
    for number, before in _names(old).items():
        after = _names(new).get(number, [])
        if not after:
            free = (number not in reserved, bool(set(before) - names))
            yield _gone("ENUM_VALUE", f"the value {before[0]} = {number}", where, *free)
        elif not set(before) <= set(after):
            text = f"the value {number} was {'/'.join(before)}, and is {'/'.join(after)}"
            yield Difference("ENUM_VALUE_SAME_NAME", where, text)
    if old.is_closed != new.is_closed:
        text = f"{old.name} is {'closed' if new.is_closed else 'open'} now"
        yield Difference("ENUM_SAME_TYPE", where, text)
    yield from _unreserved("ENUM", old, new, where)


def _gone(kind: str, what: str, where: str, number_free: bool, name_free: bool) -> Difference:
    rule, free = f"{kind}_NO_DELETE", ""
    if number_free:
        rule, free = f"{rule}_UNLESS_NUMBER_RESERVED", ", and its number is not reserved"
    elif name_free:
        rule, free = f"{rule}_UNLESS_NAME_RESERVED", ", and its name is not reserved"
    return Difference(rule, where, f"{what} is gone{free}")


def _unreserved(kind: str, old: Any, new: Any, at: str) -> Iterator[Difference]:
    """Yield what was reserved, and no longer is."""
    (numbers, names), (kept, kept_names) = _reserved(old), _reserved(new)
    lost = [*(str(one) for one in numbers.without(kept)), *sorted(names - kept_names)]
    if lost:
        text = f"no longer reserved: {', '.join(lost)}"
        yield Difference(f"RESERVED_{kind}_NO_DELETE", at, text)


@dataclass(frozen=True, slots=True)
class _Ranges:
    """Numbers that are reserved, from a first one to before another."""

    bounds: tuple[tuple[int, int], ...]

    def __contains__(self, number: int) -> bool:
        return any(low <= number < high for low, high in self.bounds)

    def without(self, other: _Ranges) -> tuple[int, ...]:
        """Return the first number of each stretch that the other does not hold."""
        found = []
        for low, high in self.bounds:
            ends = [end for _, end in other.bounds if low <= end < high]
            left = [one for one in (low, *ends) if one not in other]
            found += left[:1]
        return tuple(sorted(set(found)))


def _reserved(one: Any) -> tuple[_Ranges, set[str]]:
    from google.protobuf.descriptor_pb2 import DescriptorProto, EnumDescriptorProto

    is_enum = hasattr(one, "values")
    proto = EnumDescriptorProto() if is_enum else DescriptorProto()
    one.CopyToProto(proto)
    # Of an enum the end is the last one that is reserved, of a message the one after it.
    ranges = ((each.start, each.end + is_enum) for each in proto.reserved_range)
    return _Ranges(tuple(ranges)), set(proto.reserved_name)


def _names(enum: Any) -> dict[int, list[str]]:
    names: dict[int, list[str]] = {}
    for value in enum.values:
        names.setdefault(value.number, []).append(value.name)
    return names


def _home(one: Any) -> str:
    """Say in which oneof a field is; proto3's `optional` makes one of its own, which is none."""
    holder = one.containing_oneof
    is_own = holder is not None and len(holder.fields) == 1 and holder.name == f"_{one.name}"
    return "apart" if holder is None or is_own else f"in the oneof {holder.name}"


def _type_rule(old: Any, new: Any) -> str:
    both = {old.type, new.type}
    is_near = len(both) == 1 or any(both <= group for group in _ALIKE_IN_JSON)
    return "FIELD_SAME_TYPE" if is_near else "FIELD_WIRE_JSON_COMPATIBLE_TYPE"


def _default(one: Any) -> Any:
    return one.default_value if one.has_default_value else None
