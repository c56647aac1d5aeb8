"""A message is neither sent nor received by anybody.

A page that no service refers to is a page that nobody finds: the message was forgotten when it
went out of use, or the services' own pages lack it. A message that is deprecated, or that only
superseded versions of services name, is merely worth knowing. Drafts are left alone.

Mend it by naming the message in the service that sends or handles it, or remove the page:

    # services/OrdersService/index.mdx
    sends:
      - id: OrderConfirmed
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from eventproof.catalog.resources import Resource
from eventproof.catalog.rules.wording import asked
from eventproof.catalog.topology import (
    ACTOR_TYPES,
    Traffic,
    is_deprecated,
    is_draft,
    unread_note,
)
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT312", "orphan-message", Severity.WARNING, __doc__)


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each message without a producer and a consumer."""
    homes = {one.folder: one for one in catalog.of_type(*ACTOR_TYPES)}
    for traffic in catalog.traffic:
        if not traffic.is_sent and not traffic.is_received and not is_draft(traffic.message):
            yield _finding(catalog, traffic, homes)


def _finding(catalog: Catalog, traffic: Traffic, homes: Mapping[str, Resource]) -> Finding:
    message = traffic.message
    is_left = is_deprecated(message) or bool(traffic.former)
    return RULE.finding(
        f"The {message.type} {message} is neither sent nor received by anybody.",
        location=catalog.locate(message, ("id",)),
        resource=message.ref,
        details=[
            *_details(traffic, homes),
            *asked(message.owners),
            *unread_note(catalog),
        ],
        severity=Severity.INFO if is_left else None,
    )


def _details(traffic: Traffic, homes: Mapping[str, Resource]) -> Iterator[str]:
    message = traffic.message
    yield from traffic.history
    above = map(str, message.path.parents)
    home = next((homes[folder] for folder in above if folder in homes), None)
    if is_deprecated(message):
        yield "It is deprecated: the page may go."
    elif home is not None and not traffic.former:
        yield f"It lies in the folder of {home}, which names it neither in sends nor in receives."
