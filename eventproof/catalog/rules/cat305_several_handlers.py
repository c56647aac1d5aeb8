"""A command or query has several handlers.

A command is an order to one: with two handlers it is obeyed twice, or each leaves it to the other.
A query with several is only worth knowing, since the first answer may do.
Only services and agents count, and only those that receive the same version: two versions with a
handler each are a move from one to the other.

Mend it by leaving the command to one, and telling the others with an event:

    # services/ShippingService/index.mdx
    receives:
      - id: InventoryReserved      an event, instead of the command ReserveInventory
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.catalog.participants import consumers
from eventproof.catalog.resources import Resource
from eventproof.catalog.rules.wording import asked, counted, listed, unique
from eventproof.catalog.topology import ACTOR_TYPES
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT305", "several-handlers", Severity.WARNING, __doc__)


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each version of a command or query that several services handle."""
    seen = set[str]()
    for request in catalog.of_type("command", "query"):
        if request.key in seen:
            continue  # the same resource twice is a finding of its own
        seen.add(request.key)
        handlers = {
            one.key: one for one, _ in consumers(catalog, request) if one.type in ACTOR_TYPES
        }
        if len(handlers) > 1:
            yield _finding(catalog, request, list(handlers.values()))


def _finding(catalog: Catalog, request: Resource, handlers: list[Resource]) -> Finding:
    names = sorted(str(one) for one in handlers)
    owners = unique([*request.owners, *(o for one in handlers for o in one.owners)])
    return RULE.finding(
        f"The {request.type} {request} has {len(handlers)} handlers:"
        f" {listed(counted(names, limit=6))}.",
        location=catalog.locate(request, ("id",)),
        resource=request.ref,
        details=asked(owners),
        severity=Severity.INFO if request.type == "query" else None,
    )
