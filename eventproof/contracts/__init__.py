"""Contracts: the payload of every message version as JSON Schema, and what may follow what.

`build` derives them from a catalog, `compare` proves or refutes that a reader accepts what a
writer sends, `violations` says why a payload is rejected, `files` writes them down, and `check`
runs the rules on them. `samples` draws payloads that a schema accepts. No schema is ever fetched,
and no payload ever executed.

On a whole catalog, `matrix` holds what is sent against what is read, `successions` each version
against those before, and `difference` a catalog against an earlier state of itself, which
`tree_at` takes from git. `judge_matrix` and `judge_difference` make findings of what they say.
"""

from eventproof.contracts.breach import Breach, Cause
from eventproof.contracts.bump import Bump
from eventproof.contracts.changes import Change
from eventproof.contracts.checking import RULES, check
from eventproof.contracts.comparison import Comparison, Direction, Policy, compare
from eventproof.contracts.contract import Contract, Contracts, Provenance, build
from eventproof.contracts.dialects import upgrade
from eventproof.contracts.differences import Difference, Gone, Succession, difference
from eventproof.contracts.documents import files
from eventproof.contracts.edges import Edge, Part, Party, matrix
from eventproof.contracts.history import tree_at
from eventproof.contracts.judgement import (
    Judged,
    Leniency,
    judge_comparison,
    judge_difference,
    judge_matrix,
)
from eventproof.contracts.loading import load_schema
from eventproof.contracts.payloads import PAYLOAD_BYTES_MAX, Fault, Payload, Validation
from eventproof.contracts.reasons import REASONS
from eventproof.contracts.sampling import samples
from eventproof.contracts.string_formats import Formats
from eventproof.contracts.succession import Step, successions
from eventproof.contracts.terms import MODES, Mode, Terms, compare_under, rejections
from eventproof.contracts.validation import UncheckableError, violations
from eventproof.contracts.waivers import Waiver, read_waivers

__all__ = [
    "MODES",
    "PAYLOAD_BYTES_MAX",
    "REASONS",
    "RULES",
    "Breach",
    "Bump",
    "Cause",
    "Change",
    "Comparison",
    "Contract",
    "Contracts",
    "Difference",
    "Direction",
    "Edge",
    "Fault",
    "Formats",
    "Gone",
    "Judged",
    "Leniency",
    "Mode",
    "Part",
    "Party",
    "Payload",
    "Policy",
    "Provenance",
    "Step",
    "Succession",
    "Terms",
    "UncheckableError",
    "Validation",
    "Waiver",
    "build",
    "check",
    "compare",
    "compare_under",
    "difference",
    "files",
    "judge_comparison",
    "judge_difference",
    "judge_matrix",
    "load_schema",
    "matrix",
    "read_waivers",
    "rejections",
    "samples",
    "successions",
    "tree_at",
    "upgrade",
    "violations",
]
