"""A schema file, or the payload example that stands in for one, cannot be used.

It is not valid JSON or YAML, it is no JSON Schema, or it is unsafe to read (more than 2 MiB,
nested more than 64 levels deep, YAML with more than 100 aliases). Consumers that validate
against it fail at start-up, and no comparison can be made. What an OpenAPI or AsyncAPI document
says of a message without a schema of its own is a warning, and so is a Protobuf file that does not
say which of its messages is meant: name one like the resource.

Mend it at the line or JSON pointer given; most often it is a comma too many or a misspelt type:

    {"type": "strng"}     no JSON Schema: /type
    {"type": "string"}    valid
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog import Catalog
    from eventproof.contracts.contract import Contracts

RULE = Rule("CON101", "broken-schema", Severity.ERROR, __doc__)


def check(catalog: Catalog, contracts: Contracts) -> Iterator[Finding]:  # noqa: ARG001 - every rule is called alike
    """Pass on what was met while the contracts were built."""
    return (problem for problem in contracts.problems if problem.rule == RULE.id)
