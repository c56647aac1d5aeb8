"""The schema files that a message's page names, before any of them is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from os.path import splitext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eventproof.catalog import Catalog, Resource

_JSON_SUFFIXES = (".json", ".yml", ".yaml")
_FORMATS = {".avsc": "Avro", ".avro": "Avro", ".proto": "Protobuf"}
_KINDS = ("JSON Schema", "Avro", "Protobuf")


@dataclass(frozen=True, slots=True)
class NamedSchema:
    """A file that the frontmatter names, and where."""

    file: str
    """As the page writes it, without `file://`."""
    path: tuple[str | int, ...]
    """Where the frontmatter names it; empty where it is found by its name alone."""
    format: str | None = None
    """What the page says it is."""

    @property
    def is_json_schema(self) -> bool:
        """Whether it is a JSON Schema by its name and by what the page says."""
        declared = str(self.format or "json").lower()
        return self._suffix in _JSON_SUFFIXES and ("json" in declared or "yaml" in declared)

    @property
    def other_format(self) -> str | None:
        """`Avro` or `Protobuf`, where it is one of them."""
        declared = str(self.format or "").lower()
        by_word = next((name for name in _FORMATS.values() if name.lower() in declared), None)
        return by_word or _FORMATS.get(self._suffix)

    @property
    def kind(self) -> str | None:
        """`JSON Schema`, `Avro`, `Protobuf`, or None for what is none of them."""
        return "JSON Schema" if self.is_json_schema else self.other_format

    @property
    def shown_format(self) -> str:
        """The format as a sentence says it."""
        return str(self.format or self.other_format or self._suffix[1:] or "unnamed")

    @property
    def _suffix(self) -> str:
        return splitext(self.file)[1].lower()  # noqa: PTH122 - three times quicker, per message


def named_schemas(catalog: Catalog, message: Resource) -> tuple[NamedSchema, ...]:
    """Return the schema files that a message's page names and that may lie in the catalog.

    `schemas` wins over `schemaPath`. In catalogs of version 1, where pages name none,
    `schema.json` beside the page is it.
    """
    return tuple(_named(message)) or tuple(_by_convention(catalog, message))


def chosen(named: tuple[NamedSchema, ...]) -> NamedSchema | None:
    """Return what becomes the contract: JSON Schema before Avro, and that before Protobuf."""
    ranked = [one for kind in _KINDS for one in named if one.kind == kind]
    return ranked[0] if ranked else None


def _named(message: Resource) -> Iterator[NamedSchema]:
    entries = message.frontmatter.get("schemas")
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        keys = ("file", "path", "ref") if isinstance(entry, dict) else ()
        for key in keys:
            value = entry.get(key)
            if isinstance(value, str) and value and not _is_remote(value):
                place = ("schemas", index, key)
                file = value.removeprefix("file://").lstrip("/")
                yield NamedSchema(file, place, entry.get("format"))
                break
    path = message.frontmatter.get("schemaPath")
    if isinstance(path, str) and path and not isinstance(entries, list):
        yield NamedSchema(path, ("schemaPath",))


def _is_remote(reference: str) -> bool:
    return "://" in reference and not reference.startswith("file://")


def _by_convention(catalog: Catalog, message: Resource) -> Iterator[NamedSchema]:
    silent = not any(key in message.frontmatter for key in ("schemas", "schemaPath"))
    old = catalog.layout in ("v1", "hybrid")
    if silent and old and (message.path.parent / "schema.json").is_file():
        yield NamedSchema("schema.json", ())
