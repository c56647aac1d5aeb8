"""What a service's skeleton holds: its messages' classes and a method for each message."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from eventproof.catalog import MESSAGE_TYPES, Catalog, Pointer, Resource, resolve
from eventproof.contracts import Contracts
from eventproof.generators.names import class_name, distinct_names
from eventproof.generators.schemas import Models
from eventproof.generators.shapes import Port, Skeleton

MODULE_RESERVED = frozenset({"ABC", "Any", "ClassVar", "Context", "Literal", "Mapping"})
"""Names that a generated module imports, which no class of it may take."""

TITLE_CHARACTERS = 75
"""A docstring's first line, quotes and indentation not counted, is at most so long."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The message versions of one direction, and what had to be guessed to choose them."""

    messages: tuple[Resource, ...]
    notes: tuple[str, ...]


def choose(catalog: Catalog, pointers: Iterable[Pointer], *, verb: str) -> Chosen:
    """Find the version that each pointer means, in authored order, each once.

    A pin on a version that does not exist falls back to the highest that does; a message that
    does not exist is left out. Both are noted. `verb` is `receives` or `sends`.
    """
    messages: list[Resource] = []
    notes = []
    for pointer in pointers:
        found = resolve(catalog, pointer).resource
        if found is None:
            existing = catalog.versions(pointer.id, types=MESSAGE_TYPES)
            if not existing:
                notes.append(
                    f"It {verb} {pointer}, which the catalog does not describe: left out."
                )
                continue
            found = existing[0]
            notes.append(
                f"It {verb} {pointer}, a version that the catalog does not have: "
                f"{found.version} is used."
            )
        if found not in messages:
            messages.append(found)
    return Chosen(tuple(messages), tuple(notes))


def plan(
    catalog: Catalog, contracts: Contracts, service: Resource
) -> tuple[Skeleton, tuple[str, ...]]:
    """Draw up the skeleton of `service`, and say what had to be guessed."""
    received = choose(catalog, service.receives, verb="receives")
    sent = choose(catalog, service.sends, verb="sends")
    handled, dropped = _one_version_each(catalog, received.messages)
    messages = tuple(dict.fromkeys(m.key for m in handled + sent.messages))
    by_key = {message.key: message for message in handled + sent.messages}
    notes = received.notes + dropped + sent.notes
    models = Models(MODULE_RESERVED)
    base = models.claim(f"{class_name(service.id)}Base")
    classes = _classes(contracts, models, [by_key[key] for key in messages])
    summary = _summary(service) and f"{_summary(service).rstrip('.')}."
    skeleton = Skeleton(
        service=service.id,
        version=service.version or "",
        base=base,
        title=str(service),
        doc=(f"{service.name} ({service}).", summary, *notes),
        models=models.models,
        receives=_ports(handled, classes, received=True),
        sends=_ports(sent.messages, classes, received=False),
    )
    return skeleton, notes


def _one_version_each(
    catalog: Catalog, messages: tuple[Resource, ...]
) -> tuple[tuple[Resource, ...], tuple[str, ...]]:
    """Keep the highest version of each received message: a service has one handler for it."""
    kept, notes = [], []
    for message in messages:
        rivals = [other for other in messages if other.id == message.id]
        order = [version.key for version in catalog.versions(message.id, types=MESSAGE_TYPES)]
        highest = min(rivals, key=lambda rival: order.index(rival.key))
        if message is highest:
            kept.append(message)
        else:
            notes.append(f"It receives {message} too: its handler is written for {highest}.")
    return tuple(kept), tuple(notes)


def _classes(
    contracts: Contracts, models: Models, messages: list[Resource]
) -> dict[str, tuple[str, str | None]]:
    """Define the messages' classes: by message key, the class's name and its answer's."""
    labels = _labels(messages)
    # Messages get their names first: a nested object never takes one away from them.
    names = {message.key: models.claim(class_name(labels[message.key])) for message in messages}
    classes = {}
    for message in messages:
        name = names[message.key]
        contract = contracts.find(message.id, message.version)
        identity = (message.id, message.version or "")
        silence = () if contract else ("The catalog has no schema for its payload.",)
        schema = contract.schema if contract else None
        doc = (*_told(message), *silence)
        models.add_message(schema, name=name, doc=doc, message=identity)
        answer = None
        if message.type == "query":
            answer = models.claim(f"{name}Response")
            response = contract.response if contract else None
            silence = () if response else ("The catalog has no schema for it.",)
            models.add_message(response, name=answer, doc=(f"Answer to {message}.", *silence))
        classes[message.key] = (name, answer)
    return classes


def _ports(
    messages: Iterable[Resource], classes: dict[str, tuple[str, str | None]], *, received: bool
) -> tuple[Port, ...]:
    labels = _labels(messages)
    methods = distinct_names(labels.values())
    ports = []
    for message in messages:
        model, answer = classes[message.key]
        verb = "on" if received else "request" if message.type == "query" else "publish"
        deed = "Handle" if received else "Ask" if message.type == "query" else "Publish"
        ports.append(
            Port(
                method=f"{verb}_{methods[labels[message.key]]}",
                id=message.id,
                role=message.type,
                model=model,
                doc=f"{deed} {message}.",
                answer=answer,
            )
        )
    return tuple(ports)


def _labels(messages: Iterable[Resource]) -> dict[str, str]:
    """Call each message by its id, and by its version too where the id alone is not one."""
    ids = [message.id for message in messages]
    return {m.key: m.id if ids.count(m.id) == 1 else f"{m.id} v{m.version}" for m in messages}


def _told(message: Resource) -> tuple[str, ...]:
    """Say in a line what a message is; in two paragraphs where its summary is long."""
    summary = (_summary(message) or message.name).rstrip(".")
    line = f"{summary} ({message.type} {message})."
    if len(line) <= TITLE_CHARACTERS:
        return (line,)
    return (f"{message.type.capitalize()} {message}.", f"{summary}.")


def _summary(resource: Resource) -> str:
    text = resource.frontmatter.get("summary")
    return " ".join(text.split()) if isinstance(text, str) else ""


def file_names(services: Iterable[Resource]) -> dict[str, str]:
    """Name a file for each service id, no two alike."""
    names = distinct_names(sorted({service.id for service in services}))
    return {service: f"{name}.py" for service, name in names.items()}
