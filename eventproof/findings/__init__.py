"""What a finding is, what a rule is, and how findings are shown.

Records flow one way: a rule looks at a catalog and yields `Finding`s; a format turns them into
text or JSON. Nothing here knows what a catalog is. `Problem` is the one exception that may reach
the command line: a sentence for the user, never a traceback.
"""

from eventproof.findings.finding import Finding, Location, ResourceRef, Severity, Summary
from eventproof.findings.formats import as_concise, as_records, as_text
from eventproof.findings.problem import NothingToCheck, Problem, nearest
from eventproof.findings.rule import Rule

__all__ = [
    "Finding",
    "Location",
    "NothingToCheck",
    "Problem",
    "ResourceRef",
    "Rule",
    "Severity",
    "Summary",
    "as_concise",
    "as_records",
    "as_text",
    "nearest",
]
