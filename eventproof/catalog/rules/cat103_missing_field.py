"""A required field is missing or has the wrong type.

Every resource needs an id, a name and a version, users and teams an id and a name; in the format
of EventCatalog 1 the name is enough. A list of pointers, such as `sends`, is a list of ids.
The page is still read, by the guess that the finding names, so that one mistake stays one finding.

Mend it by writing the field:

    ---
    id: OrderPlaced
    name: Order placed
    version: 1.0.0
    ---
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT103", "missing-field", Severity.ERROR, __doc__)


def check(catalog: Catalog) -> Iterator[Finding]:
    """Return what the reader met while it made sense of the fields."""
    return (problem for problem in catalog.problems if problem.rule == RULE.id)
