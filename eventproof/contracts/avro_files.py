"""Avro schemas in a catalog's files, with the types that other files declare.

A name that a file does not declare is sought beside it first, and then in all `.avsc` files below
the root. Nothing outside the root is read, and no link is followed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from eventproof.contracts.avro import AvroError, AvroSchema, as_json_schema, parse
from eventproof.contracts.dialects import declared_as
from eventproof.contracts.schema_files import (
    RefusedError,
    SchemaFile,
    files_below,
    inside,
    line_of,
    read_schema_file,
)

SUFFIXES = (".avsc", ".avro")


def read_avro(root: Path, folder: str, file: str) -> SchemaFile:
    """Return an Avro file whose content is a document of JSON Schema with the native schema in it.

    Raises `RefusedError` with the line for what is missing, no JSON, or no Avro schema.
    """
    return as_document(root, read_schema_file(root, inside(root, folder, file)))


def as_document(root: Path, file: SchemaFile) -> SchemaFile:
    """Return the same file with the Avro schema in it as a document of JSON Schema."""
    home = (root / file.name).parent.as_posix()
    schema = _schema(file, _Declared(root, home))
    document = declared_as(as_json_schema(schema), "2020-12")
    return SchemaFile(file.name, file.text, document)


def _schema(file: SchemaFile, declared: _Declared) -> AvroSchema:
    try:
        return parse(file.content, find=declared.find)
    except AvroError as error:
        line = line_of(file.text, error.place) if error.place else None
        raise RefusedError(
            "broken", f"is no Avro schema: it {error.sentence}", line=line
        ) from error


class _Declared:
    """The named types of a catalog's files, looked for when a name is asked for."""

    def __init__(self, root: Path, home: str) -> None:
        self._root = root
        self._home = home

    def find(self, name: str) -> Any:
        """The JSON that declares a full name, or None."""
        return self._beside.get(name) or self._anywhere.get(name)

    @cached_property
    def _beside(self) -> Mapping[str, Any]:
        return self._named(files_below(self._home, SUFFIXES, deep=False))

    @cached_property
    def _anywhere(self) -> Mapping[str, Any]:
        return self._named(files_below(self._root.as_posix(), SUFFIXES))

    def _named(self, paths: Iterator[str]) -> Mapping[str, Any]:
        found: dict[str, Any] = {}
        for path in paths:
            try:
                content = read_schema_file(self._root, path).content
            except RefusedError:
                continue  # whoever names that file is told of it
            for name, declaration in _declarations(content):
                found.setdefault(name, declaration)
        return found


def _declarations(content: Any) -> Iterator[tuple[str, Any]]:
    """The types that a file declares at its top; of a list, each of them."""
    for one in content if isinstance(content, list) else [content]:
        if isinstance(one, dict) and isinstance(one.get("name"), str):
            space = one.get("namespace")
            name = one["name"]
            yield (f"{space}.{name}" if isinstance(space, str) and "." not in name else name), one
