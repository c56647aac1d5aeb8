"""A consumer receives from a channel that no producer's message reaches.

The producers send the message to one channel, the consumer listens on another, and no route leads
from the one to the other: as drawn, the message never arrives.
Asked only where every producer of the version says `to` and the consumer says `from`, and all of
these channels are described; the `routes` of channels are followed.

Mend it by listening where the message is sent, or by a route between the channels:

    # channels/orders-bus/index.mdx
    routes:
      - id: notifications-queue
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventproof.catalog.fields import pointers
from eventproof.catalog.resolution import resolve
from eventproof.catalog.resources import Pointer, Resource
from eventproof.catalog.rules.wording import asked, counted, listed, unique
from eventproof.catalog.versions import satisfies
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT307", "channels-apart", Severity.WARNING, __doc__)

Sending = tuple[Resource, Pointer, str | None]
"""A producer, its pointer, and the version that the pointer means."""


@dataclass(frozen=True, slots=True)
class _Reach:
    """Where the producers of a message send it, and which channels that leads to."""

    producers: tuple[Resource, ...]
    sent_to: tuple[str, ...]
    channels: frozenset[str]


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each consumer whose channels none of the producers' lead to."""
    known = _Known(catalog)
    for consumer in catalog.participants:
        for pointer in consumer.receives:
            if not pointer.channels or not known.describes(pointer):
                continue
            reach = known.reach(pointer.id, pointer.version)
            if reach and not any(channel.id in reach.channels for channel in pointer.channels):
                yield _finding(catalog, consumer, pointer, reach)


class _Known:
    """Who sends what to which channel, worked out once for each message and pin."""

    def __init__(self, catalog: Catalog) -> None:
        self._routes = _routes(catalog)
        self._sendings = _sendings(catalog)
        self._reaches: dict[tuple[str, str | None], _Reach | None] = {}

    def describes(self, pointer: Pointer) -> bool:
        """Whether all channels of a pointer have a page; others are a finding of their own."""
        return all(channel.id in self._routes for channel in pointer.channels)

    def reach(self, id_: str, pin: str | None) -> _Reach | None:
        """Return where a message goes, or None where that cannot be told."""
        if (id_, pin) not in self._reaches:
            self._reaches[id_, pin] = self._reach(id_, pin)
        return self._reaches[id_, pin]

    def _reach(self, id_: str, pin: str | None) -> _Reach | None:
        senders = [one for one in self._sendings.get(id_, ()) if satisfies(one[2], pin)]
        is_told = all(pointer.channels and self.describes(pointer) for _, pointer, _ in senders)
        if not senders or not is_told:
            return None
        sent_to = unique(channel.id for _, pointer, _ in senders for channel in pointer.channels)
        participants = {one.key: one for one, _, _ in senders}
        return _Reach(
            tuple(participants.values()), tuple(sent_to), _closure(sent_to, self._routes)
        )


def _sendings(catalog: Catalog) -> Mapping[str, list[Sending]]:
    sendings: dict[str, list[Sending]] = defaultdict(list)
    for producer in catalog.participants:
        for pointer in producer.sends:
            message = resolve(catalog, pointer).resource
            version = message.version if message else pointer.version
            sendings[pointer.id].append((producer, pointer, version))
    return sendings


def _routes(catalog: Catalog) -> Mapping[str, tuple[str, ...]]:
    """Return the channels that each channel leads to, over all its versions."""
    routes: dict[str, tuple[str, ...]] = {}
    for channel in catalog.of_type("channel"):
        onward = (*pointers(channel.frontmatter, "routes"), *channel.channels)
        routes[channel.id] = routes.get(channel.id, ()) + tuple(one.id for one in onward)
    return routes


def _closure(start: Collection[str], routes: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    reached, waiting = set(start), list(start)
    while waiting:
        onward = [one for one in routes.get(waiting.pop(), ()) if one not in reached]
        reached.update(onward)
        waiting.extend(onward)
    return frozenset(reached)


def _finding(catalog: Catalog, consumer: Resource, pointer: Pointer, reach: _Reach) -> Finding:
    listening = listed(unique(channel.id for channel in pointer.channels))
    senders = listed(counted([str(one) for one in reach.producers], limit=5))
    verb = "sends" if len(reach.producers) == 1 else "send"
    leads = "which leads" if len(reach.sent_to) == 1 else "which lead"
    owners = [*consumer.owners, *(o for one in reach.producers for o in one.owners)]
    return RULE.finding(
        f"{consumer} receives {pointer} from {listening}, but {senders} {verb} it to"
        f" {listed(reach.sent_to)}, {leads} nowhere near.",
        location=catalog.locate(consumer, (*pointer.channels[0].path, "id")),
        resource=consumer.ref,
        about=f"receives:{pointer}",
        details=asked(owners),
    )
