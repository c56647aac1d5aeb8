"""The frontmatter of a page is missing, is not valid YAML, or is not safe to read.

Without it the page is no resource: EventCatalog's build stops, and every reference to it dangles.
Refused as unsafe are more than 1 MiB of frontmatter, more than 64 levels, more than 100 aliases,
and aliases that unfold to a flood. A key that stands twice in one mapping is reported as well.

Mend it at the line and column given; mostly it is a colon in a text without quotes:

    summary: Sent when stock is low: reorder      broken
    summary: "Sent when stock is low: reorder"    valid
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT102", "broken-frontmatter", Severity.ERROR, __doc__)


def check(catalog: Catalog) -> Iterator[Finding]:
    """Return what the reader met; it alone sees the text."""
    return (problem for problem in catalog.problems if problem.rule == RULE.id)
