"""The page in front is not of the latest version.

The page that lies in the resource's own folder is what readers take for the latest version, and so
do EventCatalog's SDK and its lists. Its diagrams, and every reference without a version, go by the
number instead, and mean another page, which lies below `versioned`. So the two disagree on who
sends and receives what.

Mend it by swapping the pages, or by raising the version of the one in front:

    events/OrderPlaced/index.mdx                      version: 2.0.0
    events/OrderPlaced/versioned/1.0.0/index.mdx      version: 1.0.0
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.catalog.layout import is_old_copy
from eventproof.catalog.resources import Resource
from eventproof.catalog.versions import parse, same_version
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT113", "older-version-in-front", Severity.WARNING, __doc__)


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each resource whose own folder holds none of its latest version."""
    fronts: dict[tuple[str, str], list[Resource]] = {}
    for resource in catalog.resources:
        if resource.version and not is_old_copy(catalog.parts(resource)):
            fronts.setdefault((resource.type, resource.id), []).append(resource)
    for (type_, id_), front in fronts.items():
        latest = catalog.find(id_, types=(type_,))
        if latest is None or any(same_version(one.version, latest.version) for one in front):
            continue
        # A prerelease in front is meant so, and a word tells nothing about its age.
        if all(_is_release(one) for one in (*front, latest)):
            yield _finding(catalog, front[0], latest)


def _is_release(resource: Resource) -> bool:
    number = parse(resource.version)
    return number is not None and not number.prerelease


def _finding(catalog: Catalog, front: Resource, latest: Resource) -> Finding:
    return RULE.finding(
        f"{front} is the page in front, but {latest.version} is the latest version by number.",
        location=catalog.locate(front, ("version",)),
        resource=front.ref,
        about=str(latest.version),
        details=[f"It lies in {latest.file}."],
    )
