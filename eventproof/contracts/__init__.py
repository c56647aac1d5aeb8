"""Contracts: the payload of every message version as JSON Schema, and what may follow what.

`build` derives them from a catalog, `compare` proves or refutes that a reader accepts what a
writer sends, `violations` says why a payload is rejected, `files` writes them down, and `check`
runs the rules on them. No schema is ever fetched, and no payload ever executed.
"""

from eventproof.contracts.changes import Change
from eventproof.contracts.checking import RULES, check
from eventproof.contracts.comparison import Comparison, Direction, Policy, compare
from eventproof.contracts.contract import Contract, Contracts, Provenance, build
from eventproof.contracts.dialects import upgrade
from eventproof.contracts.documents import files
from eventproof.contracts.loading import load_schema
from eventproof.contracts.validation import UncheckableError, violations

__all__ = [
    "RULES",
    "Change",
    "Comparison",
    "Contract",
    "Contracts",
    "Direction",
    "Policy",
    "Provenance",
    "UncheckableError",
    "build",
    "check",
    "compare",
    "files",
    "load_schema",
    "upgrade",
    "violations",
]
