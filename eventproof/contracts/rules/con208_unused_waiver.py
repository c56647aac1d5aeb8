"""A waiver has nothing to excuse.

What it names was compared and does not break, or the catalog has no such message. Left where it
is, it would excuse the next break of the same kind without anybody noticing. Each command says
it of what it compared: a waiver for versions that were not looked at is left alone.

Mend it by deleting the entry, or its spelling:

    message = "InventoryAdjusted"
"""

from __future__ import annotations

from eventproof.findings import Rule, Severity

RULE = Rule("CON208", "unused-waiver", Severity.WARNING, __doc__)
