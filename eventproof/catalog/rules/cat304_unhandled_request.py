"""A command or query is sent and nobody handles it.

Whoever sends a command expects it to be obeyed, and whoever asks a query waits for an answer.
A command or query with a handler and no sender is no fault: it is what an API offers to callers
that the catalog does not describe.

Mend it by naming the message where it is handled:

    # services/InventoryService/index.mdx
    receives:
      - id: ReserveInventory
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.catalog.rules.wording import asked, counted, listed
from eventproof.catalog.topology import Traffic, is_draft, unread_note
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT304", "unhandled-request", Severity.WARNING, __doc__)

_REPLY = {"command": "handles", "query": "answers"}


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each command and query that has a sender and no handler."""
    for traffic in catalog.traffic:
        request = traffic.message
        if request.type not in _REPLY or is_draft(request):
            continue
        if traffic.is_sent and not traffic.is_received:
            yield _finding(catalog, traffic)


def _finding(catalog: Catalog, traffic: Traffic) -> Finding:
    request = traffic.message
    senders = counted([str(one) for one in traffic.producers], limit=5)
    by = f" by {listed(senders)}" if senders else ""
    owners = [*request.owners, *(o for one in traffic.producers for o in one.owners)]
    return RULE.finding(
        f"The {request.type} {request} is sent{by}, and nobody {_REPLY[request.type]} it.",
        location=catalog.locate(request, ("id",)),
        resource=request.ref,
        details=[*traffic.history, *asked(owners), *unread_note(catalog)],
    )
