"""Bumps: what a new version number promises, and what the change behind it needs."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

Level = Literal["major", "minor", "patch"]

_ORDER: tuple[Level, ...] = ("patch", "minor", "major")
_NUMBER = re.compile(r"[vV]?([0-9]{1,16})(?:\.([0-9]{1,16})(?:\.[0-9]{1,16}(?:[-+].*)?)?)?")


@dataclass(frozen=True, slots=True)
class Bump:
    """A step from one version number to the next."""

    declared: Level | None
    """What the number promises; None where it is no number, or none that is higher."""
    needed: Level | None
    """What the change needs; None where it is not known whether it breaks."""

    @property
    def is_short(self) -> bool:
        """Whether the number promises more than the change keeps: too small a step."""
        if self.declared is None or self.needed is None:
            return False
        return _ORDER.index(self.declared) < _ORDER.index(self.needed)

    @property
    def is_long(self) -> bool:
        """Whether the number announces a break that there is none of."""
        return self.declared == "major" and self.needed in ("minor", "patch")


def declared_bump(old: str | None, new: str | None) -> Level | None:
    """Return what a number promises after another one, by semantic versioning.

    Before 1.0.0 only the last number promises something, as npm reads it: that nothing breaks.
    Before 0.1.0 nothing does. None as well where the new number is not higher.
    """
    from eventproof.catalog import sort_key

    before, after = _release(old), _release(new)
    if before is None or after is None or sort_key(new) <= sort_key(old):
        return None
    if before[0] == after[0] == 0:
        return "minor" if before[1] == after[1] and before[1] else None
    if before[0] != after[0]:
        return "major"
    return "minor" if before[1] != after[1] else "patch"


def needed_bump(verdicts: Collection[str], *, is_same_to_payloads: bool) -> Level | None:
    """Return what a change needs, from the verdicts on it."""
    if "breaking" in verdicts:
        return "major"
    if "unknown" in verdicts:
        return None
    return "patch" if is_same_to_payloads else "minor"


def _release(version: str | None) -> tuple[int, int] | None:
    """Return the first two numbers of a version that is a number."""
    match = _NUMBER.fullmatch(version) if version else None
    return (int(match[1]), int(match[2] or 0)) if match else None
