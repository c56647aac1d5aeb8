"""The matrix: what each producer sends against what each consumer is pinned to, edge by edge.

An edge is one participant that sends a message, one that receives it, and the version that each
of them names. A pin that is left out means the latest version, as everywhere. A producer that
sends the very version that a consumer reads is taken to send it that one, whatever else it sends:
two versions side by side are how a migration goes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from eventproof.contracts.breach import Breach, Cause, cause_of
from eventproof.contracts.terms import Terms, compare_under, rejections
from eventproof.findings import ResourceRef

if TYPE_CHECKING:
    from eventproof.catalog import Catalog, Pointer, Resource
    from eventproof.contracts.comparison import Comparison, Verdict
    from eventproof.contracts.contract import Contract, Contracts

Part = Literal["payload", "request", "response"]
"""What travels: of a query that declares an answer, the request or the response."""

Key = tuple[str, str, str | None]


@dataclass(frozen=True, slots=True)
class Party:
    """One end of an edge: a participant, and what its page says of the message."""

    participant: Resource
    pointer: Pointer
    version: str | None
    """The version that its pin means; None where there is none, or messages have no versions."""
    is_known: bool = True
    """Whether the catalog has what the pin means."""

    @property
    def pin(self) -> str:
        """The pin as written, or `latest`."""
        return self.pointer.version or "latest"

    @property
    def read_as(self) -> str:
        """The version for people: what the pin means, else the pin itself."""
        return self.version or (self.pin if not self.is_known or self.pointer.version else "")

    def agrees_with(self, other: Party) -> bool:
        """Whether both mean the same version, be it in the catalog or not."""
        if self.is_known and other.is_known:
            return self.version == other.version
        return self.pointer.version is not None and self.pointer.version == other.pointer.version


@dataclass(frozen=True, slots=True)
class Edge:
    """What is known of one writer and one reader of a message."""

    message: ResourceRef
    """Its type and id; the versions are those of the parties."""
    part: Part
    writer: Party
    """Who writes the payload: the producer, but of a response the one that answers."""
    reader: Party
    verdict: Verdict
    reason: str | None = None
    """Why the verdict is unknown: a reason of `compare`, `version-missing` or `no-contract`."""
    comparison: Comparison | None = field(default=None, repr=False)
    """None where both name the same version, or nothing could be compared."""
    rejections: tuple[str, ...] = ()
    """Why the reader rejects the witness."""
    is_inferred: bool = False
    """Whether a contract was inferred from examples, and the verdict is as good as they are."""

    contracts: tuple[Contract | None, Contract | None] = field(
        default=(None, None), repr=False, compare=False
    )
    """What the writer's and the reader's version is described by, where it is."""

    @property
    def breach(self) -> Breach:
        """What a waiver must name to excuse this edge."""
        causes = (
            [cause_of(change) for change in self.comparison.changes] if self.comparison else []
        )
        named = causes or [Cause(self.reason or self.verdict, "")]
        return Breach(self.message, _versions(self), tuple(named))


def matrix(contracts: Contracts, terms: Terms, *, with_agreed: bool = True) -> tuple[Edge, ...]:
    """Return the edges of a catalog: by message, then by writer, then by reader.

    Without those whose ends name the same version, where `with_agreed` is false.
    """
    assert contracts.catalog is not None
    comparing = _Comparing(contracts, terms)
    found = [
        edge
        for message, producers, consumers in _traffic(contracts.catalog)
        for producer, consumer in _pairs(producers, consumers)
        if with_agreed or not producer.agrees_with(consumer)
        for edge in comparing.edges(message, producer, consumer)
    ]
    return tuple(sorted(found, key=_order))


def contracts_by_key(contracts: Contracts) -> Mapping[Key, Contract]:
    """Return the contracts by type, id and version of their messages."""
    return {(c.message.type, c.message.id, c.message.version): c for c in contracts.contracts}


@dataclass(slots=True)
class _Comparing:
    """Contracts that are compared, each pair of versions once."""

    contracts: Contracts
    terms: Terms
    known: dict[tuple[Key, Key, Part], Edge] = field(default_factory=dict)
    by_key: Mapping[Key, Contract] = field(init=False)

    def __post_init__(self) -> None:
        self.by_key = contracts_by_key(self.contracts)

    def edges(self, message: ResourceRef, producer: Party, consumer: Party) -> Iterator[Edge]:
        """Yield the edge of the payload, and that of the answer where one is declared."""
        sent, read = (self.by_key.get(_key(message, party)) for party in (producer, consumer))
        answers = any(end is not None and end.response is not None for end in (sent, read))
        asked = self._edge(message, "request" if answers else "payload", producer, consumer)
        yield replace(asked, contracts=(sent, read))
        if answers:
            answered = self._edge(message, "response", consumer, producer)
            yield replace(answered, contracts=(read, sent))

    def _edge(self, message: ResourceRef, part: Part, writer: Party, reader: Party) -> Edge:
        if writer.agrees_with(reader):
            return Edge(message, part, writer, reader, "compatible")
        if not (writer.is_known and reader.is_known):
            return Edge(message, part, writer, reader, "unknown", "version-missing")
        key = (_key(message, writer), _key(message, reader), part)
        if key not in self.known:
            self.known[key] = self._compared(message, part, writer, reader)
        return replace(self.known[key], writer=writer, reader=reader)

    def _compared(self, message: ResourceRef, part: Part, writer: Party, reader: Party) -> Edge:
        ends = [self.by_key.get(_key(message, party)) for party in (writer, reader)]
        schemas = [part_of(end, part) if end else None for end in ends]
        if schemas[0] is None or schemas[1] is None:
            return Edge(message, part, writer, reader, "unknown", "no-contract")
        compared = compare_under(self.terms, writer=schemas[0], reader=schemas[1])
        said = (
            rejections(schemas[1], compared, self.terms) if compared.verdict == "breaking" else ()
        )
        inferred = any(end.provenance == "inferred" for end in ends if end)
        ends_of = (message, part, writer, reader)
        return Edge(*ends_of, compared.verdict, compared.reason, compared, said, inferred)


def part_of(contract: Contract, part: Part) -> dict[str, object] | None:
    """Return the schema of one part of a contract; None where it has none."""
    return contract.response if part == "response" else contract.schema


def _traffic(
    catalog: Catalog,
) -> Iterator[tuple[ResourceRef, list[Party], list[Party]]]:
    """Yield each message that somebody names, with those who send it and those who receive it."""
    producers, consumers = _named(catalog, "sends"), _named(catalog, "receives")
    for type_, id_ in sorted(producers.keys() & consumers.keys()):
        yield ResourceRef(type_, id_), producers[type_, id_], consumers[type_, id_]


def _named(catalog: Catalog, what: str) -> Mapping[tuple[str, str], list[Party]]:
    from eventproof.catalog import resolve

    found: dict[tuple[str, str], dict[tuple[str, str | None, str], Party]] = defaultdict(dict)
    for participant in catalog.participants:
        name = participant.key
        for pointer in getattr(participant, what):
            resolution = resolve(catalog, pointer)
            if resolution.candidates:
                message = resolution.resource or resolution.candidates[0]
                version = resolution.resource.version if resolution.resource else None
                party = Party(participant, pointer, version, resolution.resource is not None)
                key = (name, version, party.pin)
                found[message.type, message.id].setdefault(key, party)
    return {message: list(parties.values()) for message, parties in found.items()}


def _pairs(
    producers: Iterable[Party], consumers: Iterable[Party]
) -> Iterator[tuple[Party, Party]]:
    senders = list(producers)
    for consumer in consumers:
        for producer in senders:
            if producer.agrees_with(consumer) or not any(
                other.participant is producer.participant and other.agrees_with(consumer)
                for other in senders
            ):
                yield producer, consumer


def _key(message: ResourceRef, party: Party) -> Key:
    return (message.type, message.id, party.version)


def _versions(edge: Edge) -> frozenset[str]:
    return frozenset({edge.writer.read_as, edge.reader.read_as})


def _order(edge: Edge) -> tuple[str, ...]:
    names = (edge.message.id, edge.message.type, edge.part)
    parties = (edge.writer, edge.reader)
    return (*names, *(text for p in parties for text in (p.participant.key, p.read_as)))
