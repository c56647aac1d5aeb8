"""Two files describe the same version of the same resource.

EventCatalog shows one of them and drops the other without a word; which one depends on the order
of files. Mostly a version was copied to `versioned/` and the number of the new one never raised.

Mend it by raising the version of the newer page, or by removing one of the two:

    events/OrderPlaced/index.mdx                    version: 1.1.0
    events/OrderPlaced/versioned/1.0.0/index.mdx    version: 1.0.0
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.catalog.layout import versioned_folder
from eventproof.catalog.resources import Resource
from eventproof.catalog.versions import same_version
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT110", "duplicate-resource", Severity.ERROR, __doc__)


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each file after the first that holds the same resource."""
    same: dict[str, list[Resource]] = defaultdict(list)
    for resource in catalog.resources:
        same[resource.key].append(resource)
    for first, *others in same.values():
        for other in others:
            yield _finding(catalog, first, other)


def _finding(catalog: Catalog, first: Resource, other: Resource) -> Finding:
    return RULE.finding(
        f"The {other.type} {other} is described twice: here and in {first.file}.",
        location=catalog.locate(other, ("version",) if other.version else ("name",)),
        resource=other.ref,
        about=catalog.inside(other.file),
        details=_details(catalog, first, other),
    )


def _details(catalog: Catalog, first: Resource, other: Resource) -> Iterator[str]:
    for copy in (first, other):
        folder = versioned_folder(catalog.parts(copy))
        if folder and not same_version(folder, copy.version):
            yield f"The copy in the folder of version {folder} says it is {copy.version}."
