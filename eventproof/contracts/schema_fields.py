"""The field names of a message's schema, whatever its format.

Of a contract they are its properties. Avro and Protobuf are read no deeper than their names here:
enough to see whether a schema speaks of the same thing as its page.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eventproof.contracts.keywords import walk
from eventproof.contracts.named_schemas import named_schemas
from eventproof.contracts.other_formats import read_other
from eventproof.contracts.schema_files import RefusedError

if TYPE_CHECKING:
    from eventproof.catalog import Catalog, Resource
    from eventproof.contracts.contract import Contract

_PROTO_FIELD = re.compile(
    r"^[ \t]*(?:map[ \t]*<[^<>\n]*>|(?:\w+[ \t]+)?[\w.]+)[ \t]+(\w+)[ \t]*=[ \t]*\d+[ \t]*[;\[]",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class SchemaFields:
    """The fields of a schema, and where it comes from."""

    names: tuple[str, ...]
    """At any depth, in their order, outer ones first."""
    file: str
    """As the page names it."""
    place: tuple[str | int, ...]
    """Where the page names it."""


def fields_of(
    catalog: Catalog, message: Resource, contract: Contract | None
) -> SchemaFields | None:
    """Return the fields of a message's own schema; None where it has none that can be read."""
    named = named_schemas(catalog, message)
    if contract is not None:
        schemas = (contract.schema, *([contract.response] if contract.response else []))
        names = tuple(dict.fromkeys(name for schema in schemas for name in _properties(schema)))
        place = named[0].path if named else ("id",)
        return SchemaFields(names, contract.source.rpartition("/")[2], place)
    for one in named:
        if one.other_format is not None:
            try:
                content = read_other(catalog, message, one)
            except RefusedError:
                return None
            found = _avro(content) if one.other_format == "Avro" else _proto(content)
            return SchemaFields(tuple(dict.fromkeys(found)), one.file, one.path)
    return None


def _properties(schema: dict[str, Any]) -> Iterator[str]:
    for _, node in walk(schema):
        if isinstance(node, dict):
            yield from node.get("properties", {})


def _avro(content: Any) -> Iterator[str]:
    """Yield the names of the fields of an Avro schema's records, at any depth."""
    waiting = deque([content])
    while waiting:
        one = waiting.popleft()
        if isinstance(one, list):
            waiting.extend(one)
        elif isinstance(one, dict):
            fields = one.get("fields")
            for field in fields if isinstance(fields, list) else []:
                if isinstance(field, dict) and isinstance(field.get("name"), str):
                    yield field["name"]
                    waiting.append(field.get("type"))
            waiting.extend(one.get(key) for key in ("type", "items", "values"))


def _proto(text: str) -> Iterator[str]:
    return (match[1] for match in _PROTO_FIELD.finditer(text))
