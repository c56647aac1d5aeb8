"""A suppression names no rule that there is, or is not written as one.

It suppresses nothing, though its author believes so. A suppression names one rule by its id or
name; `eventproof rule` lists them.

Mend it by writing it in one of three ways, in the page that the finding is about:

    <!-- eventproof: ignore[CAT301] reason -->
    {/* eventproof: ignore[CAT301] reason */}
    x-eventproof: {ignore: [{rule: CAT301, reason: "why"}]}     in the frontmatter
"""

from __future__ import annotations

from eventproof.findings.finding import Severity
from eventproof.findings.rule import Rule

RULE = Rule("CAT903", "invalid-suppression", Severity.ERROR, __doc__)
