"""Checking: every rule on one catalog."""

from __future__ import annotations

from eventproof.catalog.catalog import Catalog
from eventproof.catalog.rules import (
    cat101_unreadable_file,
    cat102_broken_frontmatter,
    cat103_missing_field,
    cat104_version_not_a_string,
    cat105_unknown_key,
    cat106_unknown_nested_key,
    cat107_unknown_value,
    cat110_duplicate_resource,
    cat111_misplaced_file,
    cat112_folder_of_another_version,
    cat113_older_version_in_front,
    cat190_empty_catalog,
    cat201_unresolved_version,
    cat202_unknown_resource,
    cat203_unknown_owner,
    cat204_deprecated_target,
    cat205_draft_target,
    cat206_id_of_several_types,
    cat207_missing_file,
    cat208_broken_link,
    cat209_guessed_version,
    cat210_unknown_step,
    cat301_stale_consumer_pin,
    cat302_unconsumed_event,
    cat303_unproduced_event,
    cat304_unhandled_request,
    cat305_several_handlers,
    cat306_several_producers,
    cat307_channels_apart,
    cat308_channel_parameter,
    cat309_unsent_trigger,
    cat310_trigger_cycle,
    cat311_flow_contradicts,
    cat312_orphan_message,
    cat313_service_in_no_domain,
    cat401_message_without_schema,
    cat402_page_describes_another_message,
)
from eventproof.findings import Finding

_MODULES = (
    cat101_unreadable_file,
    cat102_broken_frontmatter,
    cat103_missing_field,
    cat104_version_not_a_string,
    cat105_unknown_key,
    cat106_unknown_nested_key,
    cat107_unknown_value,
    cat110_duplicate_resource,
    cat111_misplaced_file,
    cat112_folder_of_another_version,
    cat113_older_version_in_front,
    cat190_empty_catalog,
    cat201_unresolved_version,
    cat202_unknown_resource,
    cat203_unknown_owner,
    cat204_deprecated_target,
    cat205_draft_target,
    cat206_id_of_several_types,
    cat207_missing_file,
    cat208_broken_link,
    cat209_guessed_version,
    cat210_unknown_step,
    cat301_stale_consumer_pin,
    cat302_unconsumed_event,
    cat303_unproduced_event,
    cat304_unhandled_request,
    cat305_several_handlers,
    cat306_several_producers,
    cat307_channels_apart,
    cat308_channel_parameter,
    cat309_unsent_trigger,
    cat310_trigger_cycle,
    cat311_flow_contradicts,
    cat312_orphan_message,
    cat313_service_in_no_domain,
    cat401_message_without_schema,
    cat402_page_describes_another_message,
)

RULES = tuple(module.RULE for module in _MODULES)
"""All rules of the catalog, by id."""


def check(catalog: Catalog) -> tuple[Finding, ...]:
    """Everything that the rules find, by place. Those met while reading are among them."""
    found = (finding for module in _MODULES for finding in module.check(catalog))
    return tuple(sorted(found, key=lambda finding: finding.sort_key))
