"""Files: whether what a page names beside itself is there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog


def fault_of(catalog: Catalog, folder: Path, name: str) -> str | None:
    """Return why a file that a page in `folder` names cannot serve; None where it can.

    A predicate without its subject. Nothing is said of what lies elsewhere: URLs, and paths from
    the root, which EventCatalog serves from its public folder.
    """
    name = name.strip().removeprefix("file://")
    if not name or "://" in name or name.startswith("/"):
        return None
    try:
        target = (folder / name).resolve()
        if not target.is_relative_to(catalog.root):
            return "lies outside the catalog"
        return None if target.exists() else "does not exist"
    except (OSError, ValueError, RuntimeError):
        return "does not exist"
