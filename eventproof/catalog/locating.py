"""Locating: the line and column of what a finding is about.

The file is read again, since only findings need places. Never raises: of a file that has gone
meanwhile, only its name is known.
"""

from __future__ import annotations

from pathlib import Path

from eventproof.catalog.frontmatter import Places, places_in
from eventproof.catalog.walk import FILE_BYTES_MAX
from eventproof.catalog.yaml_places import Spot
from eventproof.catalog.yaml_text import Mark
from eventproof.findings import Location

Steps = tuple[str | int, ...]


class Locator:
    """Answers where things stand, and keeps the page asked about last.

    Rules ask page by page, so a page with a thousand findings is read once, not a thousand times.
    """

    def __init__(self) -> None:
        self._path: str | None = None
        self._places: Places | None = None

    def spot(self, path: str, steps: Steps) -> Spot | None:
        """Where a value of a page's frontmatter and its key stand; None where that is unknown."""
        places = self._places_in(path)
        return None if places is None else places.find(steps)

    def locate(self, path: str, file: str, steps: Steps = (), *, at_key: bool = False) -> Location:
        """Return the place of the value at `steps`, or of what encloses it; or that of its key."""
        spot = self.spot(path, steps)
        if spot is None:
            return Location(file)
        return location(file, spot.key if at_key and spot.key and spot.is_exact else spot.value)

    def locate_in_body(self, path: str, file: str, offset: int) -> Location:
        """Return the place of a character of a page's prose."""
        places = self._places_in(path)
        return location(file, places.in_body(offset) if places else None)

    def _places_in(self, path: str) -> Places | None:
        if path != self._path:
            text = _text(path)
            self._places = None if text is None else places_in(text)
            self._path = path
        return self._places


def location(file: str, mark: Mark | None) -> Location:
    """Return a place in a file as findings have it."""
    return Location(file, mark.line, mark.column) if mark else Location(file)


def _text(path: str) -> str | None:
    try:
        with Path(path).open("rb") as stream:
            return stream.read(FILE_BYTES_MAX).decode(errors="replace")
    except OSError:
        return None
