"""The contract of a message version: one JSON Schema document, and where it comes from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from eventproof.contracts.dialects import LATEST
from eventproof.contracts.keywords import Schema, relocated, walk
from eventproof.contracts.prose import Broken, examples, inferred
from eventproof.contracts.rules import con101_broken_schema
from eventproof.contracts.sources import Source, source_of
from eventproof.contracts.specifications import Specification, specifications_of
from eventproof.findings import Finding, Location, ResourceRef, Severity

if TYPE_CHECKING:
    from eventproof.catalog import Catalog, Resource

Provenance = Literal["declared", "converted", "inferred"]
"""`declared`: the team's JSON Schema, of any draft. `converted`: from another format.
`inferred`: from a payload example in the page's prose."""


@dataclass(frozen=True, slots=True)
class Contract:
    """What the payload of one message version looks like."""

    message: ResourceRef
    name: str
    schema: dict[str, Any] = field(repr=False)
    """Draft 2020-12, self-contained. For a query that declares both, the request."""
    response: dict[str, Any] | None = field(repr=False)
    """The answer to a query, where its schema has the properties `request` and `response`."""
    provenance: Provenance
    source: str
    """The file that it comes from, as the user would type it."""
    producers: tuple[str, ...]
    """Ids of the participants that send this version."""
    consumers: tuple[str, ...]
    """Ids of the participants that receive this version."""
    owners: tuple[str, ...]
    origin: str = ""
    """The source relative to the catalog's root: the same for everybody who builds it."""
    digest: str = ""
    """SHA-256 of what it was made from: the schema file's text, or the payload examples."""


@dataclass(frozen=True)  # no slots: the specifications are read once, when first asked for
class Contracts:
    """The contracts of a catalog, and what was wrong with their sources."""

    contracts: tuple[Contract, ...]
    """Sorted by id, and then by version, lowest first."""
    problems: tuple[Finding, ...] = ()
    catalog: Catalog | None = field(default=None, repr=False, compare=False)
    """What they were built from."""

    @cached_property
    def specifications(self) -> tuple[Specification, ...]:
        """The OpenAPI and AsyncAPI documents that the catalog's pages name."""
        return specifications_of(self.catalog) if self.catalog else ()

    def find(self, id: str, version: str | None = None) -> Contract | None:  # noqa: A002 - the field's own name
        """Return the contract of a message; of its highest version where none is given."""
        known = [c for c in self.contracts if c.message.id == id]
        if version is not None:
            known = [c for c in known if c.message.version == version]
        return known[-1] if known else None


def build(catalog: Catalog) -> Contracts:
    """Return the contract of every message version that has a schema or a payload example.

    Never raises on what the catalog holds: what cannot be used is a finding of the result.
    """
    from eventproof.catalog import sort_key

    found: dict[tuple[str, str, str | None], Contract] = {}
    problems: list[Finding] = []
    for message in catalog.messages:
        if (message.type, message.id, message.version) in found:
            continue  # the same resource twice is the catalog's own finding
        source, findings = source_of(catalog, message)
        problems.extend(findings)
        contract = _declared(catalog, message, source) if source else None
        if contract is None:
            contract, findings = _from_prose(catalog, message)
            problems.extend(findings)
        if contract is not None:
            found[message.type, message.id, message.version] = contract
    ordered = sorted(
        found.values(), key=lambda c: (c.message.id, sort_key(c.message.version), c.message.type)
    )
    return Contracts(tuple(ordered), tuple(sorted(problems, key=lambda f: f.sort_key)), catalog)


def _declared(catalog: Catalog, message: Resource, source: Source) -> Contract:
    request, response = _parts(message, source.schema)
    return _contract(catalog, message, source, (request, response), "declared")


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
    source = Source(schema, message.file, origin, digest)
    return _contract(catalog, message, source, (schema, None), "inferred"), findings


def _below(root: Path, path: Path) -> str:
    """Return the path relative to the catalog, however the user typed it."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def _contract(
    catalog: Catalog,
    message: Resource,
    source: Source,
    parts: tuple[dict[str, Any], dict[str, Any] | None],
    provenance: Provenance,
) -> Contract:
    from eventproof.catalog import consumers, producers

    schema, response = parts
    return Contract(
        message=message.ref,
        name=message.name,
        schema=_document(message, schema),
        response=_document(message, response, part="response") if response else None,
        provenance=provenance,
        source=source.shown,
        producers=_ids(producers(catalog, message)),
        consumers=_ids(consumers(catalog, message)),
        owners=message.owners,
        origin=source.origin,
        digest=source.digest,
    )


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
