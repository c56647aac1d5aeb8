"""The CON rules together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventproof.contracts.rules import (
    con101_broken_schema,
    con102_unsupported_schema_format,
    con103_missing_schema_file,
    con104_unresolved_ref,
    con201_unreadable_by_consumer,
)
from eventproof.findings import Finding

if TYPE_CHECKING:
    from eventproof.catalog import Catalog
    from eventproof.contracts.contract import Contracts

_MODULES = (
    con101_broken_schema,
    con102_unsupported_schema_format,
    con103_missing_schema_file,
    con104_unresolved_ref,
    con201_unreadable_by_consumer,
)

RULES = tuple(module.RULE for module in _MODULES)
"""Every CON rule, by number."""


def check(catalog: Catalog, contracts: Contracts) -> tuple[Finding, ...]:
    """Say what the CON rules find, sorted by place."""
    found = (finding for module in _MODULES for finding in module.check(catalog, contracts))
    return tuple(sorted(found, key=lambda finding: finding.sort_key))
