"""A version is written as a number or a date, which YAML may alter.

YAML reads `version: 1.10` as the number 1.1, and EventCatalog's build refuses a version that is
no text. Here it is taken as it is written, so that all else can still be checked.

Mend it with quotes:

    version: 1.10      the number 1.1
    version: "1.10"    version 1.10
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT104", "version-not-a-string", Severity.WARNING, __doc__)


def check(catalog: Catalog) -> Iterator[Finding]:
    """Return what the reader met; afterwards the version is text."""
    return (problem for problem in catalog.problems if problem.rule == RULE.id)
