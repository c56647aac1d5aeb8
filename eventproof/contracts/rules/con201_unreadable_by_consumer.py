"""A producer sends payloads that a consumer rejects.

The consumer is pinned to one version of a message, a producer sends another, and there is a
payload that the sent version allows and the pinned version does not: the finding shows it. Both
validators agreed on that payload. The producer is taken to send only the properties it declares.
Where the consumer names no version, the latest one is meant; that is a warning of `check`, and an
error of `contracts matrix`. Where a contract was inferred from examples, it is a warning of both.

Mend it by moving the consumer to the version that is sent, or by sending both for a while:

    receives: [{id: InventoryAdjusted, version: 0.0.3}]     pinned
    sends: [{id: InventoryAdjusted, version: 0.0.4}]        where quantity became a number
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from eventproof.contracts.rules.con202_breaking_change import shown
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog import Catalog
    from eventproof.contracts.edges import Edge, Party

RULE = Rule("CON201", "unreadable-by-consumer", Severity.ERROR, __doc__)


def findings(
    catalog: Catalog, edges: Sequence[Edge], *, unpinned: Severity = Severity.ERROR
) -> Iterator[Finding]:
    """Yield one finding for each reader and each version that it cannot read.

    `unpinned` is how grave it is where the reader names no version.
    """
    together: dict[tuple[object, ...], list[Edge]] = defaultdict(list)
    for edge in edges:
        if edge.verdict == "breaking":
            reader = edge.reader
            key = (edge.message, edge.part, reader.participant.key, reader.read_as)
            together[(*key, reader.pin, edge.writer.read_as)].append(edge)
    for group in together.values():
        pinned = group[0].reader.pointer.version is not None
        grade = Severity.ERROR if pinned else unpinned
        yield _finding(catalog, group, Severity.WARNING if group[0].is_inferred else grade)


def _finding(catalog: Catalog, edges: Sequence[Edge], severity: Severity) -> Finding:
    """Return the finding of edges that differ in their writers only."""
    edge = edges[0]
    assert edge.comparison is not None
    reader, sent, read = edge.reader, edge.writer.read_as, edge.reader.read_as
    writers = list({one.writer.participant.key: one.writer for one in edges}.values())
    names = ", ".join(str(writer.participant) for writer in writers)
    verb = "sends" if len(writers) == 1 else "send"
    what = "" if edge.part == "payload" else f"{edge.part} of "
    details = [f"{sent} allows {shown(edge.comparison.witness)}"]
    details += [f"{read} rejects it: {why}" for why in edge.rejections]
    owners = _owners([reader, *writers])
    if owners:
        details.append(f"Owners to ask: {', '.join(owners)}.")
    pinned = reader.pointer.version is not None
    return RULE.finding(
        f"{reader.participant} {'is pinned to' if pinned else 'reads the latest version of'} "
        f"{edge.message} {read}, and cannot read every {what}{sent} that {names} {verb}.",
        location=catalog.locate(reader.participant, _place(reader)),
        resource=reader.participant.ref,
        about=_about(edge),
        details=details,
        severity=severity,
    )


def _owners(parties: Sequence[Party]) -> list[str]:
    return list(dict.fromkeys(owner for party in parties for owner in party.participant.owners))


def _place(party: Party) -> tuple[str | int, ...]:
    path = party.pointer.path
    return (*path, "version") if party.pointer.version and path else path


def _about(edge: Edge) -> str:
    versions = f"{edge.message.id} {edge.reader.read_as}<-{edge.writer.read_as}"
    return versions if edge.part == "payload" else f"{versions} {edge.part}"
