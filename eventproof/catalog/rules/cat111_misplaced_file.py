"""A page lies where EventCatalog does not look for it.

EventCatalog finds pages by the depth of their folders: a service in `services/Orders/index.mdx`,
an event one folder below any `events`. What lies deeper, or is no index file, it leaves out
without a word, and every reference to it dangles. It is read here all the same, so that nothing
else seems broken.

Mend it by moving the page:

    services/Shop/Orders/index.mdx      services/Orders/index.mdx
    events/OrderPlaced.mdx              events/OrderPlaced/index.mdx
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.catalog.layout import PEOPLE, Parts, base_of, is_read_by_eventcatalog, name_of
from eventproof.catalog.resources import Resource
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT111", "misplaced-file", Severity.WARNING, __doc__)


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each page that EventCatalog would not read."""
    pages = [
        (resource, catalog.parts(resource))
        for resource in catalog.resources
        if resource.type not in PEOPLE.values()
    ]
    bases = {base_of(file) for _, file in pages}
    for resource, file in pages:
        # Where no page lies right, the folder that was given holds the catalog deeper down.
        inside = file if () in bases else file[len(base_of(file)) :]
        if not is_read_by_eventcatalog(inside, resource.type):
            yield _finding(catalog, resource, file)


def _finding(catalog: Catalog, resource: Resource, parts: Parts) -> Finding:
    file = "/".join(parts)
    return RULE.finding(
        f"{resource} lies in {file}, where EventCatalog does not look for {_plural(resource)}.",
        location=catalog.locate(resource),
        resource=resource.ref,
        about=file,
        details=[f"It would find {_plural(resource)}/{name_of(parts)}/index.mdx."],
    )


def _plural(resource: Resource) -> str:
    irregular = {"entity": "entities", "query": "queries"}
    return irregular.get(resource.type, f"{resource.type}s")
