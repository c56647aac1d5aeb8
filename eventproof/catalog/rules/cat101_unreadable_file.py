"""A file of the catalog cannot be read, or must not be.

What cannot be read is not checked, and a reference to it may look broken though it is not.
A catalog is read as if a stranger had written it: a file that is not UTF-8, that holds NUL bytes,
that is no ordinary file or has more than 2 MiB is refused, and so is a symbolic link that leads
out of the catalog. All other files are still read.

Mend it by saving the page as UTF-8 text, or by putting the file itself where the link stands:

    events/OrderPlaced/index.mdx -> /home/me/notes/order-placed.mdx     refused
    events/OrderPlaced/index.mdx                                        read
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT101", "unreadable-file", Severity.ERROR, __doc__)


def check(catalog: Catalog) -> Iterator[Finding]:
    """Return what the reader met; it alone sees the bytes."""
    return (problem for problem in catalog.problems if problem.rule == RULE.id)
