"""The cast of a catalog: who receives which message, what that makes them send, what begins.

A service, agent or data product plays the stub that its page describes. Where its page says
`triggers`, receiving a message sends exactly those; one with a condition is sent half of the
time. A page without any triggers does not say what causes what: there, the first message that a
chain of cause and effect brings makes it send all that it sends, once. A domain only receives.

What begins are the messages that nobody in the catalog sends: commands of people, events of other
systems. What nothing of that leads to is begun by its sender of its own accord, those who receive
nothing first, so that everything which the catalog describes is in motion.

Three things could be wrong: a pointer that leads nowhere (the message flies, and has no contract;
what the catalog knows and is no message does not), a message of several versions (everybody who
receives its id gets the version that is sent, as on a topic), and a catalog where nothing can
begin (it has no sources, and does not run).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from eventproof.catalog import Catalog, Pointer, Resource, resolve, sort_key

ACTING = ("service", "agent", "data-product")
"""The types that answer what they receive by sending something."""

OUTSIDE = "the outside"


@dataclass(frozen=True, slots=True)
class Sent:
    """One version of a message, as somebody sends it or is built for it."""

    id: str
    version: str | None
    key: str
    """The key of its resource; of its id and pin where the catalog has none."""

    def __str__(self) -> str:
        return f"{self.id} {self.version}" if self.version else self.id


@dataclass(frozen=True, slots=True)
class Emission:
    """Something that is sent because of something else."""

    message: Sent
    is_conditional: bool = False
    is_declared: bool = True
    """Whether the page says so; else it only says that the message is sent at some time."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """A participant that receives a message."""

    name: str
    """Its id."""
    key: str
    built_for: Sent
    """The version that its pin means."""
    emissions: tuple[Emission, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a chain of cause and effect begins."""

    sender: str
    message: Sent


@dataclass(frozen=True)
class Cast:
    """Everybody of a catalog."""

    receivers: Mapping[str, tuple[Receiver, ...]]
    """Message id -> who receives it."""
    sources: tuple[Source, ...]
    described: tuple[Sent, ...]
    """The latest version of each message that the catalog describes."""


def cast_of(catalog: Catalog) -> Cast:
    """Return who plays what in a catalog. Superseded versions of participants do not play."""
    participants = _with_messages_only(catalog)
    receivers: dict[str, list[Receiver]] = defaultdict(list)
    for participant in participants:
        for pointer in participant.receives:
            receivers[pointer.id].append(
                Receiver(
                    participant.id,
                    participant.key,
                    _sent(catalog, pointer),
                    tuple(_emissions(catalog, participant, pointer)),
                )
            )
    frozen = {message: tuple(found) for message, found in sorted(receivers.items())}
    described = (m for m in catalog.messages if not catalog.is_superseded(m))
    return Cast(
        receivers=frozen,
        sources=_sources(catalog, participants, frozen),
        described=tuple(Sent(m.id, m.version, m.key) for m in described),
    )


def _with_messages_only(catalog: Catalog) -> tuple[Resource, ...]:
    """The participants, without what they read and write that is no message.

    A data product's inputs and outputs may be services, containers and channels as well.
    """
    messages = {message.id for message in catalog.messages}
    others = {resource.id for resource in catalog.resources} - messages

    def flying(pointers: tuple[Pointer, ...]) -> tuple[Pointer, ...]:
        return tuple(pointer for pointer in pointers if pointer.id not in others)

    return tuple(
        replace(one, sends=flying(one.sends), receives=flying(one.receives))
        for one in catalog.participants
    )


def _emissions(catalog: Catalog, participant: Resource, cause: Pointer) -> Iterable[Emission]:
    if participant.type not in ACTING:
        return
    if any(pointer.triggers for pointer in participant.receives):
        for trigger in cause.triggers:
            yield Emission(_sent(catalog, trigger), is_conditional=bool(trigger.condition))
        return
    for pointer in participant.sends:
        yield Emission(_sent(catalog, pointer), is_declared=False)


def _sources(
    catalog: Catalog,
    participants: Iterable[Resource],
    receivers: Mapping[str, tuple[Receiver, ...]],
) -> tuple[Source, ...]:
    sent_by_somebody = {p.id for one in participants for p in one.sends}
    found = [
        Source(OUTSIDE, _newest(who))
        for id_, who in receivers.items()
        if id_ not in sent_by_somebody
    ]
    moving: set[str] = set()
    for source in found:
        _set_moving(source.message.id, receivers, moving)
    # Who receives nothing acts of its own accord; the others only where nothing else moves them.
    for participant in sorted(participants, key=lambda one: bool(one.receives)):
        for pointer in participant.sends:
            if pointer.id not in moving:
                found.append(Source(participant.id, _sent(catalog, pointer)))
                _set_moving(pointer.id, receivers, moving)
    return tuple(found)


def _set_moving(
    message: str, receivers: Mapping[str, tuple[Receiver, ...]], moving: set[str]
) -> None:
    """Add to `moving` a message and all that may follow from it."""
    waiting = [message]
    while waiting:
        at = waiting.pop()
        if at not in moving:
            moving.add(at)
            waiting += [e.message.id for who in receivers.get(at, ()) for e in who.emissions]


def _newest(receivers: tuple[Receiver, ...]) -> Sent:
    return max((who.built_for for who in receivers), key=lambda one: sort_key(one.version))


def _sent(catalog: Catalog, pointer: Pointer) -> Sent:
    found = resolve(catalog, pointer).resource
    if found is not None:
        return Sent(found.id, found.version, found.key)
    return Sent(pointer.id, pointer.version, f"message:{pointer}")
