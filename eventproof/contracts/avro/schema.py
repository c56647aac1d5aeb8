"""Avro schemas as records: parsed from JSON, with full names, by Avro's specification (1.12).

The records flow JSON -> `AvroSchema`, a root and the named types that it uses. A type that another
file declares is found through `find`. Three things that could be wrong: a name without a namespace
takes that of the type around it; a type may refer to itself; and a default that does not fit its
field is a fault of the schema (`defaults`), which shows only when somebody reads with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

PRIMITIVES = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})
DEPTH_MAX = 64

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")

Place = tuple[str | int, ...]
"""Steps from the root of the JSON to a place in it."""


class AvroError(Exception):
    """What is given is no Avro schema; the message is a predicate, such as `has no fields`."""

    def __init__(self, sentence: str, place: Place = ()) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.place = place


@dataclass(frozen=True, slots=True)
class Primitive:
    """A type without parts."""

    kind: str
    logical: str | None = None


@dataclass(frozen=True, slots=True)
class Array:
    """A list of items of one type."""

    items: Node


@dataclass(frozen=True, slots=True)
class Map:
    """Values of one type under any text."""

    values: Node


@dataclass(frozen=True, slots=True)
class Union:
    """One of several types."""

    branches: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """A named type, to be looked up in the schema's `named`."""

    name: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record."""

    name: str
    type: Node
    aliases: tuple[str, ...] = ()
    has_default: bool = False
    default: Any = None


@dataclass(frozen=True, slots=True)
class Record:
    """Named fields, in their order."""

    name: str
    """With its namespace."""
    fields: tuple[Field, ...]
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Enum:
    """One of several symbols; a reader may have one for those that it does not know."""

    name: str
    symbols: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Fixed:
    """So many bytes."""

    name: str
    size: int
    aliases: tuple[str, ...] = ()
    logical: str | None = None


Node = Primitive | Array | Map | Union | Reference
Named = Record | Enum | Fixed


@dataclass(frozen=True, slots=True)
class AvroSchema:
    """A whole schema."""

    root: Node
    named: Mapping[str, Named]
    """Full name -> the record, enum or fixed."""

    def at(self, node: Node) -> Primitive | Array | Map | Union | Named:
        """The type that a node is, with a reference followed."""
        return self.named[node.name] if isinstance(node, Reference) else node


Find = Callable[[str], Any]
"""Returns the JSON that declares a full name, or None."""


def read_types(content: Any, *, find: Find = lambda _name: None) -> AvroSchema:
    """Read the types of a schema. Raises `AvroError` with the place of what is wrong."""
    reader = _Reader(find)
    root = reader.node(content, "", (), 0)
    return AvroSchema(root, reader.named)


@dataclass(slots=True)
class _Reader:
    find: Find
    named: dict[str, Named] = field(default_factory=dict)
    declared: set[str] = field(default_factory=set)
    """Names that were met, also those whose fields are being read."""

    def node(self, content: Any, space: str, place: Place, depth: int) -> Node:
        if depth > DEPTH_MAX:
            raise AvroError(f"is nested more than {DEPTH_MAX} levels deep", place)
        if isinstance(content, str):
            return self._by_name(content, space, place, depth)
        if isinstance(content, list):
            return self._union(content, space, place, depth)
        if not isinstance(content, dict):
            raise AvroError("has a type that is neither a name, a list nor an object", place)
        kind = content.get("type")
        if kind in ("record", "error", "enum", "fixed"):
            return self._named(content, str(kind), space, place, depth)
        if kind == "array":
            return Array(self._part(content, "items", space, place, depth))
        if kind == "map":
            return Map(self._part(content, "values", space, place, depth))
        if isinstance(kind, str) and kind in PRIMITIVES:
            return Primitive(kind, _text(content.get("logicalType")))
        if kind is None:
            raise AvroError("has an object that says no type", place)
        return self.node(kind, space, (*place, "type"), depth + 1)

    def _part(self, content: Any, key: str, space: str, place: Place, depth: int) -> Node:
        if key not in content:
            raise AvroError(f"has an {content['type']} without `{key}`", place)
        return self.node(content[key], space, (*place, key), depth + 1)

    def _by_name(self, name: str, space: str, place: Place, depth: int) -> Node:
        if name in PRIMITIVES:
            return Primitive(name)
        full = _full(name, space)
        for candidate in (full, name):
            if candidate in self.declared:
                return Reference(candidate)
        for candidate in dict.fromkeys((full, name)):
            elsewhere = self.find(candidate)
            if elsewhere is not None:
                self.node(elsewhere, "", place, depth + 1)
                if candidate in self.declared:
                    return Reference(candidate)
        raise AvroError(f"names the type {name}, which nothing declares", place)

    def _union(self, content: list[Any], space: str, place: Place, depth: int) -> Union:
        branches = []
        for index, one in enumerate(content):
            if isinstance(one, list):
                raise AvroError("has a union directly inside a union", (*place, index))
            branches.append(self.node(one, space, (*place, index), depth + 1))
        if not branches:
            raise AvroError("has a union of nothing", place)
        kinds = [_branch_name(branch) for branch in branches]
        twice = next((kind for kind in kinds if kinds.count(kind) > 1), None)
        if twice:
            raise AvroError(f"has a union with {twice} twice", place)
        return Union(tuple(branches))

    def _named(
        self, content: dict[str, Any], kind: str, space: str, place: Place, depth: int
    ) -> Reference:
        name = content.get("name")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise AvroError(f"has a {kind} without a proper name", place)
        stated = content.get("namespace")
        full = _full(name, stated if isinstance(stated, str) else space)
        if full in self.declared:
            raise AvroError(f"declares {full} twice", place)
        self.declared.add(full)
        inner = full.rpartition(".")[0]
        aliases = tuple(_full(a, inner) for a in _texts(content.get("aliases"), place))
        if kind == "enum":
            self.named[full] = _enum(content, full, aliases, place)
        elif kind == "fixed":
            self.named[full] = _fixed(content, full, aliases, place)
        else:
            fields = content.get("fields")
            if not isinstance(fields, list):
                raise AvroError(f"has no list of fields in the record {full}", place)
            read = tuple(
                self._field(one, inner, (*place, "fields", i), depth)
                for i, one in enumerate(fields)
            )
            names = [one.name for one in read]
            twice = next((name for name in names if names.count(name) > 1), None)
            if twice:
                raise AvroError(f"has the field {twice} twice in {full}", place)
            self.named[full] = Record(full, read, aliases)
        return Reference(full)

    def _field(self, content: Any, space: str, place: Place, depth: int) -> Field:
        if not isinstance(content, dict) or not isinstance(content.get("name"), str):
            raise AvroError("has a field without a name", place)
        if "type" not in content:
            raise AvroError(f"has no type for the field {content['name']}", place)
        return Field(
            name=content["name"],
            type=self.node(content["type"], space, (*place, "type"), depth + 1),
            aliases=_texts(content.get("aliases"), place),
            has_default="default" in content,
            default=content.get("default"),
        )


def short(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition(".")[2]


def _full(name: str, space: str) -> str:
    return name if "." in name or not space else f"{space}.{name}"


def _enum(content: Any, name: str, aliases: tuple[str, ...], place: Place) -> Enum:
    symbols = content.get("symbols")
    if not isinstance(symbols, list) or not all(isinstance(one, str) for one in symbols):
        raise AvroError(f"has no list of symbols in the enum {name}", place)
    if len(set(symbols)) < len(symbols):
        raise AvroError(f"has a symbol twice in the enum {name}", place)
    default = _text(content.get("default"))
    if default is not None and default not in symbols:
        raise AvroError(f"has the default {default} in {name}, which is no symbol of it", place)
    return Enum(name, tuple(symbols), aliases, default)


def _fixed(content: Any, name: str, aliases: tuple[str, ...], place: Place) -> Fixed:
    size = content.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise AvroError(f"has no size in the fixed {name}", place)
    return Fixed(name, size, aliases, _text(content.get("logicalType")))


def _branch_name(node: Node) -> str:
    match node:
        case Primitive(kind):
            return kind
        case Reference(name):
            return name
        case Array():
            return "array"
        case Map():
            return "map"
    return "union"


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: Any, place: Place) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise AvroError("has aliases that are no list of names", place)
    return tuple(value)
