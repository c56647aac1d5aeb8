"""`.proto` files as documents of JSON Schema with their descriptors in them.

Those that a catalog's pages name are compiled together, once, from a copy: the compiler follows
links and reads whatever an import names, and nothing outside the catalog may be read.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventproof.contracts.dialects import declared_as
from eventproof.contracts.named_schemas import NamedSchema, chosen, named_schemas
from eventproof.contracts.protobuf import (
    ProtobufError,
    ProtobufSchema,
    ProtoFile,
    as_json_schema,
    compile_files,
    compiled,
)
from eventproof.contracts.schema_files import (
    RefusedError,
    SchemaFile,
    files_below,
    inside,
    read_text,
)

if TYPE_CHECKING:
    from eventproof.catalog import Catalog, Resource

PROTO = ".proto"
_TOO_DEEP = "nests its messages too deep"


def read_proto(path: str) -> dict[str, Any]:
    """Compile one file; imports are found in its folder and below.

    Raises `RefusedError` with the line for what is no text, does not compile, or has no message
    that is plainly the contract.
    """
    read_text(path)  # for its limits: the compiler reads the file itself
    file = Path(path)
    try:
        return _document(compiled(file.parent, file.name))
    except ProtobufError as error:
        raise RefusedError("protobuf", error.sentence, line=error.line) from error
    except RecursionError:
        raise RefusedError("protobuf", _TOO_DEEP) from None


class ProtoFiles:
    """The Protobuf schemas of a catalog's messages, compiled when the first is asked for."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def read(self, message: Resource, named: NamedSchema) -> SchemaFile:
        """Return a file whose content is the document of the message that is the contract.

        Raises `RefusedError`: `missing`, `broken`, or `unclear` which message it is.
        """
        path = inside(self._catalog.root, message.folder, named.file)
        text = read_text(path)
        made = self._compiled[path]
        if isinstance(made, ProtobufError):
            raise RefusedError("broken", made.sentence, line=made.line)
        try:
            document = _document(made.contract(message.id))
        except ProtobufError as error:
            raise RefusedError("unclear", error.sentence) from error
        except RecursionError:
            raise RefusedError("broken", _TOO_DEEP) from None
        return SchemaFile(self._below(path), text, document)

    @cached_property
    def _compiled(self) -> Mapping[str, ProtoFile | ProtobufError]:
        root, named = self._catalog.root, self._named()
        with tempfile.TemporaryDirectory() as scratch:
            for path in {*files_below(root.as_posix(), (PROTO,)), *named}:
                _copy(path, Path(scratch) / self._below(path))
            made = compile_files(Path(scratch), [self._below(path) for path in named])
        return dict(zip(named, made, strict=True))

    def _named(self) -> list[str]:
        """The files that become contracts, by their paths."""
        return sorted({path for one in self._catalog.messages for path in self._paths(one)})

    def _paths(self, message: Resource) -> Iterable[str]:
        named = chosen(named_schemas(self._catalog, message))
        if named is not None and named.kind == "Protobuf":
            try:
                yield inside(self._catalog.root, message.folder, named.file)
            except RefusedError:
                return  # said where the message is read

    def _below(self, path: str) -> str:
        return Path(path).relative_to(self._catalog.root).as_posix()


def _document(schema: ProtobufSchema) -> dict[str, Any]:
    return declared_as(as_json_schema(schema), "2020-12")


def _copy(path: str, to: Path) -> None:
    try:
        text = read_text(path)
    except RefusedError:
        return  # said where it is read as a contract, or by the compiler as an import
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(text.encode())
