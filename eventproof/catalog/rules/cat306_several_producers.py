"""An event has several producers.

An event tells what happened in one place. With several producers nobody owns its contract: each
may change it, and consumers cannot tell whose word they have. It is common while one service
takes over from another, and where a producer relays what another has said; so it is only worth
knowing. Only services and agents that send the same version count.

Mend it by giving each producer an event of its own, or by leaving it to one:

    # services/LegacyOrders/index.mdx
    sends:
      - id: LegacyOrderPlaced
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.catalog.participants import producers
from eventproof.catalog.resources import Resource
from eventproof.catalog.rules.wording import asked, counted, listed
from eventproof.catalog.topology import ACTOR_TYPES
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT306", "several-producers", Severity.INFO, __doc__)


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each version of an event that several services send."""
    seen = set[str]()
    for event in catalog.of_type("event"):
        if event.key in seen:
            continue  # the same resource twice is a finding of its own
        seen.add(event.key)
        senders = {one.key: one for one, _ in producers(catalog, event) if one.type in ACTOR_TYPES}
        if len(senders) > 1:
            yield _finding(catalog, event, list(senders.values()))


def _finding(catalog: Catalog, event: Resource, senders: list[Resource]) -> Finding:
    names = sorted(str(one) for one in senders)
    owners = [*event.owners, *(o for one in senders for o in one.owners)]
    return RULE.finding(
        f"{event} has {len(senders)} producers: {listed(counted(names, limit=6))}.",
        location=catalog.locate(event, ("id",)),
        resource=event.ref,
        details=asked(owners),
    )
