"""Legacy: version 1 of EventCatalog, where events name their producers and consumers.

Those names become sends and receives of the services, so that everything else sees one kind of
catalog. What a service says itself is never overruled: an event adds only what the service is
silent on. The derived pointers have no path, since no line of the service's page holds them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from eventproof.catalog.fields import names_in
from eventproof.catalog.resolution import current
from eventproof.catalog.resources import MESSAGE_TYPES, Pointer, Resource

PARTIES = {"producers": "sends", "consumers": "receives"}
"""The keys of an event, and the field of the services that they speak of."""

PARTY_TYPES = ("service", "agent")
"""What a producer or consumer may be. A domain may bear the same name, and is not meant."""


def with_parties(resources: Sequence[Resource]) -> tuple[Resource, ...]:
    """Return the resources, with what messages say of their producers and consumers put there."""
    said: dict[tuple[str, str], list[Pointer]] = defaultdict(list)
    for message in current(one for one in resources if one.type in MESSAGE_TYPES):
        for key, field in PARTIES.items():
            for party in names_in(message.frontmatter, key):
                said[party.id, field].append(Pointer(message.id, message.version))
    running = {id(one) for one in current(one for one in resources if one.type in PARTY_TYPES)}
    return tuple(_completed(one, said) if id(one) in running else one for one in resources)


def _completed(resource: Resource, said: dict[tuple[str, str], list[Pointer]]) -> Resource:
    return replace(
        resource,
        sends=_added(resource.sends, said.get((resource.id, "sends"), [])),
        receives=_added(resource.receives, said.get((resource.id, "receives"), [])),
    )


def _added(own: tuple[Pointer, ...], more: Sequence[Pointer]) -> tuple[Pointer, ...]:
    known = {pointer.id for pointer in own}
    return own + tuple(pointer for pointer in more if pointer.id not in known)
