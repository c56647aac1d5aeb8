"""Whether a reader understands what a writer sends could be neither proved nor refuted.

Nothing is guessed: the finding gives the reason, such as a reference that leads nowhere, a
version without a contract, a pattern that is not regular, or a budget that ended. `contracts
diff` and `contracts matrix` report it, as an error unless `unknown` is set to `warn`.

Mend it by what the reason says; or have a waiver say until when somebody vouches for it:

    eventproof contracts matrix catalog --unknown warn
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventproof.contracts.rules.con202_breaking_change import readers
from eventproof.findings import Finding, Location, Rule, Severity

if TYPE_CHECKING:
    from eventproof.contracts.edges import Edge
    from eventproof.contracts.succession import Step

RULE = Rule("CON206", "undecided-compatibility", Severity.ERROR, __doc__)


def of_edge(edge: Edge, location: Location, *, severity: Severity) -> Finding:
    """Return the finding of an edge whose verdict is unknown."""
    writer, reader = edge.writer, edge.reader
    versions = f"{edge.message}@{reader.read_as}<-{writer.read_as}"
    return RULE.finding(
        f"{reader.participant} reads {edge.message} {reader.read_as}: whether it can read every "
        f"{writer.read_as} that {writer.participant} sends is not known: {edge.reason}.",
        location=location,
        resource=reader.participant.ref,
        about=f"{versions} {edge.part} {writer.participant}",
        severity=severity,
    )


def of_step(step: Step, location: Location, *, severity: Severity) -> Finding:
    """Return the finding of a step whose verdict is unknown."""
    old, new = step.old or "unversioned", step.new or "unversioned"
    return RULE.finding(
        f"{step.message}: whether it fits {old} is not known ({step.direction}): {step.reason}.",
        location=location,
        resource=step.message,
        about=f"{old}->{new} {step.part} {step.direction}",
        details=tuple(readers(step.readers, step.direction)),
        severity=severity,
    )
