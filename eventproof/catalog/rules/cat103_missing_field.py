"""A required field is missing or has the wrong type.

Every resource needs an id, a name and a version, users and teams an id and a name, some types a
field of their own; in the format of EventCatalog 1 the name is enough. A list of pointers, such as
`sends`, is a list of ids. EventCatalog's build stops at such a page. It is still read here, by the
guess that the finding names, so that one mistake stays one finding.

Mend it by writing the field:

    ---
    id: OrderPlaced
    name: Order placed
    version: 1.0.0
    ---
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.catalog.resources import Resource
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog
    from eventproof.catalog.shapes import Misfit, Shaped

RULE = Rule("CAT103", "missing-field", Severity.ERROR, __doc__)


def check(catalog: Catalog) -> Iterator[Finding]:
    """Return what the reader met while it made sense of the fields, and what the schemas add."""
    yield from (problem for problem in catalog.problems if problem.rule == RULE.id)
    for shaped in catalog.shapes:
        for misfit in shaped.misfits:
            if misfit.sort in ("missing", "mistyped"):
                yield _finding(catalog, shaped, misfit)


def _finding(catalog: Catalog, shaped: Shaped, misfit: Misfit) -> Finding:
    page = shaped.page
    return RULE.finding(
        f"{shaped.subject} {misfit.sentence}.",
        location=catalog.locate(page, misfit.path),
        resource=page.ref if isinstance(page, Resource) else None,
        about=misfit.about,
        severity=Severity.WARNING if catalog.layout == "v1" else None,
    )
