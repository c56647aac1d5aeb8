"""The JSON of `contracts matrix` and `contracts diff`, as their published schemas describe it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eventproof.findings import ResourceRef, Summary, as_records

if TYPE_CHECKING:
    from eventproof.contracts import (
        Breach,
        Comparison,
        Contract,
        Difference,
        Edge,
        Judged,
        Party,
        Step,
        Succession,
        Terms,
        Waiver,
    )

    Excused = Mapping[Breach, tuple[Waiver, ...]]


def matrix_document(
    catalog: str,
    edges: Sequence[Edge],
    steps: Sequence[Step],
    judged: Judged,
    *,
    terms: Terms,
    mode: str | None,
) -> dict[str, Any]:
    """Return a matrix, and the versions that were compared beside it."""
    return {
        "catalog": catalog,
        "mode": mode,
        "terms": _terms(terms),
        "summary": {
            "edges": len(edges),
            "steps": len(steps),
            **_verdicts((*edges, *steps), judged),
        },
        "edges": [_edge(edge, judged.excused) for edge in edges],
        "steps": [_step(step, judged.excused) for step in steps],
        "findings": as_records(judged.findings),
    }


def diff_document(
    catalog: str, against: str, found: Difference, judged: Judged, *, terms: Terms, mode: str
) -> dict[str, Any]:
    """Return a difference of two states."""
    return {
        "catalog": catalog,
        "against": against,
        "mode": mode,
        "terms": _terms(terms),
        "summary": {
            "added": len(found.added),
            "removed": len(found.gone),
            "changed": len(found.successions),
            "reused": sum(one.is_reuse for one in found.successions),
            **_verdicts(found.steps, judged),
        },
        "added": [_message(ref) for ref in found.added],
        "removed": [
            {
                **_message(gone.message),
                "last": gone.is_last,
                "file": gone.file,
                "consumers": [_party(party) for party in gone.still or gone.before],
                "waived": _waived(gone.breach, judged.excused),
            }
            for gone in found.gone
        ],
        "changed": [_succession(one, judged.excused) for one in found.successions],
        "findings": as_records(judged.findings),
    }


def _succession(one: Succession, excused: Excused) -> dict[str, Any]:
    bump = one.bump
    return {
        "message": _message(one.message),
        "from": one.old,
        "reused": one.is_reuse,
        "bump": {
            "declared": bump.declared,
            "needed": bump.needed,
            "matches": not (bump.is_short or bump.is_long)
            if bump.declared and bump.needed
            else None,
        },
        "steps": [_step(step, excused) for step in one.steps],
    }


def _edge(edge: Edge, excused: Excused) -> dict[str, Any]:
    return {
        "message": {"type": edge.message.type, "id": edge.message.id},
        "part": edge.part,
        "writer": _party(edge.writer),
        "reader": _party(edge.reader),
        "contracts": {
            side: _contract(one)
            for side, one in zip(("writer", "reader"), edge.contracts, strict=True)
        },
        **_verdict(edge, edge.comparison, excused),
    }


def _step(step: Step, excused: Excused) -> dict[str, Any]:
    return {
        "message": _message(step.message),
        "from": step.old,
        "part": step.part,
        "direction": step.direction,
        **_verdict(step, step.comparison, excused),
        "consumers": [_party(party) for party in step.readers],
    }


def _verdict(item: Edge | Step, compared: Comparison | None, excused: Excused) -> dict[str, Any]:
    return {
        "verdict": item.verdict,
        "witness": compared.witness if compared else None,
        "encoded": compared.encoded if compared else None,
        "rejections": list(item.rejections),
        "reason": item.reason,
        "changes": [
            {
                "kind": change.kind,
                "confluent": change.confluent,
                "path": change.path,
                "message": change.message,
            }
            for change in (compared.changes if compared else ())
        ],
        "inferred": item.is_inferred,
        "waived": _waived(item.breach, excused) if item.verdict != "compatible" else None,
    }


def _party(party: Party) -> dict[str, Any]:
    participant = party.participant
    return {
        **_message(participant.ref),
        "pin": party.pointer.version,
        "reads": party.version,
        "owners": list(participant.owners),
        "file": participant.file,
    }


def _contract(one: Contract | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {"file": one.source, "pointer": one.pointer, "provenance": one.provenance}


def _message(ref: ResourceRef) -> dict[str, Any]:
    return {"type": ref.type, "id": ref.id, "version": ref.version}


def _waived(breach: Breach, excused: Excused) -> dict[str, Any] | None:
    waivers = excused.get(breach)
    if not waivers:
        return None
    first = min(waivers, key=lambda waiver: waiver.expires)
    return {"reason": first.reason, "expires": first.expires.isoformat()}


def _terms(terms: Terms) -> dict[str, Any]:
    return {
        "policy": terms.policy,
        "reader_fills_defaults": terms.reader_fills_defaults,
        "string_formats": terms.formats,
        "protobuf": terms.protobuf,
    }


def _verdicts(items: Iterable[Edge | Step], judged: Judged) -> dict[str, Any]:
    """Return how many verdicts there are of each kind, and how many findings."""
    counts = Counter(
        "waived"
        if item.verdict != "compatible" and item.breach in judged.excused
        else item.verdict
        for item in items
    )
    total = Summary.of(judged.findings)
    return {
        **{word: counts[word] for word in ("compatible", "breaking", "unknown", "waived")},
        "findings": {"error": total.error, "warning": total.warning, "info": total.info},
    }
