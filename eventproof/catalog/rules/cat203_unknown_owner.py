"""An owner is neither a user nor a team of the catalog.

When a contract breaks, its owners are the ones to ask; a name that leads nowhere helps nobody. The
same goes for those who made a decision (`decisionMakers`).
Asked only of a catalog that describes users or teams at all.

Mend it by correcting the name, or with a file for the user or team:

    owners:
      - order-management      the id of teams/order-management.mdx
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.catalog.layout import PEOPLE
from eventproof.catalog.particulars import decision_makers
from eventproof.catalog.resources import Resource
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT203", "unknown-owner", Severity.WARNING, __doc__)

Named = tuple[str, str, tuple[str | int, ...]]


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each owner of each resource that nobody is."""
    people = {person.id for person in catalog.of_type(*PEOPLE.values())}
    if not catalog.describes_people:
        return
    for resource in catalog.resources:
        for verb, name, path in _named(resource):
            if name not in people:
                meant = catalog.likely(name, tuple(PEOPLE.values()))
                yield RULE.finding(
                    f"{resource} {verb} {name}, who is no user or team of the catalog.",
                    location=catalog.locate(resource, path),
                    resource=resource.ref,
                    about=name,
                    details=[f"Did you mean {meant}?"] if meant else (),
                )


def _named(resource: Resource) -> Iterator[Named]:
    for index, owner in enumerate(resource.owners):
        yield "is owned by", owner, ("owners", index)
    if resource.type == "adr":
        for maker in decision_makers(resource):
            yield "was decided by", maker.id, maker.path
