"""What a reader cannot read as it was written, by the rules of ProtoJSON.

Two message descriptors flow in, and `Loss`es out, each with JSON that should show it. Three things
that could be wrong: JSON carries names and no numbers, so that a field with a new name does not
arrive, and one with a new number does; a parser takes both of a field's names, and a writer writes
one; and other types share a spelling than share bytes: 64-bit numbers, bytes, enums and times are
all text, a wrapper is spelled as what it wraps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from eventproof.contracts.protobuf.wire import (
    BOOL,
    BYTES,
    ENUM,
    GROUP,
    MESSAGE,
    RANGES,
    STRING,
    Loss,
    is_entry,
    is_map,
    named,
)

DOUBLE, FLOAT = 1, 2
VALUE, STRUCT, LIST, NULL = "Value", "Struct", "ListValue", "NullValue"
_TIMES = ("Timestamp", "Duration", "FieldMask")
_OBJECT = "message"

_WRITTEN: Mapping[Any, tuple[Any, ...]] = {
    DOUBLE: (1.5, 0.123456789), FLOAT: (1.5, "NaN"), BOOL: (True,), STRING: ("a",),
    BYTES: ("YQ==",), VALUE: ("a", 1.5, {"a": "a"}), STRUCT: ({"a": "a"}, {}),
    LIST: (["a"], [1.5]), "Any": ({},), "Timestamp": ("1970-01-01T00:00:00Z",),
    "Duration": ("1s",), "FieldMask": ("a",), NULL: (None,), _OBJECT: ({},),
}  # fmt: skip
"""Values of a kind to try, of each way that it is spelled."""
_WHOLE = (1, -1, 2**24 + 1, 2**31, 2**32 - 1, 2**53 + 1, 2**64 - 1)
_TEXTUAL = (STRING, BYTES, ENUM, *_TIMES, 3, 4, 6, 16, 18)
"""What is written as text, and so arrives in a string."""
_SIGNED_32 = (5, 15, 17)
_EXACT_IN_DOUBLE = (FLOAT, 5, 7, 13, 15, 17)


def landed(name: str, reader: Any) -> Any:
    """The reader's field that takes a name of a JSON object, or None."""
    by_json = {one.json_name: one for one in reader.fields}
    return by_json.get(name) or reader.fields_by_name.get(name)


def kind(one: Any) -> Any:
    """How a field's values are spelled: a scalar's number, a well-known type's name, `message`."""
    if one.enum_type is not None:
        return NULL if one.enum_type.full_name == f"google.protobuf.{NULL}" else ENUM
    if one.type not in (GROUP, MESSAGE):
        return one.type
    package, _, name = one.message_type.full_name.rpartition(".")
    return name if package == "google.protobuf" and name in _WRITTEN else _OBJECT


def unwrapped(one: Any) -> Any:
    """A field, or of a wrapper such as `Int32Value` the field that it wraps."""
    message = one.message_type
    is_wrapper = message is not None and message.file.name == "google/protobuf/wrappers.proto"
    return message.fields_by_number[1] if is_wrapper else one


def json_losses(writer: Any, reader: Any, *, refuses_unknown: bool) -> tuple[Loss, ...]:
    """Return what a reader of one message cannot read of another, by the rules alone.

    `refuses_unknown` is whether the reader's parser refuses names that it does not know, as
    parsers do unless they are told otherwise.
    """
    return tuple(_Reading(refuses_unknown).messages(writer, reader, (), ""))


@dataclass(slots=True)
class _Reading:
    refuses_unknown: bool
    entered: set[tuple[str, str]] = field(default_factory=set)

    def messages(self, sent: Any, read: Any, path: tuple[int, ...], at: str) -> Iterator[Loss]:
        pair = (sent.full_name, read.full_name)
        if pair in self.entered:
            return
        self.entered.add(pair)
        arrived = [(one, landed(one.json_name, read)) for one in sent.fields]
        filled = {other.number for one, other in arrived if other is not None and one.is_required}
        for one in read.fields:
            if one.is_required and one.number not in filled:
                text = f"the reader requires {one.name}, and the writer may leave it out"
                yield Loss("FIELD_SAME_CARDINALITY", path, f"{at}/{one.name}", text, ({},))
        for one, other in arrived:
            where = f"{at}/{one.name}"
            if other is None:
                yield from self.unknown(one, read, path, where)
            else:
                yield from self.fields(one, other, path, where)
        yield from _pushed_out(arrived, path, at)

    def unknown(self, wrote: Any, read: Any, path: tuple[int, ...], where: str) -> Iterator[Loss]:
        namesake = read.fields_by_number.get(wrote.number)
        if namesake is not None:
            text = f"{wrote.number} is written as {wrote.json_name}, read as {namesake.json_name}"
            yield Loss("FIELD_SAME_JSON_NAME", path, where, text, _objects(wrote))
        elif self.refuses_unknown:
            text = f"{wrote.json_name} is written, and the reader does not know the name"
            yield Loss("FIELD_NO_DELETE", path, where, text, _objects(wrote))

    def fields(self, wrote: Any, read: Any, path: tuple[int, ...], where: str) -> Iterator[Loss]:
        forms = _form(wrote), _form(read)
        if _takes_whole(wrote, read):
            return
        if forms == ("map", "map"):
            yield from self.maps(wrote, read, path, where)
        elif forms[0] != forms[1]:
            text = f"{wrote.name} is written as {_told(wrote)}, and read as {_told(read)}"
            rule = "FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY"
            yield Loss(rule, path, where, text, _objects(wrote))
        elif (kind(wrote), kind(read)) == (_OBJECT, _OBJECT) and not _is_wrapped(wrote, read):
            inner = (wrote.message_type, read.message_type)
            yield from self.messages(*inner, (*path, wrote.number), where)
        elif not _is_read_alike(wrote, read):
            text = f"{wrote.name} is written as {named(wrote)}, and read as {named(read)}"
            unknown = _unknown_names(wrote, read)
            if unknown:
                text = f"{wrote.name} may be {', '.join(unknown)}, which the reader does not know"
            yield Loss(_rule(wrote, read), path, where, text, _objects(wrote))

    def maps(self, wrote: Any, read: Any, path: tuple[int, ...], where: str) -> Iterator[Loss]:
        sent, taken = (one.message_type.fields_by_number for one in (wrote, read))
        if not _is_key_alike(sent[1], taken[1]):
            text = (
                f"keys of {wrote.name} are written as {named(sent[1])}, read as {named(taken[1])}"
            )
            yield Loss("FIELD_SAME_TYPE", path, where, text, _objects(wrote))
        inside = (*path, wrote.number)
        yield from self.fields(sent[2], taken[2], inside, where)


def _form(one: Any) -> str:
    return "map" if is_map(one) else "many" if one.is_repeated else "one"


def _told(one: Any) -> str:
    return {"map": "a map", "many": "a list", "one": "one value"}[_form(one)]


def _is_wrapped(*fields: Any) -> bool:
    return any(unwrapped(one) is not one for one in fields)


def _takes_whole(wrote: Any, read: Any) -> bool:
    """Whether one takes all of the other's JSON: the well-known types that are any JSON."""
    forms, kinds = (_form(wrote), _form(read)), (kind(wrote), kind(read))
    if forms[1] == "one":
        asked = {VALUE: True, LIST: forms[0] == "many", STRUCT: forms[0] == "map"}
        return asked.get(kinds[1], False)
    if forms[0] == "one" and forms[1] == "many":
        return kinds == (LIST, VALUE)
    if forms[0] == "one" and forms[1] == "map":
        key, value = (read.message_type.fields_by_number[number] for number in (1, 2))
        return (kinds[0], key.type, kind(value)) == (STRUCT, STRING, VALUE)
    return forms == ("many", "many") and kinds[1] == VALUE


def _is_read_alike(wrote: Any, read: Any) -> bool:
    one, other = unwrapped(wrote), unwrapped(read)
    sent, asked = kind(one), kind(other)
    if asked == ENUM:
        if sent == ENUM:
            return set(_written_names(one)) <= set(other.enum_type.values_by_name)
        return sent in _SIGNED_32 and not other.enum_type.is_closed
    if sent in RANGES and asked in RANGES:
        low, high = RANGES[asked]
        return low <= RANGES[sent][0] and RANGES[sent][1] <= high
    takes = {STRING: _TEXTUAL, DOUBLE: _EXACT_IN_DOUBLE, STRUCT: (_OBJECT, "Any")}
    return (sent == asked and sent != _OBJECT) or sent in takes.get(asked, ())


def _is_key_alike(wrote: Any, read: Any) -> bool:
    return read.type == STRING or _is_read_alike(wrote, read)


def _written_names(one: Any) -> list[str]:
    """The names that a writer writes: of a number the first, and no default that is left out."""
    is_always = one.is_repeated or one.has_presence or is_entry(one.containing_type)
    numbers = sorted(one.enum_type.values_by_number, key=lambda n: (abs(n), n))
    names = one.enum_type.values_by_number
    return [str(names[number].name) for number in numbers if number or is_always]


def _values(one: Any) -> tuple[Any, ...]:
    """Values to try, as JSON."""
    plain = unwrapped(one)
    spelled = kind(plain)
    if spelled == ENUM:
        return tuple(_written_names(plain))
    if spelled in RANGES:
        low, high = RANGES[spelled]
        return tuple(value for value in _WHOLE if low <= value < high)
    return _WRITTEN[spelled]


def _objects(wrote: Any) -> tuple[Any, ...]:
    """Objects to try, with nothing but the field in them."""
    form = _form(wrote)
    held = [[one] if form == "many" else one for one in _values(wrote)]
    if form == "map":
        value = _values(wrote.message_type.fields_by_number[2])[0]
        held = [{key: value} for key in map_keys(wrote)]
    return tuple({wrote.json_name: one} for one in held)


def map_keys(wrote: Any) -> tuple[str, ...]:
    """Keys of a map to try, as JSON."""
    keys = _values(wrote.message_type.fields_by_number[1])
    return tuple("true" if key is True else str(key) for key in keys)


def _pushed_out(arrived: list[tuple[Any, Any]], path: tuple[int, ...], at: str) -> Iterator[Loss]:
    """Yield fields that are written together, and of which the reader takes one only."""
    for (one, first), (other, second) in combinations(arrived, 2):
        home = one.containing_oneof
        if first is None or second is None or (home and home is other.containing_oneof):
            continue
        oneof = first.containing_oneof
        if first.number == second.number or (
            oneof is not None and oneof is second.containing_oneof
        ):
            text = f"{one.name} and {other.name} may both be written, and the reader keeps one"
            ones, others = _objects(one)[:1], _objects(other)
            both = tuple({**a, **b} for a in ones for b in (*others[:1], *others[-1:]))
            yield Loss("FIELD_SAME_ONEOF", path, f"{at}/{one.name}", text, both)


def _unknown_names(wrote: Any, read: Any) -> list[str]:
    """The names of an enum that another one does not have; none where one of them is no enum."""
    one, other = unwrapped(wrote), unwrapped(read)
    if (kind(one), kind(other)) != (ENUM, ENUM):
        return []
    return [name for name in _written_names(one) if name not in other.enum_type.values_by_name]


def _rule(wrote: Any, read: Any) -> str:
    unknown = _unknown_names(wrote, read)
    if not unknown:
        return "FIELD_WIRE_JSON_COMPATIBLE_TYPE"
    values = unwrapped(wrote).enum_type.values_by_name
    known = unwrapped(read).enum_type.values_by_number
    is_renamed = all(values[name].number in known for name in unknown)
    return "ENUM_VALUE_SAME_NAME" if is_renamed else "ENUM_VALUE_NO_DELETE"
