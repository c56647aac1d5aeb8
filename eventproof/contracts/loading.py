"""One schema file that a user names on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from eventproof.contracts.avro_files import SUFFIXES, as_document
from eventproof.contracts.dialects import declared_as, dialect_of, upgrade
from eventproof.contracts.keywords import Schema, nodes, pointer
from eventproof.contracts.protobuf_files import PROTO, read_proto
from eventproof.contracts.references import NotReadableError, Unresolved, bundled
from eventproof.contracts.schema_contents import not_a_schema
from eventproof.contracts.schema_files import RefusedError, inside, line_of, read_schema_file
from eventproof.findings import Location, Problem


def _pass_over(_sentence: str) -> None:
    """Nobody asked."""


def load_schema(path: Path | str, *, note: Callable[[str], None] = _pass_over) -> dict[str, Any]:
    """Return a JSON Schema from a JSON or YAML file, with the files that it refers to inside it.

    An Avro schema becomes one, with the native schema under `x-avro`, and a Protobuf message with
    its descriptors under `x-protobuf`.

    Files are followed in the schema's own folder and below. Raises `Problem` for a file that is
    none, in one sentence with the line; references that lead nowhere are left as they are, and
    `note` is given a sentence on each.
    """
    shown = Path(path).as_posix()
    folder = Path(path).absolute().parent.resolve()
    try:
        path_ = inside(folder, folder.as_posix(), Path(path).name)
        if path_.endswith(PROTO):
            return read_proto(path_)
        file = read_schema_file(folder, path_)
        if path_.endswith(SUFFIXES) or _is_avro(file.content):
            content: dict[str, Any] = as_document(folder, file).content
            return content
    except RefusedError as refusal:
        place = Location(shown, refusal.line, refusal.column)
        raise Problem(f"{place} {refusal.sentence}.", hint=_hint(refusal)) from refusal
    problem = not_a_schema(file.content)
    if problem:
        where, why = problem
        place = Location(shown, line_of(file.text, where))
        at = f"{pointer(where)}: " if where else ""
        raise Problem(
            f"{place} is no JSON Schema: {at}{why}.",
            hint="compare reads JSON Schema of draft 4 to 2020-12, as JSON or YAML.",
        )
    schema, missing = _with_files(file.content, file.name, folder)
    for one in missing:
        place = Location(shown, line_of(file.text, (*one.path, "$ref")))
        at = pointer((*one.path, "$ref"))
        note(f"{place} refers to {one.reference!r} at {at}, which leads nowhere: {one.why}.")
    return schema


def _with_files(
    content: Schema, name: str, folder: Path
) -> tuple[dict[str, Any], list[Unresolved]]:
    # Files may be of several drafts, and a document that holds them all is of the newest.
    refers = any(not str(node.get("$ref", "#")).startswith("#") for node in nodes(content))
    schema = upgrade(content) if refers else declared_as(content, dialect_of(content))

    def read(file: str, relative: str) -> tuple[str, Schema]:
        try:
            other = read_schema_file(
                folder, inside(folder, (folder / file).parent.as_posix(), relative)
            )
        except RefusedError as refusal:
            raise NotReadableError(f"the file {refusal.sentence}") from refusal
        if not_a_schema(other.content):
            raise NotReadableError("the file is no JSON Schema")
        return other.name, other.content

    return bundled(schema, name, read)


def _is_avro(content: Any) -> bool:
    return isinstance(content, dict) and content.get("type") == "record" and "fields" in content


def _hint(refusal: RefusedError) -> str:
    if refusal.kind == "missing":
        return "give the path of a JSON Schema file, relative to the current folder."
    if refusal.is_limit:
        return (
            "what is read has bounds, so that no file can exhaust the machine: split the schema."
        )
    if refusal.kind == "protobuf":
        return "a .proto file must compile, and have one message that no other of it uses."
    return "the file must be valid JSON, or YAML if its name ends in .yml or .yaml."
