"""A waiver's last day is over.

It excuses nothing any more, and what it excused fails again. A waiver is a promise to mend
something by a day; this is that day.

Mend it by mending what it excused and deleting it, or agree on another day and say why:

    expires = 2027-03-31
"""

from __future__ import annotations

from eventproof.findings import Rule, Severity

RULE = Rule("CON207", "expired-waiver", Severity.ERROR, __doc__)
