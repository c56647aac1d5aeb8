"""A message names a schema file that is not there, or that lies outside the catalog.

EventCatalog drops a missing schema without a word, so that the page shows none and nobody notices.
A path that leaves the catalog's folder, by `..`, by an absolute path or by a symbolic link, is
never followed: a catalog is read as if a stranger had written it.

Mend the path, which is relative to the page's own folder:

    schemaPath: ../schemas/order.json     must lie inside the catalog
    schemaPath: schema.json               beside the page
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog import Catalog
    from eventproof.contracts.contract import Contracts

RULE = Rule("CON103", "missing-schema-file", Severity.ERROR, __doc__)


def check(catalog: Catalog, contracts: Contracts) -> Iterator[Finding]:  # noqa: ARG001 - every rule is called alike
    """Pass on what was met while the contracts were built."""
    return (problem for problem in contracts.problems if problem.rule == RULE.id)
