"""Participants: who sends and who receives a message version.

Only the latest version of a participant counts: an old copy under `versioned` runs no more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from eventproof.catalog.resolution import resolve
from eventproof.catalog.resources import Pointer, Resource

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog


@dataclass(frozen=True, slots=True)
class Link:
    """One participant's pointer to a message version."""

    role: Literal["producer", "consumer"]
    participant: Resource
    pointer: Pointer


def producers(catalog: Catalog, message: Resource) -> tuple[tuple[Resource, Pointer], ...]:
    """Return the participants that send this very version, each with its pointer."""
    return _linked(catalog, message, "producer")


def consumers(catalog: Catalog, message: Resource) -> tuple[tuple[Resource, Pointer], ...]:
    """Return the participants that receive this very version, each with its pointer."""
    return _linked(catalog, message, "consumer")


def links_of(catalog: Catalog) -> Mapping[str, tuple[Link, ...]]:
    """All links of a catalog by the key of their message, in the order of the participants."""
    links: dict[str, list[Link]] = defaultdict(list)
    for participant in catalog.participants:
        for pointer in participant.sends:
            _link(catalog, links, Link("producer", participant, pointer))
        for pointer in participant.receives:
            _link(catalog, links, Link("consumer", participant, pointer))
    return {key: tuple(found) for key, found in links.items()}


def _link(catalog: Catalog, links: dict[str, list[Link]], link: Link) -> None:
    message = resolve(catalog, link.pointer).resource
    if message is not None:
        links[message.key].append(link)


def _linked(
    catalog: Catalog, message: Resource, role: Literal["producer", "consumer"]
) -> tuple[tuple[Resource, Pointer], ...]:
    return tuple(
        (link.participant, link.pointer)
        for link in catalog.links.get(message.key, ())
        if link.role == role
    )
