"""A suppression suppresses nothing.

What it was written for has been mended, or has moved to another page. Left in place it would hide
the next fault of that kind, which nobody has judged.

Mend it by removing the suppression:

    <!-- eventproof: ignore[CAT301] the consumer is switched off in March -->
"""

from __future__ import annotations

from eventproof.findings.finding import Severity
from eventproof.findings.rule import Rule

RULE = Rule("CAT902", "unused-suppression", Severity.WARNING, __doc__)
