"""A version of a message breaks one that it follows.

There is a payload that the one version allows and the other rejects: the finding shows it, and
both validators agreed on it. Backward means that readers of the new version cannot read the old
one, as when messages are replayed or producers lag behind; forward means that readers of the old
version cannot read the new one, as when they are updated later. `eventproof contracts diff` and
`contracts matrix --mode` report it, since it needs two states of a catalog or a mode.

Mend it by making the change additive: an optional property, a wider type for what is read, a new
value where readers expect others. Where it must break, raise the major version, send both versions
until the consumers have moved, and give those who agree a waiver with a last day:

    1.4.0 quantity: integer
    1.5.0 quantity: number      breaks who reads 1.4.0: forward
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from eventproof.findings import Finding, Location, Rule, Severity

if TYPE_CHECKING:
    from eventproof.contracts.comparison import Comparison
    from eventproof.contracts.edges import Party
    from eventproof.contracts.succession import Step

RULE = Rule("CON202", "breaking-change", Severity.ERROR, __doc__)

_SHOWN_LIMIT = 500
"""How many characters of a witness are shown."""
_CHANGES_LIMIT = 5


def finding(step: Step, location: Location, *, is_declared: bool = False) -> Finding:
    """Return the finding of a step that breaks; milder where its contract is but inferred.

    `is_declared` says that the version announces a break, and that this is allowed.
    """
    assert step.comparison is not None
    old, new = step.old or "unversioned", step.new or "unversioned"
    said, read = (old, new) if step.direction == "backward" else (new, old)
    what = f"the schema of {new} was edited, and " if step.is_reuse else ""
    said, read = _told_apart(step, said, read)
    part = "" if step.part == "payload" else f"the {step.part} of "
    details = [
        f"{said} allows {shown(step.comparison.witness)}",
        *(f"{read} rejects it: {why}" for why in step.rejections),
        *changes(step.comparison),
        *readers(step.readers, step.direction),
    ]
    if step.is_inferred:
        details.append("A contract was inferred from examples: it is as good as they are.")
    mild = Severity.INFO if is_declared else Severity.WARNING if step.is_inferred else None
    return RULE.finding(
        f"{step.message}: {what}who reads {part}{read} cannot read every {said} "
        f"({step.direction}).",
        location=location,
        resource=step.message,
        about=f"{old}->{new} {step.part} {step.direction}",
        details=details,
        severity=mild,
    )


def _told_apart(step: Step, said: str, read: str) -> tuple[str, str]:
    if not step.is_reuse:
        return said, read
    is_backward = step.direction == "backward"
    return (f"old {said}", f"new {read}") if is_backward else (f"new {said}", f"old {read}")


def shown(witness: Any) -> str:
    """Return a payload as text that fits a finding."""
    payload = json.dumps(witness, ensure_ascii=False)
    return payload if len(payload) <= _SHOWN_LIMIT else f"{payload[:_SHOWN_LIMIT]}..."


def changes(comparison: Comparison) -> Iterator[str]:
    """Yield what differs, a line each, and how much more there is."""
    for change in comparison.changes[:_CHANGES_LIMIT]:
        yield f"{change.kind} {change.path or '/'}: {change.message}."
    more = len(comparison.changes) - _CHANGES_LIMIT
    if more > 0:
        yield f"And {more} more {'change' if more == 1 else 'changes'}."


def readers(parties: Iterable[Party], direction: str = "forward") -> Iterator[str]:
    """Yield who is hurt, and whom to ask."""
    known = list(parties)
    for party in known:
        owners = ", ".join(party.participant.owners)
        asked = f"owners: {owners}" if owners else "no owner"
        yield f"{party.participant} reads {party.read_as}, pinned to {party.pin}; {asked}."
    if not known and direction == "forward":
        yield "Nobody in this catalog reads the old version."
