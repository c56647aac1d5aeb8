"""A suppression gives no reason.

Whoever meets it later cannot tell whether it may go: the fault may have been mended long ago, or
may be what keeps a consumer alive. Without a reason nothing is suppressed.

Mend it by saying why, behind the rule or under `reason`:

    <!-- eventproof: ignore[CAT301] the consumer is switched off in March -->
"""

from __future__ import annotations

from eventproof.findings.finding import Severity
from eventproof.findings.rule import Rule

RULE = Rule("CAT901", "suppression-without-reason", Severity.ERROR, __doc__)
