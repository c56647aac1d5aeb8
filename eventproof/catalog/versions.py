"""Versions: how they are read, compared, and chosen by a pin. One semantics, used everywhere.

A pin is what a reference writes behind `version:`. It chooses among the versions of one id:

1. The version that is the same string.
2. Else the version that is the same number, after reading `v1`, `1` and `1.0` as `1.0.0`.
3. Else, read as a range as npm does (`^1.2`, `~1.2`, `1.x`, `>=1 <2`, `1 - 2`, `||`, `*`),
   the highest version within it. A bare `1` that equals no version is the range `1.x`.

`latest` or no pin is the highest version by number, never by folder. Prereleases are strict: a
range takes one only when it names a prerelease of the same number, and `latest` takes one only
when there is nothing else. Versions that are no numbers (`2024-01-01`, `release-3`) match by
string equality only, and rank below every number.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

LATEST = "latest"

_PRERELEASE = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
# Sixteen digits, as npm's limit of 2^53: more is no version number, and would be slow to read.
_NUMBER = re.compile(
    r"[vV]?([0-9]{1,16})(?:\.([0-9]{1,16})(?:\.([0-9]{1,16})"
    rf"(?:-({_PRERELEASE}))?(?:\+[0-9A-Za-z.-]+)?)?)?"
)
_PART = r"(?:[xX*]|[0-9]{1,16})"
# Only three parts may be a prerelease, as npm reads it: 2024-01-01 is a date and no range.
_COMPARATOR = re.compile(
    rf"(>=|<=|>|<|=|~>|~|\^)?[vV]?({_PART})"
    rf"(?:\.({_PART})(?:\.({_PART})(?:-({_PRERELEASE}))?(?:\+[0-9A-Za-z.-]+)?)?)?"
)
_OPERATOR_GAP = re.compile(r"(>=|<=|>|<|=|~>|~|\^)\s+")
_HYPHEN = re.compile(r"(\S+)\s+-\s+(\S+)")
_RANGE_CHARS_MAX = 256


@dataclass(frozen=True, slots=True)
class Version:
    """A version number as semver orders it. Build metadata is not part of the order."""

    release: tuple[int, int, int]
    prerelease: tuple[str, ...] = ()

    @property
    def precedence(self) -> tuple[Any, ...]:
        """Sorts as semver does: a prerelease before its release, numbers before words."""
        if not self.prerelease:
            return (self.release, (1,))
        parts = ((0, int(p), "") if _is_number(p) else (1, 0, p) for p in self.prerelease)
        return (self.release, (0, tuple(parts)))


_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge, ">": operator.gt, "<": operator.lt, "<=": operator.le, "=": operator.eq,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Bound:
    """One side of a range: `>= 1.2.0`."""

    operator: str
    version: Version

    def admits(self, version: Version) -> bool:
        return _COMPARISONS[self.operator](version.precedence, self.version.precedence)


@lru_cache(maxsize=4096)  # catalogs write the same few versions over and over
def parse(text: str | None) -> Version | None:
    """Return the number that `text` stands for, or None where it is no number."""
    match = _NUMBER.fullmatch(text.strip()) if text else None
    if match is None:
        return None
    major, minor, patch, prerelease = match.groups()
    release = (int(major), int(minor or 0), int(patch or 0))
    return Version(release, tuple(prerelease.split(".")) if prerelease else ())


def same_version(left: str | None, right: str | None) -> bool:
    """Whether two versions are the same string or the same number."""
    if left == right:
        return True
    first, second = parse(left), parse(right)
    return first is not None and second is not None and first.precedence == second.precedence


def is_range(pin: str) -> bool:
    """Whether a pin asks for any of several versions, rather than naming one."""
    return parse(pin) is None and _ranges(pin) is not None


def satisfies(version: str | None, pin: str | None) -> bool:
    """Whether a pin would choose this version if there were no other."""
    return pick([version], pin) is not None


def in_range(version: Version, pin: str) -> bool:
    """Whether a number lies within a pin that is read as a range and as nothing else."""
    alternatives = _ranges(pin)
    return alternatives is not None and _within(version, alternatives)


def pick(versions: Sequence[str | None], pin: str | None) -> int | None:
    """Return the index of the version that a pin chooses, or None, by the module's rules."""
    return _picked(tuple(versions), pin)


@lru_cache(maxsize=16_384)  # the same few histories and pins come again and again
def _picked(versions: tuple[str | None, ...], pin: str | None) -> int | None:
    if pin is None or pin == LATEST:
        return (
            _highest(versions, [i for i, v in enumerate(versions) if not _is_prerelease(v)])
            if versions
            else None
        )
    for same in (str.__eq__, same_version):
        for index, version in enumerate(versions):
            if version is not None and same(version, pin):
                return index
    alternatives = _ranges(pin)
    if alternatives is None:
        return None
    inside = [i for i, version in enumerate(versions) if _within(parse(version), alternatives)]
    return _highest(versions, inside) if inside else None


@lru_cache(maxsize=4096)
def sort_key(version: str | None) -> tuple[Any, ...]:
    """Sorts versions from the lowest: none, words, numbers, and one that is called `latest`."""
    if version is None:
        return (0,)
    if version == LATEST:
        return (3,)
    number = parse(version)
    if number is None:
        return (1, _natural(version), version)
    return (2, number.precedence, version)


def _highest(versions: Sequence[str | None], among: Sequence[int]) -> int:
    """Return the first index of the highest version; among all where `among` is empty."""
    return max(among or range(len(versions)), key=lambda i: (sort_key(versions[i]), -i))


def _is_prerelease(version: str | None) -> bool:
    number = parse(version)
    return number is not None and bool(number.prerelease)


def _is_number(part: str) -> bool:
    return part.isdecimal() and len(part) <= 16


def _natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Digits by value and words by letter, so that release-10 follows release-3."""
    parts = re.findall(r"[0-9]+|[^0-9]+", text)
    # Without leading zeros, more digits are a greater number; no conversion, no limit.
    numbers = (part.lstrip("0") if part[0] in "0123456789" else None for part in parts)
    return tuple(
        (1, 0, part) if number is None else (0, len(number), number)
        for part, number in zip(parts, numbers, strict=True)
    )


def _within(version: Version | None, alternatives: Sequence[tuple[_Bound, ...]]) -> bool:
    return version is not None and any(_admits(bounds, version) for bounds in alternatives)


def _admits(bounds: tuple[_Bound, ...], version: Version) -> bool:
    if not all(bound.admits(version) for bound in bounds):
        return False
    return not version.prerelease or any(
        bound.version.prerelease and bound.version.release == version.release for bound in bounds
    )


@lru_cache(maxsize=4096)
def _ranges(pin: str) -> tuple[tuple[_Bound, ...], ...] | None:
    """Return the alternatives of a range, each a tuple of bounds; None where it is no range."""
    if len(pin) > _RANGE_CHARS_MAX:
        return None
    alternatives = [_alternative(part.strip()) for part in pin.split("||")]
    if any(bounds is None for bounds in alternatives):
        return None
    return tuple(bounds for bounds in alternatives if bounds is not None)


def _alternative(text: str) -> tuple[_Bound, ...] | None:
    hyphen = _HYPHEN.fullmatch(text)
    words = [f">={hyphen[1]}", f"<={hyphen[2]}"] if hyphen else None
    bounds: list[_Bound] = []
    for word in words or _OPERATOR_GAP.sub(r"\1", text).split():
        match = _COMPARATOR.fullmatch(word)
        if match is None:
            return None
        operator, *parts, prerelease = match.groups()
        bounds.extend(_bounds(operator or "=", [part for part in parts if part], prerelease))
    return tuple(bounds)


def _bounds(operator: str, parts: Sequence[str], prerelease: str | None) -> tuple[_Bound, ...]:
    """Return the bounds of one comparator, with what is left out or `x` read as npm reads it."""
    numbers = _numbers(parts)
    if not numbers:
        # Everything lies above or at `*`, nothing lies strictly above or below it.
        return (_Bound("<", _floor((0, 0, 0))),) if operator in ("<", ">") else ()
    exact = len(numbers) == 3
    low = Version(_filled(numbers), tuple(prerelease.split(".")) if exact and prerelease else ())
    if exact and operator in ("=", ">", ">=", "<", "<="):
        return (_Bound(operator, low),)
    match operator:
        case ">=":
            return (_Bound(">=", low),)
        case ">":
            return (_Bound(">=", Version(_after(numbers, len(numbers) - 1))),)
        case "<":
            return (_Bound("<", _floor(low.release)),)
        case "<=":
            return (_Bound("<", _floor(_after(numbers, len(numbers) - 1))),)
    free = _free_from(operator, numbers)
    return (_Bound(">=", low), _Bound("<", _floor(_after(numbers, free))))


def _free_from(operator: str, numbers: tuple[int, ...]) -> int:
    """Return the index of the number that a range may not raise: `^` the first not zero."""
    last = len(numbers) - 1
    if operator == "^":
        return next((i for i, number in enumerate(numbers) if number), last)
    return min(1, last) if operator in ("~", "~>") else last


def _numbers(parts: Sequence[str]) -> tuple[int, ...]:
    """Return the numbers before the first `x`."""
    numbers: list[int] = []
    for part in parts:
        if part in "xX*":
            break
        numbers.append(int(part))
    return tuple(numbers)


def _filled(numbers: tuple[int, ...]) -> tuple[int, int, int]:
    major, minor, patch = (*numbers, 0, 0, 0)[:3]
    return (major, minor, patch)


def _after(numbers: tuple[int, ...], index: int) -> tuple[int, int, int]:
    """Return the next release that differs at `index`: after 1.2 at 1 comes 1.3.0."""
    return _filled((*numbers[:index], numbers[index] + 1))


def _floor(release: tuple[int, int, int]) -> Version:
    """Below every prerelease of a release, so that `<2` leaves out 2.0.0-beta as npm does."""
    return Version(release, ("0",))
