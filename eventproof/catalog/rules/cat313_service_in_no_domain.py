"""A service belongs to no domain, while most others do.

Domains are how people find their way through a catalog; a service outside of all of them is
found by search only. A service belongs to the domains that list it, or that list its system; the
folder that it lies in says nothing, except in the format of EventCatalog 1.
Not asked where half of the services or more are in no domain, nor of external systems.

Mend it by listing the service in its domain:

    # domains/Orders/index.mdx
    services:
      - id: OrdersService
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.catalog.resolution import current
from eventproof.catalog.resources import Resource
from eventproof.catalog.topology import is_outside
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT313", "service-in-no-domain", Severity.INFO, __doc__)


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each service outside of all domains."""
    members = _members(catalog)
    folders = {one.folder: one for one in catalog.of_type("domain")}
    services = [one for one in current(catalog.services) if not is_outside(one)]
    homeless = [
        one
        for one in services
        if one.id not in members and not (catalog.layout == "v1" and _home(one, folders))
    ]
    if 2 * len(homeless) < len(services):
        for service in homeless:
            yield _finding(catalog, service, _home(service, folders))


def _members(catalog: Catalog) -> set[str]:
    """Return the ids of the services that a domain lists, itself or by its systems."""
    systems: dict[str, set[str]] = {}
    for system in catalog.of_type("system"):
        systems.setdefault(system.id, set()).update(_listed(system, "service"))
    found = set[str]()
    for domain in catalog.of_type("domain"):
        found |= _listed(domain, "service")
        for id_ in _listed(domain, "system"):
            found |= systems.get(id_, set())
    return found


def _listed(whole: Resource, type_: str) -> set[str]:
    return {pointer.id for member, pointer in whole.members if member == type_}


def _home(service: Resource, folders: dict[str, Resource]) -> Resource | None:
    above = map(str, service.path.parents)
    return next((folders[one] for one in above if one in folders), None)


def _finding(catalog: Catalog, service: Resource, home: Resource | None) -> Finding:
    lies = f"It lies in the folder of {home}, which does not list it." if home else None
    return RULE.finding(
        f"{service} belongs to no domain.",
        location=catalog.locate(service, ("id",)),
        resource=service.ref,
        details=[lies] if lies else (),
    )
