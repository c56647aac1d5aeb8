"""The folder holds no resource of a catalog.

An empty or misspelt folder must never pass for a clean one: `eventproof check` says so in one
sentence and ends with exit code 3.

Mend it by giving the folder that holds `services`, `events` or `domains`:

    eventproof check catalog
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.findings import Finding, Location, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT190", "empty-catalog", Severity.ERROR, __doc__)


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for a catalog without resources whose files are not to blame."""
    if not catalog.resources and not catalog.problems:
        shown = catalog.shown or "."
        yield RULE.finding(f"{shown} holds no resource of a catalog.", location=Location(shown))
