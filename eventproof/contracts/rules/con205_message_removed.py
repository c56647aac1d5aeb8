"""A message, or a version of one, is gone that others rely on.

The catalog had it before. Where somebody still receives it, they wait for what nobody describes
any more: an error. Where somebody did before, they should know of it: a warning. A message that
nobody received may go; that is only said. `eventproof contracts diff` reports it.

Mend it by keeping the page until its consumers have moved, under `versioned/` or marked:

    deprecated: {date: 2027-01-31, message: "use OrderCancelled"}
"""

from __future__ import annotations

from collections.abc import Sequence

from eventproof.contracts.edges import Party
from eventproof.contracts.rules.con202_breaking_change import readers
from eventproof.findings import Finding, Location, ResourceRef, Rule, Severity

RULE = Rule("CON205", "message-removed", Severity.ERROR, __doc__)

KIND = "message.removed"
"""What a waiver calls it."""


def finding(
    message: ResourceRef,
    location: Location,
    *,
    still: Sequence[Party],
    before: Sequence[Party],
    is_last: bool,
    against: str,
) -> Finding:
    """Return the finding of a message that is gone; graver the more rely on it.

    `still` are those who receive it, `before` those who did, `is_last` says that no other version
    is left. A page that was edited in place is the usual way to a new version, and harms nobody.
    """
    severity, use = Severity.INFO, "and nobody received it there"
    if still:
        severity, use = Severity.ERROR, "and is still received"
    elif not is_last:
        use = "and other versions are left"
    elif before:
        severity, use = Severity.WARNING, "and was received there"
    return RULE.finding(
        f"{message}: the {message.type} is in {against} and here no more, {use}.",
        location=location,
        resource=message,
        about=KIND,
        details=tuple(readers(still or before, "removed")),
        severity=severity,
    )
