"""An event is sent and nobody in the catalog receives it.

Either its consumers are missing from the catalog, so that nobody can tell who is hurt by a change
of it, or nobody needs it and it may be retired. Which of the two, only its owners know.
A draft or deprecated event is left alone, and so is one that is received in another version.

Mend it by naming the event where it is received, or by removing it:

    # services/NotificationService/index.mdx
    receives:
      - id: OutOfStock
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.catalog.rules.wording import counted, listed
from eventproof.catalog.topology import Traffic, is_deprecated, is_draft, unread_note
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT302", "unconsumed-event", Severity.INFO, __doc__)


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each event that has a producer and no consumer."""
    for traffic in catalog.traffic:
        event = traffic.message
        if event.type != "event" or is_draft(event) or is_deprecated(event):
            continue
        if traffic.is_sent and not traffic.is_received:
            yield _finding(catalog, traffic)


def _finding(catalog: Catalog, traffic: Traffic) -> Finding:
    senders = counted([str(one) for one in traffic.producers], limit=5)
    by = f" by {listed(senders)}" if senders else ""
    return RULE.finding(
        f"{traffic.message} is sent{by}, and nobody receives it.",
        location=catalog.locate(traffic.message, ("id",)),
        resource=traffic.message.ref,
        details=[*traffic.history, *unread_note(catalog)],
    )
