"""Judgement: what was compared, as findings, less what waivers excuse.

A verdict is a fact; whether it fails a build is a decision: a waiver may excuse it, an unknown may
fail or warn, and a break that a major version announces may be allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from eventproof.contracts.breach import Breach
from eventproof.contracts.rules import (
    con201_unreadable_by_consumer,
    con202_breaking_change,
    con203_version_reused,
    con204_semver_mismatch,
    con205_message_removed,
    con206_undecided_compatibility,
)
from eventproof.contracts.waivers import Excused, Waiver, excused
from eventproof.findings import Finding, Location, Severity

if TYPE_CHECKING:
    from eventproof.catalog import Catalog
    from eventproof.contracts.comparison import Comparison
    from eventproof.contracts.differences import Difference, Gone, Succession
    from eventproof.contracts.edges import Edge
    from eventproof.contracts.succession import Step
    from eventproof.findings import ResourceRef


_OF_DIFFERENCES = frozenset(
    {con203_version_reused.KIND, con204_semver_mismatch.KIND, con205_message_removed.KIND}
)
"""What only a difference of two states can excuse."""


@dataclass(frozen=True, slots=True)
class Leniency:
    """What does not fail although it is so."""

    today: date
    """The day on which waivers are judged."""
    waivers: tuple[Waiver, ...] = ()
    unknown_warns: bool = False
    """Whether an unknown is a warning; it is an error else."""
    major_may_break: bool = False
    """Whether a break that a new major version announces is only told."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What is left to say."""

    findings: tuple[Finding, ...]
    excused: Mapping[Breach, tuple[Waiver, ...]] = field(default_factory=dict)

    @property
    def fails(self) -> bool:
        """Whether any finding is an error: proved, not excused, and not only inferred."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


def judge_matrix(
    catalog: Catalog, edges: Sequence[Edge], steps: Sequence[Step], leniency: Leniency
) -> Judged:
    """Return the findings of a matrix, and of the versions that were compared beside it."""
    settled = _settled(catalog, [*edges, *steps], leniency)
    open_edges = [edge for edge in edges if edge.breach not in settled.by]
    open_steps = [step for step in steps if step.breach not in settled.by]
    found = [
        *con201_unreadable_by_consumer.findings(catalog, open_edges),
        *_undecided_edges(catalog, open_edges, leniency),
        *_of_steps(catalog, open_steps, leniency),
        *settled.findings,
    ]
    return Judged(_sorted(found), settled.by)


def judge_check(
    catalog: Catalog, edges: Sequence[Edge], leniency: Leniency | None
) -> tuple[Finding, ...]:
    """Return what `check` says of a matrix: breaks that stand, and waivers that do nothing.

    Milder than the matrix itself where a reader names no version; an unknown is left to it.
    """
    settled = _settled(catalog, edges, leniency) if leniency else Excused({})
    standing = [e for e in edges if e.verdict == "breaking" and e.breach not in settled.by]
    found = con201_unreadable_by_consumer.findings(catalog, standing, unpinned=Severity.WARNING)
    return (*found, *settled.findings)


def _settled(catalog: Catalog, items: Sequence[Edge | Step], leniency: Leniency) -> Excused:
    return excused(
        leniency.waivers,
        [item.breach for item in items if item.verdict != "compatible"],
        compared={(i.breach.message.id, i.breach.versions) for i in items if i.comparison},
        known=_ids(catalog),
        today=leniency.today,
        elsewhere=_OF_DIFFERENCES,
    )


def judge_comparison(
    comparison: Comparison, sentence: str, *, file: str, rejections: Sequence[str], warns: bool
) -> Judged:
    """Return the finding of two schemas that were compared by themselves, if there is one.

    `file` is the reader's, `rejections` say why it rejects the witness, and `warns` whether an
    unknown is a warning.
    """
    if comparison.verdict == "compatible":
        return Judged(())
    is_broken = comparison.verdict == "breaking"
    rule = (con202_breaking_change if is_broken else con206_undecided_compatibility).RULE
    payload = [f"The writer allows {con202_breaking_change.shown(comparison.witness)}"]
    details = (
        *(payload if is_broken else [f"The reason is {comparison.reason}."]),
        *(f"The reader rejects it: {why}" for why in rejections),
        *con202_breaking_change.changes(comparison),
    )
    is_mild = warns and not is_broken
    made = rule.finding(
        f"{sentence}." if is_broken else f"It is unknown {sentence}.",
        location=Location(file, 1),
        about=f"{comparison.direction} {comparison.policy}",
        details=details,
        severity=Severity.WARNING if is_mild else None,
    )
    return Judged((made,))


def judge_difference(
    old: Catalog, new: Catalog, found: Difference, leniency: Leniency, *, against: str
) -> Judged:
    """Return the findings of a difference. `against` is what people call the older state."""
    settled = excused(
        leniency.waivers,
        _breaches(found),
        compared={(s.message.id, s.breach.versions) for s in found.steps if s.comparison},
        known=_ids(old) | _ids(new),
        today=leniency.today,
    )
    findings: list[Finding] = [
        *(_gone(new, one, against) for one in found.gone if one.breach not in settled.by),
        *settled.findings,
    ]
    for one in found.successions:
        findings += _of_succession(new, one, leniency, settled.by, against)
    return Judged(_sorted(findings), settled.by)


def _breaches(found: Difference) -> Iterator[Breach]:
    yield from (gone.breach for gone in found.gone)
    for one in found.successions:
        yield from (step.breach for step in one.steps if step.verdict != "compatible")
        if one.is_reuse:
            yield one.reuse_breach
        if one.bump.is_short:
            yield one.bump_breach


def _of_succession(
    catalog: Catalog,
    one: Succession,
    leniency: Leniency,
    by: Mapping[Breach, tuple[Waiver, ...]],
    against: str,
) -> Iterator[Finding]:
    is_announced = leniency.major_may_break and one.bump.declared == "major"
    standing = [step for step in one.steps if step.breach not in by]
    yield from _of_steps(catalog, standing, leniency, is_announced=is_announced)
    place = _place(catalog, one.message)
    if one.is_reuse and one.reuse_breach not in by:
        yield con203_version_reused.finding(one.steps, place, against=against)
    mismatch = con204_semver_mismatch.finding(one.message, one.old, one.bump, place)
    breaks = [step for step in one.steps if step.verdict == "breaking"]
    # Where all breaks are excused, so is the number that did not announce them.
    is_excused = bool(breaks) and not any(step in standing for step in breaks)
    if mismatch is not None and one.bump_breach not in by and not is_excused:
        yield mismatch


def _of_steps(
    catalog: Catalog, steps: Iterable[Step], leniency: Leniency, *, is_announced: bool = False
) -> Iterator[Finding]:
    for step in steps:
        place = _place(catalog, step.message)
        if step.verdict == "breaking":
            yield con202_breaking_change.finding(step, place, is_declared=is_announced)
        elif step.verdict == "unknown":
            grade = _grade(leniency)
            yield con206_undecided_compatibility.of_step(step, place, severity=grade)


def _undecided_edges(
    catalog: Catalog, edges: Iterable[Edge], leniency: Leniency
) -> Iterator[Finding]:
    for edge in edges:
        if edge.verdict == "unknown":
            place = catalog.locate(edge.reader.participant, edge.reader.pointer.path)
            yield con206_undecided_compatibility.of_edge(edge, place, severity=_grade(leniency))


def _gone(catalog: Catalog, gone: Gone, against: str) -> Finding:
    file = f"{catalog.shown}/{gone.file}" if catalog.shown else gone.file
    return con205_message_removed.finding(
        gone.message,
        Location(file),
        still=gone.still,
        before=gone.before,
        is_last=gone.is_last,
        against=against,
    )


def _grade(leniency: Leniency) -> Severity:
    return Severity.WARNING if leniency.unknown_warns else Severity.ERROR


def _place(catalog: Catalog, message: ResourceRef) -> Location:
    known = catalog.versions(message.id, (message.type,))
    resource = next((one for one in known if one.version == message.version), None)
    return catalog.locate(resource, ("version",)) if resource else Location(catalog.shown or ".")


def _ids(catalog: Catalog) -> frozenset[str]:
    return frozenset(message.id for message in catalog.messages)


def _sorted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: finding.sort_key))
