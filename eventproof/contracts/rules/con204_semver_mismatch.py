"""A version number promises something else than the change does.

By semantic versioning, a break needs a new major version, and whatever else a payload can show a
minor one; before 1.0.0 only a step of the last number promises that nothing breaks, and before
0.1.0 none does. The change is computed, not read from a changelog. A step that is too small is an
error; one that announces a break where there is none is worth knowing. `eventproof contracts
diff` reports it. Versions that are no numbers promise nothing.

Mend the version, or the change:

    1.4.0 -> 1.5.0 with a break                      should be 2.0.0
    1.4.0 -> 2.0.0 with one more optional property   may be 1.5.0
"""

from __future__ import annotations

from eventproof.contracts.bump import Bump
from eventproof.findings import Finding, Location, ResourceRef, Rule, Severity

RULE = Rule("CON204", "semver-mismatch", Severity.ERROR, __doc__)

KIND = "semver.mismatch"
"""What a waiver calls it."""

_WHY = {
    "major": "it breaks",
    "minor": "payloads may differ, and none breaks",
    "patch": "no payload shows the change",
}


def finding(
    message: ResourceRef, old: str | None, bump: Bump, location: Location
) -> Finding | None:
    """Return the finding of a bump that does not match; None where it does or nothing is known."""
    if not (bump.is_short or bump.is_long):
        return None
    is_short = bump.is_short
    return RULE.finding(
        f"{message}: a {bump.declared} version after {old}, and the change is {bump.needed}: "
        f"{_WHY[bump.needed or 'patch']}.",
        location=location,
        resource=message,
        about=f"{KIND} {old}",
        details=() if is_short else ("It announces a break that there is none of.",),
        severity=Severity.ERROR if is_short else Severity.INFO,
    )
