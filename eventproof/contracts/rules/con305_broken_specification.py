"""An OpenAPI or AsyncAPI document that a page names cannot be read.

It is not valid JSON or YAML, or says neither `openapi` nor `asyncapi` at its top: no tool can use
it, and EventCatalog shows an empty page. A document that is too large or too deep to be read
safely (2 MiB, 64 levels, 100 YAML aliases), and one of the other kind than the page says, are
warnings. GraphQL is not looked at.

Mend it at the line given:

    openapi: 3.1.0
    paths:
      /orders: {get: {operationId: GetOrders}
                                             ^ a brace is missing
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.findings import Finding, Location, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog import Catalog
    from eventproof.contracts.contract import Contracts
    from eventproof.contracts.schema_files import RefusedError
    from eventproof.contracts.specifications import Specification

RULE = Rule("CON305", "broken-specification", Severity.ERROR, __doc__)

_SPELLED = {"asyncapi": "AsyncAPI", "openapi": "OpenAPI"}


def check(catalog: Catalog, contracts: Contracts) -> Iterator[Finding]:
    """One finding for each document that is no specification, or not the one it should be."""
    for document in contracts.specifications:
        if document.trouble is not None:
            yield _broken(catalog, document, document.trouble)
        elif document.kind != document.named:
            yield RULE.finding(
                f"{document.owner}: {document.file} is {_SPELLED[document.kind]}, and the page"
                f" says that it is {_SPELLED[document.named]}.",
                location=catalog.locate(document.owner, document.place),
                resource=document.owner.ref,
                about=document.file,
                severity=Severity.WARNING,
            )


def _broken(catalog: Catalog, document: Specification, trouble: RefusedError) -> Finding:
    # What does not parse has a place; a limit of ours, or an old version's file, is milder.
    is_mild = trouble.is_limit or catalog.is_superseded(document.owner)
    return RULE.finding(
        f"{document.owner}: {document.file} {trouble.sentence}.",
        location=Location(document.shown, trouble.line or 1, trouble.column),
        resource=document.owner.ref,
        about=document.file,
        severity=Severity.WARNING if is_mild else None,
    )
