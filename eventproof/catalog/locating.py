"""Locating: the line and column of what a finding is about.

The file is read again, since only findings need places. Never raises: of a file that has gone
meanwhile, only its name is known.
"""

from __future__ import annotations

from pathlib import Path

from eventproof.catalog.frontmatter import place_in_body, spot_of
from eventproof.catalog.walk import FILE_BYTES_MAX
from eventproof.catalog.yaml_places import Spot
from eventproof.catalog.yaml_text import Mark
from eventproof.findings import Location

Steps = tuple[str | int, ...]


def spot_in(path: Path, steps: Steps) -> Spot | None:
    """Where a value of a page's frontmatter and its key stand; None where that is unknown."""
    text = _text(path)
    return None if text is None else spot_of(text, steps)


def locate(path: Path, file: str, steps: Steps = (), *, at_key: bool = False) -> Location:
    """Return the place of the value at `steps`, or of what encloses it; or that of its key."""
    spot = spot_in(path, steps)
    if spot is None:
        return Location(file)
    return location(file, spot.key if at_key and spot.key and spot.is_exact else spot.value)


def locate_in_body(path: Path, file: str, offset: int) -> Location:
    """Return the place of a character of a page's prose."""
    text = _text(path)
    return location(file, place_in_body(text, offset) if text is not None else None)


def location(file: str, mark: Mark | None) -> Location:
    """Return a place in a file as findings have it."""
    return Location(file, mark.line, mark.column) if mark else Location(file)


def _text(path: Path) -> str | None:
    try:
        with path.open("rb") as stream:
            return stream.read(FILE_BYTES_MAX).decode(errors="replace")
    except OSError:
        return None
