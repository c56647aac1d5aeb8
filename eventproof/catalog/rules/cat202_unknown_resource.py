"""A reference names a resource that the catalog does not have.

Whoever follows it finds nothing: EventCatalog leaves the message, channel or data store out
without a word, and so the service seems not to send or receive it.
In a superseded version of a resource, or where an event of the old format names its producers and
consumers, it is a warning.

Mend it by correcting the id, or by describing what is missing in a page of its own:

    - id: OrderPlaced      as it stands in events/OrderPlaced/index.mdx
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.catalog.references import Reference
from eventproof.catalog.resources import Resource
from eventproof.catalog.rules.wording import one_of
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT202", "unknown-resource", Severity.ERROR, __doc__)


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each reference to an id that nothing of a fitting type has."""
    for one in catalog.dangling:
        if one.resolution.status == "unknown-id":
            yield _finding(catalog, one.resource, one.reference)


def _finding(catalog: Catalog, resource: Resource, reference: Reference) -> Finding:
    is_mild = reference.is_legacy or catalog.is_superseded(resource)
    return RULE.finding(
        f"{resource} {reference.verb} {reference.pointer.id},"
        f" and the catalog has no {reference.noun.replace('-', ' ')} of that id.",
        location=catalog.locate(resource, (*reference.pointer.path, "id")),
        resource=resource.ref,
        about=reference.about,
        details=_hints(catalog, reference),
        severity=Severity.WARNING if is_mild else None,
    )


def _hints(catalog: Catalog, reference: Reference) -> Iterator[str]:
    """Return what the reference may have meant: another type, a broken page, a similar id."""
    id_ = reference.pointer.id
    others = catalog.versions(id_)
    if others:
        yield f"{id_} is {one_of(others[0].type)}: {others[0].file}."
        return
    if id_ in catalog.unread:
        yield f"{catalog.unread[id_]} may describe it, and is broken."
        return
    meant = catalog.likely(id_, reference.types)
    if meant:
        yield f"Did you mean {meant}?"
