"""Where a message's schema comes from: the file its page names, made self-contained."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

from eventproof.contracts.avro_files import as_document, read_avro
from eventproof.contracts.dialects import declared_dialect, dialect_of, upgrade
from eventproof.contracts.keywords import Path as SchemaPath
from eventproof.contracts.keywords import Schema, pointer
from eventproof.contracts.named_schemas import NamedSchema, chosen, named_schemas
from eventproof.contracts.other_formats import read_other
from eventproof.contracts.protobuf import INSTALL, is_installed
from eventproof.contracts.protobuf_files import ProtoFiles
from eventproof.contracts.references import NotReadableError, bundled
from eventproof.contracts.rules import (
    con101_broken_schema,
    con102_unsupported_schema_format,
    con103_missing_schema_file,
    con104_unresolved_ref,
)
from eventproof.contracts.schema_contents import not_a_schema, other_format
from eventproof.contracts.schema_files import (
    RefusedError,
    SchemaFile,
    inside,
    is_plain_name,
    is_yaml,
    line_of,
    parsed,
    read_schema_file,
)
from eventproof.findings import Finding, Location, Severity

if TYPE_CHECKING:
    from eventproof.catalog import Catalog, Resource

_RULES = {
    "missing": con103_missing_schema_file.RULE,
    "broken": con101_broken_schema.RULE,
    "unclear": con101_broken_schema.RULE,
}


@dataclass(frozen=True, slots=True)
class Source:
    """What a message's own schema file says."""

    document: Callable[[], dict[str, Any]]
    """Makes the schema: draft 2020-12, with every file that it refers to inside it. Most commands
    look at few of a catalog's schemas, and texts take far less memory than what they say."""
    shown: str
    """The file, as the user would type it."""
    origin: str
    """The file relative to the catalog's root."""
    digest: str
    """SHA-256 of the file's text, in hexadecimal."""
    provenance: Literal["declared", "converted"] = "declared"
    """Converted where the file is in a native format, such as Avro."""


def source_of(
    catalog: Catalog, message: Resource, protos: ProtoFiles
) -> tuple[Source | None, tuple[Finding, ...]]:
    """Return the schema that a message's page names, and what is wrong with it.

    `schemas` wins over `schemaPath`, and in it the first file that is a JSON Schema, then the
    first Avro schema, then the first Protobuf file. In catalogs of version 1, where pages name
    none, `schema.json` beside the page is it.
    """
    named = named_schemas(catalog, message)
    used = chosen(named)
    if used is not None and used.kind == "Protobuf" and not is_installed():
        used = None
    source, findings = _read(catalog, message, used, protos) if used else (None, ())
    others = [
        finding
        for one in named
        if one != used
        for finding in _other(catalog, message, one, protos)
    ]
    if not used and named and not others:
        others.append(_unread(catalog, message, named[0]))
    return source, (*findings, *others)


def _unread(catalog: Catalog, message: Resource, named: NamedSchema) -> Finding:
    if named.kind == "Protobuf":
        return _unsupported(catalog, message, named, f"Protobuf, read with `{INSTALL}` only")
    return _unsupported(catalog, message, named, f"{named.shown_format}, which is not read yet")


def _other(
    catalog: Catalog, message: Resource, named: NamedSchema, protos: ProtoFiles
) -> tuple[Finding, ...]:
    """Say what is wrong with a schema that is named and not used for the contract."""
    if named.kind in ("JSON Schema", "Avro"):
        return _read(catalog, message, named, protos)[1]
    try:
        read_other(catalog, message, named)
    except RefusedError as refusal:
        return (_refused(catalog, message, named, refusal),)
    return ()


def _read(
    catalog: Catalog, message: Resource, named: NamedSchema, protos: ProtoFiles
) -> tuple[Source | None, tuple[Finding, ...]]:
    if named.kind == "JSON Schema":
        return _load(catalog, message, named)
    try:
        if named.kind == "Avro":
            file = read_avro(catalog.root, message.folder, named.file)
        else:
            file = protos.read(message, named)
    except RefusedError as refusal:
        return None, (_refused(catalog, message, named, refusal),)
    return _converted(file, _shown(message, named.file)), ()


def _converted(file: SchemaFile, shown: str) -> Source:
    return replace(_source(file, shown, lambda: file.content), provenance="converted")


def _load(
    catalog: Catalog, message: Resource, named: NamedSchema
) -> tuple[Source | None, tuple[Finding, ...]]:
    shown = _shown(message, named.file)
    try:
        file = read_schema_file(catalog.root, inside(catalog.root, message.folder, named.file))
        other = other_format(file.content)
        if other == "Avro":
            return _converted(as_document(catalog.root, file), shown), ()
    except RefusedError as refusal:
        return None, (_refused(catalog, message, named, refusal),)
    if other:
        return None, (_unsupported(catalog, message, named, f"{other}, which is not read yet"),)
    problem = not_a_schema(file.content, may_have_patterns=file.may_say('"pattern'))
    if problem:
        place, why = problem
        return None, (_broken(message, shown, file, place, why),)
    if file.may_say('Ref"', '$ref"'):
        return _bundle(catalog, message, file, shown)
    return _source(file, shown, partial(_upgraded, file.name, file.text)), tuple(
        _assumed(message, shown, file)
    )


def _source(file: SchemaFile, shown: str, document: Callable[[], dict[str, Any]]) -> Source:
    digest = hashlib.sha256(file.text.encode()).hexdigest()
    return Source(document, shown, file.name, digest)


def _upgraded(name: str, text: str) -> dict[str, Any]:
    """Return the schema of a text that was parsed before, and was well."""
    return upgrade(parsed(text, yaml=is_yaml(name)))


def _bundle(
    catalog: Catalog, message: Resource, file: SchemaFile, shown: str
) -> tuple[Source | None, tuple[Finding, ...]]:
    def read(name: str, relative: str) -> tuple[str, Schema]:
        folder = (catalog.root / name).parent
        try:
            path = inside(catalog.root, folder.as_posix(), relative)
            other = read_schema_file(catalog.root, path)
        except RefusedError as refusal:
            raise NotReadableError(f"the file {refusal.sentence}") from refusal
        if not_a_schema(other.content):
            raise NotReadableError("the file is no JSON Schema")
        return other.name, other.content

    schema, missing = bundled(upgrade(file.content), file.name, read)
    if not missing:
        return _source(file, shown, lambda: schema), tuple(_assumed(message, shown, file))
    findings = [
        con104_unresolved_ref.RULE.finding(
            f"{message}: the reference {entry.reference!r} leads nowhere: {entry.why}.",
            location=Location(shown, line_of(file.text, (*entry.path, "$ref"))),
            resource=message.ref,
            about=entry.reference,
            details=(f"JSON pointer: {pointer(entry.path) or 'the root'}.",),
        )
        for entry in missing
    ]
    return None, tuple(findings)


def _assumed(message: Resource, shown: str, file: SchemaFile) -> Iterator[Finding]:
    content = file.content
    named = content.get("$schema") if isinstance(content, dict) else None
    if named is not None and declared_dialect(content) is None:
        yield con101_broken_schema.RULE.finding(
            f"{message}: {named!r} is no draft of JSON Schema that is known; "
            f"the schema is read as {dialect_of(content)}.",
            location=Location(shown, line_of(file.text, ("$schema",))),
            resource=message.ref,
            about="$schema",
            severity=Severity.WARNING,
        )


def _shown(message: Resource, file: str) -> str:
    """Return the schema's path as the user would type it, without `./` and `folder/..`."""
    if is_plain_name(file):
        return message.file[: message.file.rfind("/") + 1] + file
    parts: list[str] = []
    for part in (PurePosixPath(message.file).parent / file).parts:
        if part == ".." and parts and parts[-1] not in ("..", "/"):
            parts.pop()
        else:
            parts.append(part)
    return PurePosixPath(*parts).as_posix()


def _refused(
    catalog: Catalog, message: Resource, named: NamedSchema, refusal: RefusedError
) -> Finding:
    broken = refusal.kind != "missing"
    place = (
        Location(_shown(message, named.file), refusal.line, refusal.column)
        if broken
        else catalog.locate(message, named.path)
    )
    return _RULES[refusal.kind].finding(
        f"{message}: {named.file} {refusal.sentence}.",
        location=place,
        resource=message.ref,
        about=named.file,
        details=() if broken else _beside(message.path.parent, named.file),
        severity=Severity.WARNING if refusal.kind == "unclear" else None,
    )


def _beside(folder: Path, file: str) -> tuple[str, ...]:
    """Say what lies where the file should: most often its name is misspelt."""
    wanted = PurePosixPath(file)
    try:
        names = [p.name for p in folder.iterdir() if p.suffix == wanted.suffix and p.is_file()]
    except OSError:
        return ()
    return (f"Beside the page there is {', '.join(sorted(names)[:5])}.",) if names else ()


def _broken(
    message: Resource, shown: str, file: SchemaFile, place: SchemaPath, why: str
) -> Finding:
    where = pointer(place)
    sentence = f"{message}: {PurePosixPath(shown).name} is no JSON Schema"
    return con101_broken_schema.RULE.finding(
        f"{sentence}: {where + ': ' if where else ''}{why}.",
        location=Location(shown, line_of(file.text, place)),
        resource=message.ref,
        about=where,
    )


def _unsupported(catalog: Catalog, message: Resource, named: NamedSchema, what: str) -> Finding:
    return con102_unsupported_schema_format.RULE.finding(
        f"{message}: {named.file} is {what}.",
        location=catalog.locate(message, named.path),
        resource=message.ref,
        about=named.file,
    )
