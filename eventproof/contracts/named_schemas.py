"""The schema files that a message's page names, before any of them is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
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
    def other_format(self) -> str | None:
        """`Avro` or `Protobuf`, where it is one of them."""
        return _other_kind(_suffix(self.file), str(self.format or ""))

    @property
    def kind(self) -> str | None:
        """`JSON Schema`, `Avro`, `Protobuf`, or None for what is none of them."""
        return _kind_of(self.file, str(self.format or ""))

    @property
    def shown_format(self) -> str:
        """The format as a sentence says it."""
        return str(self.format or self.other_format or _suffix(self.file)[1:] or "unnamed")


def named_schemas(catalog: Catalog, message: Resource) -> tuple[NamedSchema, ...]:
    """Return the schema files that a message's page names and that may lie in the catalog.

    `schemas` wins over `schemaPath`. In catalogs of version 1, where pages name none,
    `schema.json` beside the page is it.
    """
    return tuple(_named(message)) or tuple(_by_convention(catalog, message))


def chosen(named: tuple[NamedSchema, ...]) -> NamedSchema | None:
    """Return what becomes the contract: JSON Schema before Avro, and that before Protobuf."""
    kinds = [one.kind for one in named]
    best = next((kind for kind in _KINDS if kind in kinds), None)
    return named[kinds.index(best)] if best else None


def _suffix(file: str) -> str:
    return splitext(file)[1].lower()  # noqa: PTH122 - three times quicker, per message


@lru_cache(maxsize=256)
def _kind_of(file: str, format_: str) -> str | None:
    suffix, declared = _suffix(file), (format_ or "json").lower()
    if suffix in _JSON_SUFFIXES and ("json" in declared or "yaml" in declared):
        return "JSON Schema"
    return _other_kind(suffix, format_)


def _other_kind(suffix: str, format_: str) -> str | None:
    """Return `Avro` or `Protobuf`, where the page or the name says that it is one of them."""
    by_word = (name for name in _FORMATS.values() if name.lower() in format_.lower())
    return next(by_word, None) or _FORMATS.get(suffix)


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
