"""The CON rules together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventproof.contracts.rules import (
    con101_broken_schema,
    con102_unsupported_schema_format,
    con103_missing_schema_file,
    con104_unresolved_ref,
    con201_unreadable_by_consumer,
    con202_breaking_change,
    con203_version_reused,
    con204_semver_mismatch,
    con205_message_removed,
    con206_undecided_compatibility,
    con207_expired_waiver,
    con208_unused_waiver,
    con301_rejected_example,
    con302_placeholder_schema,
    con303_asyncapi_disagrees,
    con304_openapi_disagrees,
    con305_broken_specification,
    con306_unknown_field,
)
from eventproof.findings import Finding

if TYPE_CHECKING:
    from eventproof.catalog import Catalog
    from eventproof.contracts.contract import Contracts
    from eventproof.contracts.judgement import Leniency
    from eventproof.contracts.terms import Terms

_MODULES = (
    con101_broken_schema,
    con102_unsupported_schema_format,
    con103_missing_schema_file,
    con104_unresolved_ref,
    con301_rejected_example,
    con302_placeholder_schema,
    con303_asyncapi_disagrees,
    con304_openapi_disagrees,
    con305_broken_specification,
    con306_unknown_field,
)

_OF_COMPARISONS = (
    con201_unreadable_by_consumer,
    con202_breaking_change,
    con203_version_reused,
    con204_semver_mismatch,
    con205_message_removed,
    con206_undecided_compatibility,
    con207_expired_waiver,
    con208_unused_waiver,
)
"""What comparing finds: `check` what is sent and read today, with the waivers; `contracts diff`
and `contracts matrix` the rest, which one state of a catalog cannot show."""

RULES = tuple(
    sorted((module.RULE for module in (*_MODULES, *_OF_COMPARISONS)), key=lambda rule: rule.id)
)
"""Every CON rule, by number."""


def check(
    catalog: Catalog,
    contracts: Contracts,
    *,
    terms: Terms | None = None,
    leniency: Leniency | None = None,
) -> tuple[Finding, ...]:
    """Say what the CON rules find, sorted by place.

    `terms` say how schemas are read, and `leniency` which breaks are waived, on which day.
    """
    from eventproof.contracts.edges import matrix
    from eventproof.contracts.judgement import judge_check
    from eventproof.contracts.terms import Terms

    found = [finding for module in _MODULES for finding in module.check(catalog, contracts)]
    edges = matrix(contracts, terms or Terms(), with_agreed=False)
    found += judge_check(catalog, edges, leniency)
    return tuple(sorted(found, key=lambda finding: finding.sort_key))
