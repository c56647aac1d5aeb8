"""A reference means its version only by a guess.

Tools read such pins in different ways, so that one draws an edge where another draws none, or
draws it to another version: EventCatalog before 4.8 draws a range to every version that fits it,
counts prereleases as releases, and does not know a version that is a word. Guessed is:

- a number that is written otherwise than the version: `v1` or `1.0` for 1.0.0;
- a bare number that is no version, and is read as a range: `1` for 1.4.0;
- a range that several versions fit, of which the highest is taken;
- a range, or no version at all, where the highest version is a prerelease;
- no version at all, where some versions are words.

Mend it by naming the version as its page does. A range that is meant to follow several versions
may stay as it is; it is only worth knowing.

    - id: OrderPlaced
      version: 1.0.0
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT209", "guessed-version", Severity.INFO, __doc__)


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each reference whose version resolution had to guess."""
    for one in catalog.guessed:
        pointer = one.reference.pointer
        what = pointer if pointer.version else f"the latest {pointer}"
        yield RULE.finding(
            f"{one.resource} {one.reference.verb} {what}, which {one.resolution.guess}.",
            location=catalog.locate(one.resource, (*pointer.path, "version")),
            resource=one.resource.ref,
            about=one.reference.about,
        )
