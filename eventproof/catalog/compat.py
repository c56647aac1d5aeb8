"""Compat: pins as EventCatalog's core 4.7 resolved them, for comparison only.

What core did (`satisfies`, `sortVersioned` and `getItemsFromCollectionByIdAndSemverOrLatest` in
its collections' `util.ts`) differs from `versions` in four ways, and nothing but `graph --compat`
asks for it:

- One pin means every version that it admits, not the highest of them.
- A version is coerced before it is compared: its first run of numbers counts, so that
  `2.0.0-beta.1` is 2.0.0, `release-3` is 3.0.0 and `2024-01-01` is 2024.0.0.
- A version that is the same string as the pin is no match by that alone.
- The latest is the highest after coercion, the first of equal ones; by the alphabet where a
  version cannot be coerced.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from eventproof.catalog.versions import LATEST, Version, in_range

Compat = Literal["core-4.7"]

_FIRST_NUMBERS = re.compile(
    r"(?:^|[^0-9])([0-9]{1,16})(?:\.([0-9]{1,16}))?(?:\.([0-9]{1,16}))?(?:$|[^0-9])"
)


def core_pick(versions: Sequence[str | None], pin: str | None) -> tuple[int, ...]:
    """Return the indices of the versions that a pin meant, in the order given; the latest first.

    Where a version cannot be coerced, core sorts by the reader's language; code points do here.
    """
    if pin is None or pin == LATEST:
        return _latest(versions)
    return tuple(i for i, version in enumerate(versions) if core_satisfies(version, pin))


def core_satisfies(version: str | None, pin: str) -> bool:
    """Whether a pin that is written as a range admits a version, after coercion."""
    release = coerced(version)
    return release is not None and in_range(release, pin)


def coerced(version: str | None) -> Version | None:
    """Return the release that a version is taken for, or None where it holds no number."""
    match = _FIRST_NUMBERS.search(version or "")
    parts = [part or "0" for part in match.groups()] if match else []
    if not parts or any(part != "0" and part.startswith("0") for part in parts):
        return None  # npm refuses a number that begins with a zero
    major, minor, patch = map(int, parts)
    return Version((major, minor, patch))


def _latest(versions: Sequence[str | None]) -> tuple[int, ...]:
    if not versions:
        return ()
    releases = [coerced(version) for version in versions]
    numbers = [release.release for release in releases if release is not None]
    order = numbers if len(numbers) == len(versions) else [version or "" for version in versions]
    return (max(range(len(versions)), key=lambda i: (order[i], -i)),)
