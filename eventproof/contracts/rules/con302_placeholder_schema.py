"""A message's page and its schema have no field in common.

The schema was most likely copied from another message or from a template and never filled in: it
parses, it validates, and it describes something else. Compared are the fields that the page shows,
in payload examples, in lists and tables of fields, and in code that makes a payload, with those
of the schema, at any depth, without regard to case and separators.

Mend it by writing the schema of this message:

    InventoryAdjusted shows product_id and new_quantity; its schema has Name, Age and Salary
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.contracts.page_fields import shown_fields
from eventproof.contracts.schema_fields import SchemaFields, fields_of
from eventproof.contracts.vocabulary import squeezed
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog import Catalog, Resource
    from eventproof.contracts.contract import Contracts

RULE = Rule("CON302", "placeholder-schema", Severity.WARNING, __doc__)

_FIELDS_MIN = 2
"""Fewer fields on either side prove nothing."""

_NAMES_MAX = 5


def check(catalog: Catalog, contracts: Contracts) -> Iterator[Finding]:
    """One finding for each message whose page shows fields that its schema has none of."""
    declared = {
        (c.message.type, c.message.id, c.message.version): c
        for c in contracts.contracts
        if c.provenance != "inferred"
    }
    for message in catalog.messages:
        groups = shown_fields(message.body)
        if not groups:
            continue  # most pages show none, and no schema need be read for them
        contract = declared.get((message.type, message.id, message.version))
        schema = fields_of(catalog, message, contract)
        if schema is not None:
            yield from _compared(catalog, message, groups, schema)


def _compared(
    catalog: Catalog, message: Resource, groups: dict[str, tuple[str, ...]], schema: SchemaFields
) -> Iterator[Finding]:
    known = {squeezed(name) for name in schema.names}
    for where, names in groups.items():
        shown = {squeezed(name) for name in names}
        if len(shown) >= _FIELDS_MIN <= len(known) and not shown & known:
            yield RULE.finding(
                f"{message}: {where} in its page and its schema have no field in common.",
                location=catalog.locate(message, schema.place),
                resource=message.ref,
                details=[
                    f"The page shows {_listed(names)}.",
                    f"The schema {schema.file} has {_listed(schema.names)}.",
                ],
            )
            return


def _listed(names: tuple[str, ...]) -> str:
    more = len(names) - _NAMES_MAX
    firsts = names[:_NAMES_MAX] if more > 0 else names[:-1]
    last = f"{more} more" if more > 0 else names[-1]
    return f"{', '.join(firsts)} and {last}" if firsts else last
