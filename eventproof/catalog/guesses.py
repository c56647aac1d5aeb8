"""Guesses: where a pin means a version only as we read it, and others may read it otherwise.

A pin that is the string of a version leaves nothing to guess, nor does a range that only one
version fits. What could be wrong here is a guess that stays unsaid, one that is said of a plain
pin, and the time it takes: most pins are plain, and are seen to be so at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from eventproof.catalog.versions import LATEST, Version, in_range, is_range, parse, sort_key

_SHOWN_MAX = 3


def guess(versions: Sequence[str | None], pin: str | None, chosen: str | None) -> str | None:
    """Return what was guessed when `pin` chose one of `versions`; None where nothing was.

    The rest of a sentence behind the pin, such as `is taken for 1.0.0`.
    """
    if pin == chosen or chosen == LATEST:
        return None
    return _guessed(tuple(versions), pin, chosen)


@lru_cache(maxsize=16_384)  # the same few histories and pins come again and again
def _guessed(versions: tuple[str | None, ...], pin: str | None, chosen: str | None) -> str | None:
    if pin is None:
        return _guessed_latest(versions, chosen) if len(set(versions)) > 1 else None
    if not is_range(pin):
        return _guessed_number(pin, chosen)
    return _guessed_range(versions, pin, chosen)


def _guessed_latest(versions: Sequence[str | None], chosen: str | None) -> str | None:
    if any(parse(version) is None for version in versions):
        return f"is taken for {chosen}; what is no number has no certain order"
    # Prereleases rank first where they are higher, and are not the latest by themselves.
    highest = max(versions, key=sort_key)
    if highest == chosen:
        return f"is taken for {chosen}; there are only prereleases" if _is_early(chosen) else None
    return f"is taken for {chosen}, without the prerelease {highest}"


def _is_early(version: str | None) -> bool:
    number = parse(version)
    return number is not None and bool(number.prerelease)


def _guessed_number(pin: str, chosen: str | None) -> str:
    """Say how a number was read that is written otherwise than the version."""
    number, meant = parse(pin), parse(chosen)
    if number and meant and number.precedence == meant.precedence:
        return f"is taken for {chosen}, the same number"
    return f"names no version; read as a range it means {chosen}"


def _guessed_range(versions: Sequence[str | None], pin: str, chosen: str | None) -> str | None:
    numbers = {version: number for version in versions if version and (number := parse(version))}
    inside = [version for version, number in numbers.items() if in_range(number, pin)]
    if len(inside) > 1:
        return f"fits {_shortened(inside)}; {chosen}, the highest, is taken"
    left_out = [
        version
        for version, number in numbers.items()
        if number.prerelease and version not in inside and in_range(Version(number.release), pin)
    ]
    if left_out:
        return f"is taken for {chosen}, without the prerelease {left_out[0]}"
    return None


def _shortened(versions: Sequence[str]) -> str:
    if len(versions) <= _SHOWN_MAX:
        return f"{', '.join(versions[:-1])} and {versions[-1]}"
    return f"{', '.join(versions[:_SHOWN_MAX])} and {len(versions) - _SHOWN_MAX} more"
