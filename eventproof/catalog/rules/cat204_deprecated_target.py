"""A resource relies on another that is deprecated.

What is deprecated will go. Whoever still receives it, stores in it or steps through it learns of
that here rather than on the day it is gone; that somebody still sends it is only worth knowing.
Said of the version that the reference means; nothing is said of resources that are deprecated or
superseded themselves.

Mend it by going over to what the notice of the deprecated resource names:

    deprecated:
      message: Use OrderPlaced 2.0.0.
      date: 2026-05-01
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.catalog.references import Reference, references
from eventproof.catalog.resolution import resolve
from eventproof.catalog.resources import Resource
from eventproof.catalog.topology import is_deprecated
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT204", "deprecated-target", Severity.WARNING, __doc__)


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each reference in use whose target is deprecated."""
    if not any(is_deprecated(resource) for resource in catalog.resources):
        return
    for resource in catalog.resources:
        if is_deprecated(resource) or catalog.is_superseded(resource):
            continue
        for reference in references(resource):
            target = resolve(catalog, reference.pointer, reference.types).resource
            if reference.is_use and target is not None and is_deprecated(target):
                yield _finding(catalog, resource, reference, target)


def _finding(
    catalog: Catalog, resource: Resource, reference: Reference, target: Resource
) -> Finding:
    return RULE.finding(
        f"{resource} {reference.verb} {target}, which is deprecated.",
        location=catalog.locate(resource, reference.pointer.path),
        resource=resource.ref,
        about=reference.about,
        details=_details(catalog, target),
        severity=Severity.INFO if reference.relation in ("sends", "triggers") else None,
    )


def _details(catalog: Catalog, target: Resource) -> Iterator[str]:
    notice = target.frontmatter.get("deprecated")
    if isinstance(notice, dict) and notice.get("date"):
        # YAML may have read more of a date than was written: a time of day, a time zone.
        yield f"It ends on {str(notice['date'])[:10]}."
    later = catalog.find(target.id, types=(target.type,))
    if later is not None and later.key != target.key and not is_deprecated(later):
        yield f"{later} is not."
