"""A service's documents beside its page: which messages of the one the other knows.

Both are reduced to the words of their names first (`vocabulary`), since a page says
`order-created` where a document says `publishOrderCreated`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventproof.contracts.vocabulary import Words, any_alike, words

if TYPE_CHECKING:
    from eventproof.catalog import Catalog, Pointer, Resource
    from eventproof.contracts.contract import Contracts
    from eventproof.contracts.specifications import Role, Specification, Spoken


PAIRS_MAX = 1_000_000
"""A service with more pairs of a message and a name in its documents is not compared: nobody
wrote it by hand, and each is compared with each."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message that a service's page says it sends or receives."""

    pointer: Pointer
    role: Role
    type: str
    """Its type; `message` where the catalog does not have it."""
    names: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Documented:
    """A service in its latest version, with its readable documents and its messages."""

    service: Resource
    documents: tuple[Specification, ...]
    messages: tuple[Message, ...]

    def of_kind(self, kind: str) -> tuple[Specification, ...]:
        """Return the service's documents of one kind."""
        return tuple(one for one in self.documents if one.kind == kind)


def documented_services(catalog: Catalog, contracts: Contracts) -> Iterator[Documented]:
    """Yield the services that say what they send or receive, and have a document to compare."""
    documents: dict[str, list[Specification]] = defaultdict(list)
    for one in contracts.specifications:
        if one.trouble is None:
            documents[one.owner.file].append(one)
    for participant in catalog.participants:
        own = documents.get(participant.file, [])
        messages = tuple(_messages(catalog, participant)) if own else ()
        names = sum(len(spoken.names) for one in own for spoken in one.spoken)
        is_comparable = bool(messages) and len(messages) * names <= PAIRS_MAX
        if participant.type == "service" and is_comparable:
            yield Documented(participant, tuple(own), messages)


def _messages(catalog: Catalog, service: Resource) -> Iterator[Message]:
    for pointer in service.sends:
        yield _message(catalog, pointer, "sends")
    for pointer in service.receives:
        yield _message(catalog, pointer, "receives")


def _message(catalog: Catalog, pointer: Pointer, role: Role) -> Message:
    from eventproof.catalog import resolve

    resolution = resolve(catalog, pointer)
    known = resolution.resource or next(iter(resolution.candidates), None)
    names = {words(pointer.id), words(known.name) if known else words(pointer.id)}
    return Message(pointer, role, known.type if known else "message", tuple(names))


def names_of(spoken: Spoken) -> tuple[Words, ...]:
    """Return the names of what a document speaks of, as words."""
    return tuple(words(name) for name in spoken.names)


def matches(spoken: Spoken, messages: Iterable[Message]) -> tuple[Message, ...]:
    """Return the messages of a page that a document's message may be."""
    names = names_of(spoken)
    return tuple(one for one in messages if any_alike(names, one.names))


def unnamed(
    messages: Sequence[Message], documents: Sequence[Specification]
) -> tuple[Message, ...]:
    """Return the messages of a page that none of the documents names."""
    named = [name for document in documents for one in document.spoken for name in names_of(one)]
    return tuple(one for one in messages if not any_alike(one.names, named))
