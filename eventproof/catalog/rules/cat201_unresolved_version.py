"""A reference names a version that its target does not have.

The target exists, that version of it does not. EventCatalog then draws no edge, so a consumer
vanishes from the graph, and nobody who changes the message will know of it.
In a superseded version of a resource it is a warning, since that version runs no more; so it is in
a decision record, which speaks of what there was when it was written.

Mend it by naming a version that exists, or a range that follows compatible ones:

    - id: OrderPlaced
      version: ^1.0.0
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.catalog.references import Reference
from eventproof.catalog.resolution import Resolution
from eventproof.catalog.resources import Resource
from eventproof.catalog.rules import cat301_stale_consumer_pin
from eventproof.catalog.rules.wording import counted, listed
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT201", "unresolved-version", Severity.ERROR, __doc__)


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each reference to an existing id in a version that does not exist."""
    stale = cat301_stale_consumer_pin.stale_pins(catalog)
    for one in catalog.dangling:
        said_already = (one.resource.key, one.reference.pointer.path) in stale
        if one.resolution.status == "unresolved-version" and not said_already:
            yield _finding(catalog, one.resource, one.reference, one.resolution)


def _finding(
    catalog: Catalog, resource: Resource, reference: Reference, resolution: Resolution
) -> Finding:
    pointer = reference.pointer
    existing = [
        candidate.version or "one without a version" for candidate in resolution.candidates
    ]
    superseded = catalog.is_superseded(resource)
    # A decision was made about what there was then.
    is_mild = superseded or resource.type == "adr"
    return RULE.finding(
        f"{resource} {reference.verb} {pointer}, but the catalog has only"
        f" {listed(counted(existing, limit=5))}.",
        location=catalog.locate(resource, (*pointer.path, "version")),
        resource=resource.ref,
        about=reference.about,
        details=[f"{resource} is superseded by a later version."] if superseded else (),
        severity=Severity.WARNING if is_mild else None,
    )
