"""Checking: every rule on one catalog."""

from __future__ import annotations

from eventproof.catalog.catalog import Catalog
from eventproof.catalog.rules import (
    cat101_unreadable_file,
    cat102_broken_frontmatter,
    cat103_missing_field,
    cat104_version_not_a_string,
    cat110_duplicate_resource,
    cat190_empty_catalog,
    cat201_unresolved_version,
    cat202_unknown_resource,
    cat203_unknown_owner,
    cat301_stale_consumer_pin,
    cat401_message_without_schema,
    cat402_page_describes_another_message,
)
from eventproof.findings import Finding

_MODULES = (
    cat101_unreadable_file,
    cat102_broken_frontmatter,
    cat103_missing_field,
    cat104_version_not_a_string,
    cat110_duplicate_resource,
    cat190_empty_catalog,
    cat201_unresolved_version,
    cat202_unknown_resource,
    cat203_unknown_owner,
    cat301_stale_consumer_pin,
    cat401_message_without_schema,
    cat402_page_describes_another_message,
)

RULES = tuple(module.RULE for module in _MODULES)
"""All rules of the catalog, by id."""


def check(catalog: Catalog) -> tuple[Finding, ...]:
    """Everything that the rules find, by place. Those met while reading are among them."""
    found = (finding for module in _MODULES for finding in module.check(catalog))
    return tuple(sorted(found, key=lambda finding: finding.sort_key))
