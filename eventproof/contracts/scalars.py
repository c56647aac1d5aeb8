"""Strings and numbers worth trying: readable ones, and those beside a bound.

A bound is only ever passed right beside it, so the values on both sides of every bound that either
schema names are enough.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from string import ascii_lowercase
from typing import Any

from eventproof.contracts.cases import Case
from eventproof.contracts.patterns import matching

LENGTH_LIMIT = 2_000
"""The longest string or array that is built to pass a bound."""

NUMBER_LIMIT = 10**300
"""Bounds beyond this are left alone; floats end a little further out."""

FORMATS = {
    "date-time": "2024-01-01T00:00:00Z",
    "date": "2024-01-01",
    "time": "00:00:00Z",
    "email": "a@example.com",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "uri": "https://example.com/",
    "hostname": "example.com",
    "ipv4": "127.0.0.1",
}
"""A short text of each format."""

LINES = "a\na"
"""Two lines, which `.` does not match; one break at the end is nothing to Python's `$`."""
_WORDS = ("a", "b", "A", "0", "1", "", " ", "-", "a b", "é", "a@b.co", LINES)
_NUMERIC = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")


def strings(writer: Case, readers: list[Case]) -> Iterator[str]:
    """Strings that the writer may send, near what it and the readers say of strings."""
    lengths = tuple(near_counts((writer, *readers), "minLength", "maxLength"))
    own = [s for pattern in writer.get("patterns", ()) for s in matching(pattern, lengths=lengths)]
    example = FORMATS.get(str(writer.get("format")))
    if example and not own:
        yield example
    yield from own
    for reader in readers:
        yield from (v for v in reader.get("enum", ()) if isinstance(v, str))
        for pattern in reader.get("patterns", ()):
            yield from matching(pattern, lengths=lengths)
    if not example or any(key in reader for reader in readers for key in ("patterns", "nots")):
        yield from _WORDS
    for length in lengths:
        yield "a" * length
        yield "0" * length


def numbers(writer: Case, readers: list[Case], *, whole: bool) -> Iterator[int | float]:
    """Numbers that the writer may send: whole ones, or fractions."""
    cases = (writer, *readers)
    bounds = [c[k] for c in cases for k in _NUMERIC if k in c]
    bounds += [v for c in cases for v in c.get("enum", ()) if _is_number(v)]
    bounds = [bound for bound in bounds if abs(bound) <= NUMBER_LIMIT]
    steps = [c["multipleOf"] for c in cases if _is_number(c.get("multipleOf"))]
    found: list[int | float] = [0, 1, -1, 2] if whole else [0.5, 1.5, -0.5]
    for bound in bounds:
        found += [bound, bound - 1, bound + 1] if whole else [bound, bound - 0.5, bound + 0.5]
        found += [near for step in steps if step > 0 for near in _multiples(bound, step)]
    yield from (tidy for value in found if (tidy := _tidy(value, whole=whole)) is not None)


def near_counts(cases: tuple[Case, ...], least: str, most: str) -> list[int]:
    """Lengths on both sides of every bound, without those too long to build."""
    bounds = [case[key] for case in cases for key in (least, most) if _is_number(case.get(key))]
    near = {int(bound) + step for bound in bounds for step in (-1, 0, 1)}
    return sorted(length for length in near if 0 <= length <= LENGTH_LIMIT)


def cost(value: Any) -> float:
    """How much there is to read in a value; the witness shown is the cheapest.

    Empty and blank values are short and tell little, so that they cost more than a letter.
    """
    if isinstance(value, dict) and not value:
        return 1.5
    if isinstance(value, dict):
        return 1 + sum(1 + len(name) / 16 + cost(item) for name, item in value.items())
    if isinstance(value, list):
        return 1 + sum(cost(item) for item in value) if value else 1.5
    if isinstance(value, str):
        letters = sum(map(ascii_lowercase.__contains__, value))
        return 1 + (2 * len(value) - letters) / 16 if value else 2
    return 1 + len(str(value)) / 16


def size_within(value: Any, limit: int) -> int:
    """How many values a value holds, counted no further than just past `limit`."""
    size, waiting = 0, [value]
    while waiting and size <= limit:
        one = waiting.pop()
        size += 1 + (len(one) // 16 if isinstance(one, str) else 0)
        if isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return size


def _multiples(bound: float, step: float) -> list[float]:
    try:
        first = math.floor(bound / step)
    except OverflowError:  # too many steps to count, or too large for a float
        return []
    return [step * (first + offset) for offset in (-1, 0, 1, 2)]


def _tidy(value: float, *, whole: bool) -> int | float | None:
    """Integral floats as integers, so that a witness shows 3 and not 3.0."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    integral = value == int(value)
    if integral != whole:
        return None
    return int(value) if integral else round(value, 12)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
