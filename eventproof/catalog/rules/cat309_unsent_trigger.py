"""A service is said to trigger a message that it does not send.

`triggers` says what receiving a message makes the service send; `sends` says what it sends at
all. Where the first names more than the second, one of them is wrong, and whoever follows a cause
to its effects is misled. A message that is sent in another version than the triggered one is a
warning. What the catalog does not have at all is another rule's finding.

Mend it by sending what is triggered:

    # services/InventoryService/index.mdx
    receives:
      - id: ReserveInventory
        triggers:
          - id: InventoryReserved
    sends:
      - id: InventoryReserved
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from eventproof.catalog.resolution import resolve
from eventproof.catalog.resources import Pointer, Resource
from eventproof.catalog.rules.wording import likely, listed, unique
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT309", "unsent-trigger", Severity.ERROR, __doc__)


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each trigger whose message its service does not send."""
    for participant in catalog.participants:
        for received in participant.receives:
            for trigger in received.triggers:
                yield from _judged(catalog, participant, received, trigger)


def _judged(
    catalog: Catalog, participant: Resource, received: Pointer, trigger: Pointer
) -> Iterator[Finding]:
    meant = resolve(catalog, trigger)
    if meant.resource is None:
        return  # CAT201 or CAT202 says so
    sent = [pointer for pointer in participant.sends if pointer.id == trigger.id]
    if not sent:
        yield _unsent(catalog, participant, received, trigger)
    elif not any(resolve(catalog, one).resource in (meant.resource, None) for one in sent):
        yield _other_version(catalog, participant, received, trigger, sent)


def _unsent(
    catalog: Catalog, participant: Resource, received: Pointer, trigger: Pointer
) -> Finding:
    meant = likely(trigger.id, {one.id for one in participant.sends})
    return RULE.finding(
        f"{participant} triggers {trigger} on {received}, and does not send it.",
        location=catalog.locate(participant, (*trigger.path, "id")),
        resource=participant.ref,
        about=f"triggers:{received}>{trigger}",
        details=[f"Did you mean {meant}?"] if meant else (),
    )


def _other_version(
    catalog: Catalog,
    participant: Resource,
    received: Pointer,
    trigger: Pointer,
    sent: Sequence[Pointer],
) -> Finding:
    versions = unique(
        str(message.version) for one in sent if (message := resolve(catalog, one).resource)
    )
    wanted = resolve(catalog, trigger).resource
    return RULE.finding(
        f"{participant} triggers {wanted} on {received}, and sends {listed(versions)} instead.",
        location=catalog.locate(participant, (*trigger.path, "version")),
        resource=participant.ref,
        about=f"triggers:{received}>{trigger}",
        severity=Severity.WARNING,
    )
