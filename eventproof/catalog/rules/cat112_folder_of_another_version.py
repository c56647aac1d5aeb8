"""The folder below `versioned` bears another version than the page in it.

EventCatalog goes by the version in the page; people, and the changelogs of EventCatalog, go by the
folder. Mostly the page was copied there and kept, or was given, the number of another version.
Where the same version stands twice, CAT110 says so and this rule is silent.

Mend it so that both say the same:

    events/OrderPlaced/versioned/1.0.0/index.mdx      version: 1.0.0
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.catalog.layout import versioned_folder
from eventproof.catalog.versions import same_version
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog
    from eventproof.catalog.resources import Resource

RULE = Rule("CAT112", "folder-of-another-version", Severity.WARNING, __doc__)


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each page whose folder names a version that it does not have."""
    for resource in catalog.resources:
        if "versioned" not in resource.file:
            continue
        folder = versioned_folder(catalog.parts(resource))
        if folder is None or resource.version is None or same_version(folder, resource.version):
            continue
        if _is_alone(catalog, resource):
            yield RULE.finding(
                f"{resource} lies in the folder of version {folder}.",
                location=catalog.locate(resource, ("version",)),
                resource=resource.ref,
                about=folder,
            )


def _is_alone(catalog: Catalog, resource: Resource) -> bool:
    """Whether no other page describes the same version, which has a rule of its own."""
    known = catalog.versions(resource.id, (resource.type,))
    return sum(one.version == resource.version for one in known) == 1
