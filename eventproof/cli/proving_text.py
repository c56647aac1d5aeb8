"""A proof for people: what was checked, what was proved, and the one story worth telling.

It fits in 25 lines. Whatever is left out for that is counted, and the command that shows it named.
"""

from __future__ import annotations

from eventproof.cli.proving import Broken, Proof, Ran
from eventproof.cli.running import Explored, typed
from eventproof.cli.timing import Timed, timed_headline
from eventproof.findings import Finding, Severity
from eventproof.report import headline, not_reached, timeline

LINE_BOUND = 25
FINDING_BOUND = 4
"""Findings that are shown; the rest are counted."""


def proof_text(proof: Proof) -> str:
    """The summary of a proof."""
    head = [*_parts(proof), *_findings(proof), *(_scenario(ran) for ran in proof.ran)]
    story = _story(proof)
    tail = ["", _verdict(proof)]
    room = LINE_BOUND - len(head) - len(tail)
    if len(story) > room:
        story = [*story[: max(0, room - 1)], "  …"]
    return "\n".join([*head, *story, *tail])


def _parts(proof: Proof) -> list[str]:
    services = len(proof.catalog.services)
    messages = len(proof.catalog.messages)
    provenances = [contract.provenance for contract in proof.contracts.contracts]
    kinds = ", ".join(
        f"{provenances.count(kind)} {kind}"
        for kind in ("declared", "converted", "inferred")
        if kind in provenances
    )
    work = typed(proof.project.work)
    stale = "; these differ from the catalog: " + ", ".join(proof.stale_stubs)
    return [
        f"catalog    {proof.catalog.files} files, {services} services, {messages} messages: "
        f"{proof.faults if proof.findings else 'no findings'}",
        f"contracts  {kinds or 'none'}; written to {work}/contracts",
        f"stubs      {len(proof.stubs)} services; written to {work}/stubs"
        f"{stale if proof.stale_stubs else ''}",
    ]


def _findings(proof: Proof) -> list[str]:
    worth = [f for f in proof.findings if f.severity is not Severity.INFO]
    worth.sort(key=_importance)
    lines = [f"  {f.severity.value:<8} {f.rule} {f.message}" for f in worth[:FINDING_BOUND]]
    hidden = len(proof.findings) - len(lines)
    if hidden:
        command = f"eventproof check {typed(proof.project.catalog)}"
        lines.append(f"  and {hidden} more; `{command}` shows each with its place")
    return lines


def _importance(finding: Finding) -> tuple[int, bool, tuple[object, ...]]:
    # What only running the graph can tell stands before what any linter would say.
    topology = finding.rule[3] in "34" or finding.rule.startswith("CON2")
    return (finding.severity.rank, not topology, finding.sort_key)


def _scenario(ran: Ran) -> str:
    result = ran.result
    if isinstance(result, Broken):
        place = "" if result.sentence.startswith(ran.file) else f"{ran.file}: "
        hint = f" ({result.hint})" if result.hint else ""
        return f"ERROR      {place}{result.sentence}{hint}"
    if isinstance(result, Timed):
        return timed_headline(result)
    exploration = result.exploration
    line = headline(result.scenario, exploration)
    if exploration.unreached:
        line += f"   ({not_reached(exploration)}: {', '.join(exploration.unreached)})"
    if exploration.undecided:
        line += f"   (not told: {', '.join(exploration.undecided)})"
    return line


def _story(proof: Proof) -> list[str]:
    """The first violation: one that nobody expected, if there is one."""
    told = [r.result for r in proof.ran if isinstance(r.result, Explored) and r.result.stories]
    told.sort(key=lambda ran: ran.as_expected)
    if not told:
        return []
    story, tape = told[0].stories[0], told[0].tapes[0]
    table = [f"  {line}" for line in timeline(story.lines).splitlines()]
    return ["", f"  {story.sentence}", *table, f"  replay it: eventproof replay {tape}"]


def _verdict(proof: Proof) -> str:
    if proof.holds:
        expected = f"{len(proof.ran)} scenarios as expected" if proof.ran else "no scenarios"
        return f"HOLDS      {expected}"
    reasons = []
    if proof.grave:
        reasons.append(f"{len(proof.grave)} findings")
    if proof.stale_stubs:
        reasons.append(f"{len(proof.stale_stubs)} stale stubs")
    if proof.unexpected:
        reasons.append(f"{len(proof.unexpected)} of {len(proof.ran)} scenarios not as expected")
    return f"FAILS      {', '.join(reasons)}"
