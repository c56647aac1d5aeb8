"""References: everything in a resource's frontmatter that points at another resource."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventproof.catalog.fields import names_in, pointers
from eventproof.catalog.layout import COLLECTIONS, PEOPLE
from eventproof.catalog.legacy import PARTIES, PARTY_TYPES
from eventproof.catalog.particulars import (
    decisions,
    grouped,
    properties,
    relationships,
    steps,
    ties,
)
from eventproof.catalog.resolution import Resolution, resolve
from eventproof.catalog.resources import MESSAGE_TYPES, Pointer, Resource

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

_VERBS = {
    "sends": "sends",
    "receives": "receives",
    "triggers": "triggers",
    "writes-to": "writes to",
    "reads-from": "reads from",
    "sends-to": "sends to the channel",
    "receives-from": "receives from the channel",
    "on-channel": "names the channel",
    "routes-to": "routes to the channel",
    "contains": "contains",
    "steps-through": "steps through",
    "refers-to": "refers to",
    "relates-to": "relates to",
    "groups": "lists as related",
    "applies-to": "applies to",
    "supersedes": "supersedes",
    "superseded-by": "is superseded by",
    "amends": "amends",
    "amended-by": "is amended by",
    "related-to": "is related to",
    "has-member": "has the member",
    "member-of": "is part of",
    "owns": "owns",
    "producers": "names the producer",
    "consumers": "names the consumer",
}


_Targeted = tuple[str, str, tuple[Pointer, ...]]
"""A relation, the type of what it leads to, and the pointers that say so."""

_PRODUCT_VERBS = {"sends": "gives out", "receives": "takes in"}
"""What a data product does with what need not be a message."""

_ANYTHING = tuple(dict.fromkeys(COLLECTIONS.values()))
"""What a data product takes in and gives out may be anything, not messages only."""

_USES = frozenset(
    {
        "sends", "receives", "triggers", "writes-to", "reads-from", "sends-to", "receives-from",
        "on-channel", "routes-to", "steps-through", "refers-to",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reference:
    """One pointer, what it says, and what types its target may have."""

    relation: str
    pointer: Pointer
    types: tuple[str, ...]
    message: Pointer | None = None
    """The message that goes over the channel, or that triggers another."""

    @property
    def verb(self) -> str:
        """The relation as a sentence says it."""
        if self.types != MESSAGE_TYPES and self.relation in _PRODUCT_VERBS:
            return _PRODUCT_VERBS[self.relation]
        return _VERBS[self.relation]

    @property
    def noun(self) -> str:
        """What the target should be."""
        if self.types == MESSAGE_TYPES:
            return "message"
        return self.types[0] if len(self.types) == 1 or self.is_legacy else "resource"

    @property
    def is_use(self) -> bool:
        """Whether something works only as long as the target does."""
        return self.relation in _USES

    @property
    def is_legacy(self) -> bool:
        """Whether it is a name in an event of version 1."""
        return self.relation in PARTIES

    @property
    def about(self) -> str:
        """Tells it from the other references of its resource, without its line."""
        over = f"{self.message}>" if self.message else ""
        return f"{self.relation}:{over}{self.pointer}"


@dataclass(frozen=True, slots=True)
class Followed:
    """A reference of a resource, and what it was found to mean."""

    resource: Resource
    reference: Reference
    resolution: Resolution


def doubtful_in(catalog: Catalog) -> tuple[Followed, ...]:
    """Return the references that lead nowhere or by a guess, in the order of the resources."""
    return tuple(
        Followed(resource, reference, resolution)
        for resource in catalog.resources
        for reference in references(resource)
        if (resolution := resolve(catalog, reference.pointer, reference.types)).resource is None
        or resolution.guess
    )


def references(resource: Resource) -> Iterator[Reference]:
    """All references that a resource's own page makes, in the order of its fields."""
    types = _ANYTHING if resource.type == "data-product" else MESSAGE_TYPES
    for relation, pointers_ in (("sends", resource.sends), ("receives", resource.receives)):
        for pointer in pointers_:
            # A pointer without a path was derived from another page, which is asked itself.
            if pointer.path:
                yield Reference(relation, pointer, types)
                yield from _beneath(relation, pointer)
    for relation, target, pointers_ in _of_stores_and_channels(resource):
        for pointer in pointers_:
            yield Reference(relation, pointer, (target,))
    for type_, pointer in resource.members:
        yield Reference("contains", pointer, (type_,))
    yield from _of_its_type(resource)
    for one in grouped(resource):
        yield Reference(one.relation, one.pointer, one.types)
    if resource.type in MESSAGE_TYPES:
        for key in PARTIES:
            for party in names_in(resource.frontmatter, key):
                yield Reference(key, party, PARTY_TYPES)


def _of_its_type(resource: Resource) -> Iterator[Reference]:
    """Return the references that only one type of resource makes."""
    if resource.type == "flow":
        for step in steps(resource):
            for types, pointer in step.targets:
                yield Reference("steps-through", pointer, types)
    elif resource.type == "entity":
        for one in properties(resource):
            if one.references:
                target = Pointer(one.references, path=(*one.path, "references"))
                yield Reference("refers-to", target, ("entity",))
    elif resource.type == "system":
        for pointer in relationships(resource):
            yield Reference("relates-to", pointer, ("system",))
    elif resource.type in ("adr", *PEOPLE.values()):
        for tie in decisions(resource) if resource.type == "adr" else ties(resource):
            yield Reference(tie.relation, tie.pointer, tie.types)


def _beneath(relation: str, message: Pointer) -> Iterator[Reference]:
    over = "sends-to" if relation == "sends" else "receives-from"
    for channel in message.channels:
        yield Reference(over, channel, ("channel",), message)
    for triggered in message.triggers:
        yield Reference("triggers", triggered, MESSAGE_TYPES, message)


def _of_stores_and_channels(resource: Resource) -> tuple[_Targeted, ...]:
    found = (
        ("writes-to", "container", resource.writes_to),
        ("reads-from", "container", resource.reads_from),
        ("on-channel", "channel", resource.channels),
    )
    if resource.type == "channel":
        return (*found, ("routes-to", "channel", pointers(resource.frontmatter, "routes")))
    return found
