"""The frontmatter names a file that does not exist.

A specification or contract that is not there helps nobody, and EventCatalog leaves it out without
a word. Files are sought beside the page, as EventCatalog does; a file outside the catalog is not
looked at. The schema of a message has a rule of its own (CON103).

Mend it by putting the file where the page says, or by correcting the name:

    specifications:
      - type: openapi
        path: openapi.yml      services/Orders/openapi.yml
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.catalog.particulars import NamedFile, contract_files, specification_files
from eventproof.catalog.resources import MESSAGE_TYPES, Resource
from eventproof.catalog.rules.files import fault_of
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT207", "missing-file", Severity.ERROR, __doc__)


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each specification, contract or schema file that is not there."""
    for resource in catalog.resources:
        for named in _named(resource):
            fault = fault_of(catalog, resource.path.parent, named.name)
            if fault:
                yield RULE.finding(
                    f"{resource} names the {named.kind} {named.name}, which {fault}.",
                    location=catalog.locate(resource, named.path),
                    resource=resource.ref,
                    about=named.name,
                    severity=Severity.WARNING if catalog.is_superseded(resource) else None,
                )


def _named(resource: Resource) -> Iterator[NamedFile]:
    yield from specification_files(resource)
    if resource.type == "data-product":
        yield from contract_files(resource)
    schema = resource.frontmatter.get("schemaPath")
    if resource.type not in MESSAGE_TYPES and isinstance(schema, str) and schema.strip():
        yield NamedFile(schema.strip(), ("schemaPath",), "schema")
