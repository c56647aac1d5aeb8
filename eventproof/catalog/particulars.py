"""Particulars: what single types of resources say beyond the fields that all of them share.

Each function reads one subject out of a resource's frontmatter, as far as it can be read; what is
misshapen there is the schemas' affair (`shapes`). Paths are those of the frontmatter, for places.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from eventproof.catalog.fields import names_in, pointers
from eventproof.catalog.layout import COLLECTIONS, PEOPLE
from eventproof.catalog.resources import MESSAGE_TYPES, Pointer, Resource
from eventproof.catalog.versions import LATEST

Path = tuple[str | int, ...]

STEP_TARGETS: Mapping[str, tuple[str, ...]] = {
    "message": MESSAGE_TYPES,
    "agent": ("agent",),
    "service": ("service",),
    "flow": ("flow",),
    "container": ("container",),
    "dataProduct": ("data-product",),
    "channel": ("channel",),
    "system": ("system",),
}
"""The keys under which a step of a flow names what it stands for, and the types of that."""

DECISIONS: Mapping[str, str] = {
    "appliesTo": "applies-to",
    "supersedes": "supersedes",
    "supersededBy": "superseded-by",
    "amends": "amends",
    "amendedBy": "amended-by",
    "related": "related-to",
}
"""The keys of a decision record that point at something, and their relations."""

OWNED: Mapping[str, str] = {
    "ownedAgents": "agent",
    "ownedDomains": "domain",
    "ownedServices": "service",
    "ownedEvents": "event",
    "ownedCommands": "command",
    "ownedQueries": "query",
}
"""The keys under which users and teams list what they own."""

_TYPES = frozenset((*COLLECTIONS.values(), *PEOPLE.values()))


@dataclass(frozen=True, slots=True)
class NextStep:
    """An arrow of a flow."""

    id: str
    path: Path
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a flow, and the steps that may follow it."""

    id: str
    path: Path
    title: str | None
    targets: tuple[tuple[tuple[str, ...], Pointer], ...]
    """What it stands for: the types that it may have, and the pointer. Mostly one, or none."""
    next: tuple[NextStep, ...]


@dataclass(frozen=True, slots=True)
class Property:
    """A property of an entity, at whatever depth."""

    name: str
    type: str | None
    path: Path
    is_required: bool
    references: str | None
    """The id of the entity that it refers to."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A pointer that says what type its target has."""

    relation: str
    types: tuple[str, ...]
    pointer: Pointer


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that the frontmatter names, relative to the page."""

    name: str
    path: Path
    kind: str
    """What it is, as a sentence says it: OpenAPI specification, contract, schema."""


PARTITION_KEY = "x-partition-key"


@dataclass(frozen=True, slots=True)
class ChannelTraits:
    """How a channel carries messages."""

    address: str | None
    protocols: tuple[str, ...]
    delivery_guarantee: str | None
    partition_key: str | None
    """The field of its messages' payloads that is their key: `x-partition-key`, an extension."""
    parameters: Mapping[str, tuple[str, ...] | None]
    """The placeholders of its id and address: the values each may have, None for any."""


@dataclass(frozen=True, slots=True)
class Usage:
    """How a participant uses a message that it sends or receives."""

    fields: tuple[str, ...]
    group: str | None
    delivery_modes: Mapping[str, str]
    """Who begins the delivery, by the id of the channel; `push` where nothing is said."""


def steps(flow: Resource) -> tuple[Step, ...]:
    """Return the steps of a flow that have an id, in their order."""
    found = []
    for index, entry in _mappings(flow.frontmatter, "steps"):
        id_ = _id_text(entry.get("id"))
        if id_ is not None:
            path: Path = ("steps", index)
            found.append(
                Step(
                    id_,
                    path,
                    _text(entry, "title"),
                    tuple(_targets(entry, path)),
                    tuple(_next(entry, path)),
                )
            )
    return tuple(found)


def properties(entity: Resource) -> tuple[Property, ...]:
    """Return the properties of an entity, each before those within it."""
    return tuple(_properties(entity.frontmatter, ()))


def decisions(record: Resource) -> Iterator[Typed]:
    """Return what a decision record applies to, and its relations to other records."""
    for key, relation in DECISIONS.items():
        default = ("adr",) if key != "appliesTo" else tuple(sorted(_TYPES))
        for index, entry in _mappings(record.frontmatter, key):
            yield from _typed(relation, entry, (key, index), default)


def relationships(system: Resource) -> tuple[Pointer, ...]:
    """Return the other systems that a system has to do with."""
    return pointers(system.frontmatter, "relationships")


def grouped(resource: Resource) -> Iterator[Typed]:
    """Return what the groups of related resources list."""
    for index, group in _mappings(resource.frontmatter, "resourceGroups"):
        for place, entry in _mappings(group, "items"):
            path: Path = ("resourceGroups", index, "items", place)
            yield from _typed("groups", entry, path, tuple(sorted(_TYPES)))


def ties(person: Resource) -> Iterator[Typed]:
    """Return the members and teams of users and teams, and what they say they own."""
    for key, relation, type_ in (
        ("members", "has-member", "user"),
        ("associatedTeams", "member-of", "team"),
        *((key, "owns", type_) for key, type_ in OWNED.items()),
    ):
        for pointer in names_in(person.frontmatter, key):
            yield Typed(relation, (type_,), pointer)


def decision_makers(record: Resource) -> tuple[Pointer, ...]:
    """Return the users and teams that made a decision."""
    return names_in(record.frontmatter, "decisionMakers")


def specification_files(resource: Resource) -> Iterator[NamedFile]:
    """Return the OpenAPI, AsyncAPI and GraphQL files, named by kind or as a list."""
    said = resource.frontmatter.get("specifications")
    kinds = {"openapi": "OpenAPI", "asyncapi": "AsyncAPI", "graphql": "GraphQL"}
    if isinstance(said, dict):
        for kind, noun in kinds.items():
            key = f"{kind}Path"
            if isinstance(said.get(key), str):
                yield NamedFile(said[key], ("specifications", key), f"{noun} specification")
    for index, entry in _mappings(resource.frontmatter, "specifications"):
        name, known = _text(entry, "path"), kinds.get(str(entry.get("type")))
        if name:
            kind = f"{known} specification" if known else "specification"
            yield NamedFile(name, ("specifications", index, "path"), kind)


def contract_files(product: Resource) -> Iterator[NamedFile]:
    """Return the contracts of what a data product gives out."""
    for index, entry in _mappings(product.frontmatter, "outputs"):
        contract = entry.get("contract")
        name = _text(contract, "path") if isinstance(contract, dict) else None
        if name:
            yield NamedFile(name, ("outputs", index, "contract", "path"), "contract")


def channel_traits(channel: Resource) -> ChannelTraits:
    """Return how a channel carries messages."""
    data = channel.frontmatter
    said = data.get("parameters")
    return ChannelTraits(
        address=_text(data, "address"),
        protocols=_texts(data.get("protocols")),
        delivery_guarantee=_text(data, "deliveryGuarantee"),
        partition_key=_text(data, PARTITION_KEY),
        parameters={
            str(name): _texts(one.get("enum")) or None if isinstance(one, dict) else None
            for name, one in (said.items() if isinstance(said, dict) else ())
        },
    )


def usage(participant: Resource, pointer: Pointer) -> Usage:
    """Return how a participant uses the message of one of its pointers."""
    entry: Any = participant.frontmatter
    for step in pointer.path:
        entry = entry[step]
    said = entry if isinstance(entry, dict) and pointer.path else {}
    modes = {
        one["id"]: _text(one, "delivery_mode") or "push"
        for key in ("to", "from")
        for _, one in _mappings(said, key)
        if isinstance(one.get("id"), str)
    }
    return Usage(_texts(said.get("fields")), _text(said, "group"), modes)


def _targets(entry: Mapping[str, Any], path: Path) -> Iterator[tuple[tuple[str, ...], Pointer]]:
    for key, types in STEP_TARGETS.items():
        if isinstance(entry.get(key), dict):
            yield from ((types, one) for one in _pointer(entry[key], (*path, key)))
    for index, one in _mappings(entry, "systems"):
        yield from ((("system",), target) for target in _pointer(one, (*path, "systems", index)))


def _next(entry: Mapping[str, Any], path: Path) -> Iterator[NextStep]:
    several = entry.get("next_steps")
    said = [((*path, "next_step"), entry.get("next_step"))]
    if isinstance(several, list):
        said += [((*path, "next_steps", index), one) for index, one in enumerate(several)]
    for place, one in said:
        id_ = _id_text(one.get("id") if isinstance(one, dict) else one)
        if id_ is not None:
            yield NextStep(id_, place, _text(one, "label") if isinstance(one, dict) else None)


def _properties(data: Mapping[str, Any], above: Path) -> Iterator[Property]:
    for index, entry in _mappings(data, "properties"):
        path: Path = (*above, "properties", index)
        yield Property(
            name=_text(entry, "name") or "",
            type=_text(entry, "type"),
            path=path,
            is_required=entry.get("required") is True,
            references=_text(entry, "references"),
        )
        yield from _properties(entry, path)
        items = entry.get("items")
        if isinstance(items, dict):
            yield from _properties(items, (*path, "items"))


def _typed(
    relation: str, entry: Mapping[str, Any], path: Path, default: tuple[str, ...]
) -> Iterator[Typed]:
    said = entry.get("type")
    types = (said,) if isinstance(said, str) and said in _TYPES else default
    yield from (Typed(relation, types, pointer) for pointer in _pointer(entry, path))


def _pointer(entry: Mapping[str, Any], path: Path) -> Iterator[Pointer]:
    id_, pin = _text(entry, "id"), _text(entry, "version")
    if id_:
        yield Pointer(id_, None if pin == LATEST else pin, path)


def _mappings(data: Mapping[str, Any], key: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    entries = data.get(key)
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict):
            yield index, entry


def _text(data: Mapping[str, Any], key: str) -> str | None:
    value = data.get(key)
    return value.strip() or None if isinstance(value, str) else None


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list) else ()


def _id_text(value: Any) -> str | None:
    """Return the id of a step, which may be a number."""
    is_id = isinstance(value, str | int | float) and not isinstance(value, bool)
    return str(value).strip() or None if is_id else None
