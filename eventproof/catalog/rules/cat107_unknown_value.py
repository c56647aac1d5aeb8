"""A field has a value that EventCatalog does not know.

Some fields take one of a few words: the status of a decision, the delivery guarantee of a channel,
the type of a data store. EventCatalog's build stops at any other, and here nothing could be said
of what it means.

Mend it with one of the words that the finding lists:

    deliveryGuarantee: at-least-once
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.catalog.resources import Resource
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT107", "unknown-value", Severity.ERROR, __doc__)


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each value that is none of those which its field may have."""
    for shaped in catalog.shapes:
        page = shaped.page
        for misfit in shaped.misfits:
            if misfit.sort == "unknown-value":
                yield RULE.finding(
                    f"{shaped.subject} {misfit.sentence}.",
                    location=catalog.locate(page, misfit.path),
                    resource=page.ref if isinstance(page, Resource) else None,
                    about=misfit.about,
                    details=[f"Did you mean {misfit.meant}?"] if misfit.meant else (),
                )
