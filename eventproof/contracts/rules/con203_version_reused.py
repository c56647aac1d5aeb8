"""A schema was edited under its version.

The catalog had this version of the message before, with another schema. Whoever is pinned to it,
generated code from it, or kept messages of it cannot tell the two apart: a version is a name for
one schema, for ever. Edits that no payload can show, such as a description, are none.
`eventproof contracts diff` reports it, since it needs the catalog's earlier state.

Mend it by restoring the schema and adding a new version beside it:

    events/InventoryAdjusted/versioned/0.0.3/      as it was
    events/InventoryAdjusted/index.mdx             version: 0.0.4, with the new schema
"""

from __future__ import annotations

from collections.abc import Sequence

from eventproof.contracts.rules.con202_breaking_change import changes, readers
from eventproof.contracts.succession import Step
from eventproof.findings import Finding, Location, Rule, Severity

RULE = Rule("CON203", "version-reused", Severity.ERROR, __doc__)

KIND = "version.reused"
"""What a waiver calls it."""


def finding(steps: Sequence[Step], location: Location, *, against: str) -> Finding:
    """Return the finding of a version that was reused; the steps are all of that version."""
    step = steps[0]
    verdicts = {one.verdict for one in steps}
    harm = (
        "It breaks, as shown beside this."
        if "breaking" in verdicts
        else "Whether it breaks is not known."
        if "unknown" in verdicts
        else "It is compatible, which does not make the two the same."
    )
    compared = next((one.comparison for one in steps if one.comparison), None)
    return RULE.finding(
        f"{step.message}: its schema is another one than in {against}, under the same version.",
        location=location,
        resource=step.message,
        about=KIND,
        details=(
            *(changes(compared) if compared else ()),
            harm,
            *readers(step.readers, step.direction),
        ),
    )
