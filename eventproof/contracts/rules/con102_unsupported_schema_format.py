"""A message's schema is in a format that is not read.

JSON Schema (`.json`, `.yml`, `.yaml`, draft 4 on) and Avro (`.avsc`) become contracts, and
Protobuf (`.proto`) does where `pip install 'eventproof[protobuf]'` was run. Whole OpenAPI or
AsyncAPI documents are left alone here: the message has no contract from its schema, and is neither
compared nor simulated by it. A payload example in the page's prose is used instead where there is
one.

Nothing is wrong with the catalog. To have a contract today, put a JSON Schema beside it:

    schemas:
      - file: schema.raml
      - file: schema.json     this one is read
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog import Catalog
    from eventproof.contracts.contract import Contracts

RULE = Rule("CON102", "unsupported-schema-format", Severity.INFO, __doc__)


def check(catalog: Catalog, contracts: Contracts) -> Iterator[Finding]:  # noqa: ARG001 - every rule is called alike
    """Pass on what was met while the contracts were built."""
    return (problem for problem in contracts.problems if problem.rule == RULE.id)
