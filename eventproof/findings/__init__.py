"""What a finding is, what a rule is, and how findings are selected, suppressed, mended and shown.

Records flow one way: a rule looks at a catalog and yields `Finding`s; suppressions, a selection
and a baseline leave some out; a format turns the rest into text. Nothing here knows what a catalog
is. `Problem` is the one exception that may reach the command line: a sentence for the user, never
a traceback.
"""

from eventproof.findings.baseline import Known, baseline_text, compare, known_of, read_baseline
from eventproof.findings.comments import SUPPRESSION_MARK, comments_in
from eventproof.findings.edits import Edit, difference, mended, read_exactly, write_exactly
from eventproof.findings.escaping import for_json, for_markdown, printable, shortened
from eventproof.findings.finding import (
    Finding,
    Location,
    ResourceRef,
    Severity,
    Summary,
    distinct,
)
from eventproof.findings.formats import (
    as_concise,
    as_github,
    as_markdown,
    as_records,
    as_text,
)
from eventproof.findings.junit import as_junit
from eventproof.findings.problem import NothingToCheck, Problem, nearest
from eventproof.findings.reading import read_within
from eventproof.findings.rule import Rule
from eventproof.findings.sarif import as_sarif
from eventproof.findings.selection import (
    Layer,
    Selection,
    answering,
    demand_known,
    unknown_rule,
)
from eventproof.findings.suppressions import (
    SUPPRESSION_KEY,
    SUPPRESSION_RULES,
    Settled,
    Suppression,
    from_comment,
    from_frontmatter,
    settle,
)

__all__ = [
    "SUPPRESSION_KEY",
    "SUPPRESSION_MARK",
    "SUPPRESSION_RULES",
    "Edit",
    "Finding",
    "Known",
    "Layer",
    "Location",
    "NothingToCheck",
    "Problem",
    "ResourceRef",
    "Rule",
    "Selection",
    "Settled",
    "Severity",
    "Summary",
    "Suppression",
    "answering",
    "as_concise",
    "as_github",
    "as_junit",
    "as_markdown",
    "as_records",
    "as_sarif",
    "as_text",
    "baseline_text",
    "comments_in",
    "compare",
    "demand_known",
    "difference",
    "distinct",
    "for_json",
    "for_markdown",
    "from_comment",
    "from_frontmatter",
    "known_of",
    "mended",
    "nearest",
    "printable",
    "read_baseline",
    "read_exactly",
    "read_within",
    "settle",
    "shortened",
    "unknown_rule",
    "write_exactly",
]
