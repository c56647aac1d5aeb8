"""A datum that shows a clash: the smallest that a writer may write and that leads there.

It is written as bytes with the writer's schema, and both fastavro and Apache's own library must
refuse to read those bytes with the reader's schema. Logical types are left out for that: they
change what a program makes of a value, not whether it can be read.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eventproof.contracts.avro.resolution import Clash, Step
from eventproof.contracts.avro.schema import (
    Array,
    AvroSchema,
    Enum,
    Fixed,
    Map,
    Node,
    Primitive,
    Record,
    Reference,
    Union,
)

_SMALLEST = {
    "null": None, "boolean": False, "int": 0, "long": 0, "float": 0.0, "double": 0.0,
    "bytes": b"", "string": "",
}  # fmt: skip
_DEPTH_MAX = 32


@dataclass(frozen=True, slots=True)
class Shown:
    """A datum and what both libraries made of it."""

    datum: Any
    """As JSON, without the names of union branches."""
    encoded: bytes
    refused_by: tuple[str, ...]
    """What the libraries said, in the order fastavro, avro; shorter where one could read it."""


class NoDatumError(Exception):
    """No datum leads there: the type can only be written endlessly."""


def shown(writer: AvroSchema, reader: AvroSchema, clash: Clash) -> Shown:
    """Build a clash's datum and try to read it.

    Raises ImportError without the libraries, and `NoDatumError`.
    """
    import fastavro

    named, plain = _built(writer, writer.root, clash.path, clash.symbol, 0)
    sent, read = plain_json(writer), plain_json(reader)
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(sent), named)
    encoded = out.getvalue()
    return Shown(plain, encoded, tuple(_refusals(encoded, sent, read)))


def _refusals(encoded: bytes, sent: Any, read: Any) -> list[str]:
    import avro.io
    import avro.schema
    import fastavro

    said = []
    try:
        parsed = (fastavro.parse_schema(sent), fastavro.parse_schema(read))
        fastavro.schemaless_reader(io.BytesIO(encoded), *parsed)
    except Exception as error:
        said.append(f"fastavro: {_one_line(error)}")
    try:
        schemas = [avro.schema.parse(json.dumps(one)) for one in (sent, read)]
        decoder = avro.io.BinaryDecoder(io.BytesIO(encoded))
        avro.io.DatumReader(*schemas).read(decoder)
    except Exception as error:
        said.append(f"avro: {_one_line(error)}")
    return said


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 200 else f"{text[:200]}…"


def _built(
    schema: AvroSchema, node: Node, path: Sequence[Step], symbol: str | None, depth: int
) -> tuple[Any, Any]:
    """A datum twice: with the names of branches, as fastavro takes it, and as plain JSON."""
    if depth > _DEPTH_MAX:
        raise NoDatumError
    step, rest = (path[0], path[1:]) if path else (None, ())
    match schema.at(node):
        case Primitive(kind):
            value = _SMALLEST[kind]
            return value, value.decode("latin-1") if isinstance(value, bytes) else value
        case Fixed(_, size):
            return bytes(size), "\0" * size
        case Enum(_, symbols):
            chosen = symbol if symbol in symbols else symbols[0]
            return chosen, chosen
        case Array(items):
            pairs = [_built(schema, items, rest, symbol, depth + 1)] if step == "items" else []
            return [a for a, _ in pairs], [b for _, b in pairs]
        case Map(values):
            if step != "values":
                return {}, {}
            named, plain = _built(schema, values, rest, symbol, depth + 1)
            return {"a": named}, {"a": plain}
        case Union(branches):
            return _chosen(schema, branches, step, rest, symbol, depth)
        case Record(_, fields):
            parts = {
                one.name: _built(
                    schema, one.type, rest if one.name == step else (), symbol, depth + 1
                )
                for one in fields
            }
            return {n: a for n, (a, _) in parts.items()}, {n: b for n, (_, b) in parts.items()}
    raise NoDatumError


def _chosen(
    schema: AvroSchema,
    branches: tuple[Node, ...],
    step: Step | None,
    rest: Sequence[Step],
    symbol: str | None,
    depth: int,
) -> tuple[Any, Any]:
    """The branch that the path names, else the first that can be written at all."""
    tried = [step] if isinstance(step, int) else range(len(branches))
    for index in tried:
        branch = branches[index]
        try:
            inner = rest if isinstance(step, int) else ()
            named, plain = _built(schema, branch, inner, symbol, depth + 1)
        except NoDatumError:
            continue
        name = _branch_name(branch)
        return (named if name == "null" else (name, named)), plain
    raise NoDatumError


def _branch_name(branch: Node) -> str:
    match branch:
        case Primitive(kind):
            return kind
        case Reference(name):
            return name
    return "array" if isinstance(branch, Array) else "map"


def plain_json(schema: AvroSchema) -> Any:
    """The schema as JSON again, with full names and no logical types: both libraries read it."""
    return _json(schema, schema.root, set())


def _json(schema: AvroSchema, node: Node, met: set[str]) -> Any:
    if isinstance(node, Reference):
        if node.name in met:
            return node.name
        met.add(node.name)
    match schema.at(node):
        case Primitive(kind):
            return kind
        case Array(items):
            return {"type": "array", "items": _json(schema, items, met)}
        case Map(values):
            return {"type": "map", "values": _json(schema, values, met)}
        case Union(branches):
            return [_json(schema, branch, met) for branch in branches]
        case Fixed(name, size, aliases):
            return {"type": "fixed", "name": name, "size": size, "aliases": list(aliases)}
        case Enum(name, symbols, aliases, default):
            body = {"type": "enum", "name": name, "symbols": list(symbols)}
            body |= {"aliases": list(aliases)}
            return body | ({"default": default} if default is not None else {})
        case Record(name, fields, aliases):
            return {
                "type": "record",
                "name": name,
                "aliases": list(aliases),
                "fields": [
                    {
                        "name": one.name,
                        "type": _json(schema, one.type, met),
                        "aliases": list(one.aliases),
                        **({"default": one.default} if one.has_default else {}),
                    }
                    for one in fields
                ],
            }
    raise AssertionError(node)
