"""The frontmatter has a key that EventCatalog does not know.

EventCatalog 4 and later refuse the page; versions 2 and 3 drop the key without a word, and with it
all that it says: a service whose `recieves` is misspelt receives nothing. Keys of your own are
free where they begin with `x-`. In the format of EventCatalog 1 only what looks misspelt is said.

Mend it by spelling the key as EventCatalog does, or with `x-` before a key of your own:

    recieves:      receives:
    tags:          x-tags:
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.catalog.resources import Resource
from eventproof.findings import Edit, Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog
    from eventproof.catalog.shapes import Misfit, Shaped

RULE = Rule("CAT105", "unknown-key", Severity.ERROR, __doc__)

STRICT_SINCE = 4
"""The major version of EventCatalog that first refused unknown keys."""


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each key at the top of a page's frontmatter that no schema knows."""
    for shaped in catalog.shapes:
        for misfit in shaped.misfits:
            is_said = catalog.layout != "v1" or misfit.meant
            if misfit.sort == "unknown-key" and is_said:
                yield _finding(catalog, shaped, misfit)


def _finding(catalog: Catalog, shaped: Shaped, misfit: Misfit) -> Finding:
    page = shaped.page
    is_refused = catalog.layout == "v4" or (catalog.core or 0) >= STRICT_SINCE
    return RULE.finding(
        f"{shaped.subject} {misfit.sentence}.",
        location=catalog.locate(page, misfit.path, at_key=True),
        resource=page.ref if isinstance(page, Resource) else None,
        about=misfit.about,
        details=[_hint(misfit, is_refused=is_refused)],
        severity=None if is_refused else Severity.WARNING,
        edit=_renaming(catalog, shaped, misfit),
    )


def _hint(misfit: Misfit, *, is_refused: bool) -> str:
    if misfit.meant:
        return f"Did you mean {misfit.meant}?"
    what = "refuses the page" if is_refused else "drops it without a word"
    return f"EventCatalog {what}; a key of your own is x-{misfit.path[-1]}."


def _renaming(catalog: Catalog, shaped: Shaped, misfit: Misfit) -> Edit | None:
    """Return the edit that spells the key right, where only one key can be meant."""
    key = str(misfit.path[-1])
    spot = catalog.locator.spot(shaped.page.absolute, misfit.path) if misfit.meant else None
    if spot is None or not (spot.key and spot.is_exact):
        return None
    return Edit(shaped.page.path, spot.key.line, spot.key.column, key, str(misfit.meant))
