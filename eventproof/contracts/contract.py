"""The contract of a message version: one JSON Schema document, and where it comes from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from eventproof.contracts.dialects import LATEST
from eventproof.contracts.documented import Described, Descriptions
from eventproof.contracts.keywords import Schema, relocated, walk
from eventproof.contracts.prose import Broken, examples, inferred
from eventproof.contracts.protobuf_files import ProtoFiles
from eventproof.contracts.rules import con101_broken_schema
from eventproof.contracts.sources import Source, source_of
from eventproof.contracts.specifications import Specification, Specifications
from eventproof.findings import Finding, Location, ResourceRef, Severity

if TYPE_CHECKING:
    from eventproof.catalog import Catalog, Resource

Provenance = Literal["declared", "converted", "inferred"]
"""`declared`: the team's JSON Schema, of any draft. `converted`: from another format.
`inferred`: from a payload example in the page's prose."""


Documents = tuple[dict[str, Any], dict[str, Any] | None]
"""A contract's schema, and that of the answer if it has one of its own."""

Parties = tuple[tuple[str, ...], tuple[str, ...]]
"""Ids of who sends a message version, and of who receives it."""


@dataclass(frozen=True)  # no slots: what most commands do not ask for is made once, when asked
class Contract:
    """What the payload of one message version looks like."""

    message: ResourceRef
    name: str
    documents: Callable[[], Documents] = field(repr=False, compare=False)
    """Makes `schema` and `response`."""
    provenance: Provenance
    source: str
    """The file that it comes from, as the user would type it."""
    parties: Callable[[], Parties] = field(repr=False, compare=False)
    """Makes `producers` and `consumers`."""
    owners: tuple[str, ...]
    origin: str = ""
    """The source relative to the catalog's root: the same for everybody who builds it."""
    digest: str = ""
    """SHA-256 of what it was made from: the file's text, or the payload examples."""
    pointer: str = ""
    """Where in the source it stands (JSON pointer), where that holds more than this contract."""

    @property
    def schema(self) -> dict[str, Any]:
        """Draft 2020-12, self-contained. For a query that declares both, the request."""
        return self._documents[0]

    @property
    def response(self) -> dict[str, Any] | None:
        """The answer to a query, where its schema has the properties `request` and `response`."""
        return self._documents[1] if self.message.type == "query" else None

    @property
    def producers(self) -> tuple[str, ...]:
        """Ids of the participants that send this version."""
        return self._parties[0]

    @property
    def consumers(self) -> tuple[str, ...]:
        """Ids of the participants that receive this version."""
        return self._parties[1]

    @cached_property
    def _documents(self) -> Documents:
        return self.documents()

    @cached_property
    def _parties(self) -> Parties:
        return self.parties()


@dataclass(frozen=True)  # no slots: the specifications are read once, when first asked for
class Contracts:
    """The contracts of a catalog, and what was wrong with their sources."""

    contracts: tuple[Contract, ...]
    """Sorted by id, and then by version, lowest first."""
    problems: tuple[Finding, ...] = ()
    catalog: Catalog | None = field(default=None, repr=False, compare=False)
    """What they were built from."""
    documents: Specifications | None = field(default=None, repr=False, compare=False)

    @cached_property
    def specifications(self) -> tuple[Specification, ...]:
        """The OpenAPI and AsyncAPI documents that the catalog's pages name."""
        return self.documents.all if self.documents else ()

    def find(self, id: str, version: str | None = None) -> Contract | None:  # noqa: A002 - the field's own name
        """Return the contract of a message; of its highest version where none is given."""
        known = [c for c in self.contracts if c.message.id == id]
        if version is not None:
            known = [c for c in known if c.message.version == version]
        return known[-1] if known else None


def build(catalog: Catalog) -> Contracts:
    """Return the contract of every message version that has a schema or a payload example.

    Its own schema goes before what a document of its services says of it, and that before an
    example. Never raises on what the catalog holds: what cannot be used is a finding.
    """
    from eventproof.catalog import sort_key

    found: dict[tuple[str, str, str | None], Contract] = {}
    problems: list[Finding] = []
    specifications = Specifications(catalog)
    descriptions = Descriptions(catalog, specifications)
    protos = ProtoFiles(catalog)
    for message in catalog.messages:
        if (message.type, message.id, message.version) in found:
            continue  # the same resource twice is the catalog's own finding
        source, findings = source_of(catalog, message, protos)
        problems.extend(findings)
        contract = _contract(catalog, message, source, source.provenance) if source else None
        if contract is None:
            contract, findings = _from_documents(descriptions, message)
            problems.extend(findings)
        if contract is None:
            contract, findings = _from_prose(catalog, message)
            problems.extend(findings)
        if contract is not None:
            found[message.type, message.id, message.version] = contract
    ordered = sorted(
        found.values(), key=lambda c: (c.message.id, sort_key(c.message.version), c.message.type)
    )
    troubles = tuple(sorted(problems, key=lambda f: f.sort_key))
    return Contracts(tuple(ordered), troubles, catalog, specifications)


def _from_documents(
    descriptions: Descriptions, message: Resource
) -> tuple[Contract | None, tuple[Finding, ...]]:
    described, findings = descriptions.of(message)
    if described is None:
        return None, findings
    made = _contract(descriptions.catalog, message, described.request, "converted")
    documents = partial(_described, message, described)
    return replace(made, documents=documents, pointer=described.pointer), findings


def _described(message: Resource, described: Described) -> Documents:
    answer = described.response
    response = _document(message, answer, part="response") if answer is not None else None
    return _document(message, described.request.document()), response


def _from_prose(
    catalog: Catalog, message: Resource
) -> tuple[Contract | None, tuple[Finding, ...]]:
    shown, broken = examples(message.body)
    findings = tuple(_broken_example(message, block) for block in broken)
    if not shown:
        return None, findings
    payloads = [example.payload for example in shown]
    origin = _below(catalog.root, message.path)
    marks = {"provenance": "inferred", "examples": len(shown), "source": origin}
    schema = {**inferred(payloads), "x-eventproof": marks}
    digest = hashlib.sha256(json.dumps(payloads).encode()).hexdigest()
    source = Source(lambda: schema, message.file, origin, digest)
    return _contract(catalog, message, source, "inferred"), findings


def _below(root: Path, path: Path) -> str:
    """Return the path relative to the catalog, however the user typed it."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def _contract(
    catalog: Catalog, message: Resource, source: Source, provenance: Provenance
) -> Contract:
    return Contract(
        message=message.ref,
        name=message.name,
        documents=partial(_documents, message, source, provenance),
        provenance=provenance,
        source=source.shown,
        parties=partial(_parties, catalog, message),
        owners=message.owners,
        origin=source.origin,
        digest=source.digest,
    )


def _documents(message: Resource, source: Source, provenance: Provenance) -> Documents:
    whole = source.document()
    schema, response = (whole, None) if provenance == "inferred" else _parts(message, whole)
    answer = _document(message, response, part="response") if response else None
    return _document(message, schema), answer


def _parties(catalog: Catalog, message: Resource) -> Parties:
    from eventproof.catalog import consumers, producers

    return _ids(producers(catalog, message)), _ids(consumers(catalog, message))


def _ids(links: tuple[tuple[Resource, Any], ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(participant.id for participant, _ in links))


def _document(
    message: Resource, schema: dict[str, Any], part: str | None = None
) -> dict[str, Any]:
    """Return the schema under eventproof's own name, in the order that people read it."""
    names = (message.type, message.id, message.version or "", *([part] if part else []))
    identity = ":".join(quote(name, safe="") for name in names)
    body = {k: v for k, v in schema.items() if k not in ("$schema", "$id")}
    title = body.pop("title", None) or message.name
    return {"$schema": LATEST, "$id": f"urn:eventproof:{identity}", "title": title, **body}


def _parts(
    message: Resource, schema: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return the request and the response of a query whose schema describes both."""
    properties = schema.get("properties")
    names = set(properties) if isinstance(properties, dict) else set()
    if message.type != "query" or "request" not in names or names - {"request", "response"}:
        return schema, None
    response = _part(schema, "response") if "response" in names else None
    return _part(schema, "request"), response


def _part(schema: dict[str, Any], name: str) -> dict[str, Any]:
    """One property's schema as a document of its own, with the definitions that it uses."""
    part = schema["properties"][name]
    body: dict[str, Any] = part if isinstance(part, dict) else ({} if part else {"not": {}})
    references = list(_references(body))
    if not references:
        return body
    definitions = schema.get("$defs", {})
    references += [r for sub in definitions.values() for r in _references(sub)]
    if all(reference.startswith("#/$defs/") for reference in references):
        return {**body, "$defs": {**definitions, **body.get("$defs", {})}}
    # A reference to somewhere else in the document: keep the document, and point into it.
    moved = relocated(body, "#/$defs/document")
    assert isinstance(moved, dict)
    return {**moved, "$defs": {"document": relocated(schema, "#/$defs/document")}}


def _references(schema: Schema) -> Iterator[str]:
    for _, sub in walk(schema):
        if isinstance(sub, dict) and isinstance(sub.get("$ref"), str):
            yield sub["$ref"]


def _broken_example(message: Resource, block: Broken) -> Finding:
    return con101_broken_schema.RULE.finding(
        f"{message}: the payload example in its page is no JSON: {block.why}.",
        location=Location(message.file),
        resource=message.ref,
        about="example",
        severity=Severity.WARNING,
    )
