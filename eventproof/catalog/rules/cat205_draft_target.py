"""A resource relies on another that is a draft.

A draft is announced and may still change; what is built on it today may have to be built again.
Nothing is said of resources that are drafts or superseded themselves.

Mend it by taking the notice away, once the draft is settled:

    draft: true      no longer there
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.catalog.references import references
from eventproof.catalog.resolution import resolve
from eventproof.catalog.topology import is_draft
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT205", "draft-target", Severity.INFO, __doc__)


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each reference in use whose target is a draft."""
    if not any(is_draft(resource) for resource in catalog.resources):
        return
    for resource in catalog.resources:
        if is_draft(resource) or catalog.is_superseded(resource):
            continue
        for reference in references(resource):
            target = resolve(catalog, reference.pointer, reference.types).resource
            # Whoever sends a draft is about to make it true.
            is_user = reference.is_use and reference.relation not in ("sends", "triggers")
            if is_user and target is not None and is_draft(target):
                yield RULE.finding(
                    f"{resource} {reference.verb} {target}, which is a draft.",
                    location=catalog.locate(resource, reference.pointer.path),
                    resource=resource.ref,
                    about=reference.about,
                )
