"""An event is received and nobody in the catalog sends it.

Its consumers wait for something that, as far as the catalog knows, never comes: the producer was
retired or renamed, or nobody has described it yet. Where the catalog describes external systems,
the event may come from one of them, and the finding is only worth knowing.

Mend it by naming the event where it is sent, or by removing it from its consumers:

    # services/OrdersService/index.mdx
    sends:
      - id: OrderConfirmed
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.catalog.rules.wording import asked, counted, listed
from eventproof.catalog.topology import Traffic, has_outside, is_draft, unread_note
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT303", "unproduced-event", Severity.WARNING, __doc__)


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each event that has a consumer and no producer."""
    severity = Severity.INFO if has_outside(catalog) else None
    for traffic in catalog.traffic:
        event = traffic.message
        if event.type != "event" or is_draft(event):
            continue
        if traffic.is_received and not traffic.is_sent:
            yield _finding(catalog, traffic, severity)


def _finding(catalog: Catalog, traffic: Traffic, severity: Severity | None) -> Finding:
    receivers = counted([str(one) for one in traffic.consumers], limit=5)
    by = f" by {listed(receivers)}" if receivers else ""
    owners = [*traffic.message.owners, *(o for one in traffic.consumers for o in one.owners)]
    return RULE.finding(
        f"{traffic.message} is received{by}, and nobody sends it.",
        location=catalog.locate(traffic.message, ("id",)),
        resource=traffic.message.ref,
        details=[*traffic.history, *asked(owners), *unread_note(catalog)],
        severity=severity,
    )
