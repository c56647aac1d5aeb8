"""A value in the frontmatter has a key that EventCatalog does not know.

Within a value EventCatalog drops what it does not know without a word. Where the key looks
misspelt that is a warning, since what it says is lost: a reference whose `version` is misspelt
means the latest one. Otherwise it is only worth knowing.

Mend it by spelling the key as EventCatalog does:

    - id: OrderPlaced
      verison: 1.0.0      version: 1.0.0
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.catalog.resources import Resource
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT106", "unknown-nested-key", Severity.INFO, __doc__)


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each key within a value that no schema knows."""
    for shaped in catalog.shapes:
        page = shaped.page
        for misfit in shaped.misfits:
            if misfit.sort == "unknown-nested-key":
                yield RULE.finding(
                    f"{shaped.subject} {misfit.sentence}.",
                    location=catalog.locate(page, misfit.path, at_key=True),
                    resource=page.ref if isinstance(page, Resource) else None,
                    about=misfit.about,
                    details=[f"Did you mean {misfit.meant}?"] if misfit.meant else (),
                    severity=Severity.WARNING if misfit.meant else None,
                )
