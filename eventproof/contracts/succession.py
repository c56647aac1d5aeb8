"""Succession: the versions of a message in their order, and whether each understands those before.

A mode says which versions are compared and in which direction, in the words of schema registries.
Backward is a new reader and an old writer, and hurts who reads the new version; forward is an old
reader and a new writer, and hurts who still reads the old one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from eventproof.contracts.breach import Breach, Cause, cause_of
from eventproof.contracts.edges import Part, Party, part_of
from eventproof.contracts.terms import (
    Mode,
    Terms,
    compare_under,
    directions,
    is_transitive,
    rejections,
)

if TYPE_CHECKING:
    from eventproof.catalog import Catalog, Resource
    from eventproof.contracts.comparison import Comparison, Direction, Verdict
    from eventproof.contracts.contract import Contract, Contracts
    from eventproof.findings import ResourceRef


@dataclass(frozen=True, slots=True)
class Step:
    """What is known of an older and a newer version of one message, in one direction."""

    message: ResourceRef
    """The newer version."""
    old: str | None
    """The older version; the same as the newer one where its schema was edited in place."""
    part: Part
    direction: Direction
    verdict: Verdict
    reason: str | None = None
    """Why the verdict is unknown: a reason of `compare`, or `no-contract`."""
    comparison: Comparison | None = field(default=None, repr=False)
    rejections: tuple[str, ...] = ()
    """Why the reader rejects the witness."""
    is_inferred: bool = False
    """Whether a contract was inferred from examples, and the verdict is as good as they are."""
    readers: tuple[Party, ...] = ()
    """Who is hurt if it breaks."""

    @property
    def new(self) -> str | None:
        """The newer version."""
        return self.message.version

    @property
    def is_reuse(self) -> bool:
        """Whether a schema was edited under its version."""
        return self.old == self.new

    @property
    def breach(self) -> Breach:
        """What a waiver must name to excuse this step."""
        causes = (
            [cause_of(change) for change in self.comparison.changes] if self.comparison else []
        )
        named = causes or [Cause(self.reason or self.verdict, "")]
        return Breach(self.message, versions_of(self.old, self.new), tuple(named))


def versions_of(*versions: str | None) -> frozenset[str]:
    """Return versions as a waiver names them; none is the empty string."""
    return frozenset(version or "" for version in versions)


def successions(contracts: Contracts, *, mode: Mode, terms: Terms) -> tuple[Step, ...]:
    """Compare the versions of each message of a catalog, lowest first."""
    assert contracts.catalog is not None
    catalog = contracts.catalog
    groups: dict[tuple[str, str], list[Contract]] = defaultdict(list)
    for contract in contracts.contracts:
        groups[contract.message.type, contract.message.id].append(contract)
    return tuple(
        step
        for versions in groups.values()
        for index, new in enumerate(versions)
        for old in predecessors(versions[:index], mode)
        for step in steps_between(old, new, mode=mode, terms=terms, readers=(catalog, catalog))
    )


def predecessors(lower: Sequence[Contract], mode: Mode) -> Sequence[Contract]:
    """Return which of the lower versions, lowest first, a mode compares a version with."""
    return lower if is_transitive(mode) else lower[-1:]


def steps_between(
    old: Contract,
    new: Contract,
    *,
    mode: Mode,
    terms: Terms,
    readers: tuple[Catalog, Catalog],
) -> Iterator[Step]:
    """Yield the steps from one version to another, in each direction that the mode asks for.

    `readers` are the catalogs before and after, which say who reads which version.
    """
    answers = old.response is not None or new.response is not None
    parts: tuple[Part, ...] = ("request", "response") if answers else ("payload",)
    for part in parts:
        for direction in directions(mode):
            yield _step(old, new, part, direction, terms, readers)


def _step(
    old: Contract,
    new: Contract,
    part: Part,
    direction: Direction,
    terms: Terms,
    catalogs: tuple[Catalog, Catalog],
) -> Step:
    before, after = part_of(old, part), part_of(new, part)
    hurt = readers_hurt(old, new, direction, part, catalogs)
    if before is None or after is None:
        known = (new.message, old.message.version, part, direction)
        return Step(*known, "unknown", "no-contract", readers=hurt)
    writer, reader = (before, after) if direction == "backward" else (after, before)
    compared = compare_under(terms, writer=writer, reader=reader, direction=direction)
    breaking = compared.verdict == "breaking"
    return Step(
        message=new.message,
        old=old.message.version,
        part=part,
        direction=direction,
        verdict=compared.verdict,
        reason=compared.reason,
        comparison=compared,
        rejections=rejections(reader, compared, terms) if breaking else (),
        is_inferred="inferred" in (old.provenance, new.provenance),
        readers=hurt,
    )


def readers_hurt(
    old: Contract,
    new: Contract,
    direction: Direction,
    part: Part,
    catalogs: tuple[Catalog, Catalog],
) -> tuple[Party, ...]:
    """Return who reads the version that must understand the other one.

    An old version is read by who is still pinned to it, and by who was before the change.
    """
    before, after = catalogs
    if direction == "backward":
        return tuple(_readers(after, new.message, part))
    known: Mapping[tuple[str, str], Party] = {
        (party.participant.type, party.participant.id): party
        for catalog in (before, after)
        for party in _readers(catalog, old.message, part)
    }
    return tuple(known[key] for key in sorted(known))


def _readers(catalog: Catalog, message: ResourceRef, part: Part) -> Iterable[Party]:
    """Yield who reads one version: its consumers; of a response those who asked."""
    from eventproof.catalog import consumers, producers

    resource = _resource(catalog, message)
    if resource is None:
        return
    linked = producers if part == "response" else consumers
    for participant, pointer in linked(catalog, resource):
        yield Party(participant, pointer, message.version)


def _resource(catalog: Catalog, message: ResourceRef) -> Resource | None:
    known = catalog.versions(message.id, (message.type,))
    return next((one for one in known if one.version == message.version), None)
