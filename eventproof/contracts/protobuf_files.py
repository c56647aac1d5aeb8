"""A `.proto` file as a document of JSON Schema with its descriptors in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from eventproof.contracts.dialects import declared_as
from eventproof.contracts.protobuf import ProtobufError, as_json_schema, compiled
from eventproof.contracts.schema_files import RefusedError, read_text

PROTO = ".proto"


def read_proto(path: str) -> dict[str, Any]:
    """Compile one file; imports are found in its folder and below.

    Raises `RefusedError` with the line for what is no text, does not compile, or has no message
    that is plainly the contract.
    """
    read_text(path)  # for its limits: the compiler reads the file itself
    file = Path(path)
    try:
        schema = compiled(file.parent, file.name)
    except ProtobufError as error:
        raise RefusedError("protobuf", error.sentence, line=error.line) from error
    return declared_as(as_json_schema(schema), "2020-12")
