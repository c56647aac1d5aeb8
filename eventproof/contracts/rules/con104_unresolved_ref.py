"""A reference within a schema leads nowhere.

A `$ref` must point to a schema in the same file, or to a file inside the catalog. Nothing is ever
fetched from a network: a contract that depends on somebody's web server is a contract that changes
under your feet, and may not be there tomorrow. In an OpenAPI or AsyncAPI document that describes
a message without a schema of its own it is a warning.

Mend the pointer, or copy the schema that it means into the file, under `$defs`:

    {"$ref": "https://example.com/address.json"}     not followed
    {"$ref": "#/$defs/Address"}                      resolved
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog import Catalog
    from eventproof.contracts.contract import Contracts

RULE = Rule("CON104", "unresolved-ref", Severity.ERROR, __doc__)


def check(catalog: Catalog, contracts: Contracts) -> Iterator[Finding]:  # noqa: ARG001 - every rule is called alike
    """Pass on what was met while the contracts were built."""
    return (problem for problem in contracts.problems if problem.rule == RULE.id)
