r"""Sets of characters as intervals of code points, and the named classes of ECMA-262.

`\d` and `\w` are ASCII, `\s` knows the Unicode spaces, and `.` leaves out the four line
terminators, as ECMA-262 says. Surrogates are in no set: no text of a JSON payload has one alone.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache

CharSet = tuple[tuple[int, int], ...]
"""Intervals of code points, both ends included, in order and apart from each other."""

LAST = 0x10FFFF
_READABLE = "abcxyz019ABC_- .@/:"
ALL: CharSet = ((0, 0xD7FF), (0xE000, LAST))
_GENERAL = {
    "Letter": "L", "Uppercase_Letter": "Lu", "Lowercase_Letter": "Ll", "Mark": "M", "Number": "N",
    "Decimal_Number": "Nd", "Punctuation": "P", "Symbol": "S", "Separator": "Z", "Other": "C",
}  # fmt: skip


def of(text: str) -> CharSet:
    """Return the set of the characters of a text."""
    return union(((ord(char), ord(char)),) for char in text)


def union(sets: Iterable[Iterable[tuple[int, int]]]) -> CharSet:
    """Return what is in any of the sets; their intervals may come in any order."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(interval for one in sets for interval in one):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return tuple(merged)


def complement(one: CharSet) -> CharSet:
    """Return the characters that are not in a set."""
    gaps = []
    begin = 0
    for low, high in one:
        if begin < low:
            gaps.append((begin, low - 1))
        begin = high + 1
    if begin <= LAST:
        gaps.append((begin, LAST))
    return both(tuple(gaps), ALL)


def both(one: CharSet, other: CharSet) -> CharSet:
    """Return what is in both sets."""
    found = []
    left = right = 0
    while left < len(one) and right < len(other):
        low = max(one[left][0], other[right][0])
        high = min(one[left][1], other[right][1])
        if low <= high:
            found.append((low, high))
        if one[left][1] < other[right][1]:
            left += 1
        else:
            right += 1
    return tuple(found)


def intersection(sets: Iterable[CharSet]) -> CharSet:
    """Return what is in all of the sets."""
    result = ALL
    for one in sets:
        result = both(result, one)
    return result


def representatives(heads: frozenset[CharSet]) -> tuple[int, ...]:
    """Return one code point of each class that the sets divide all into, readable first."""
    ordered = sorted(heads)
    edges = {low for one in (*ordered, ALL) for low, _ in one}
    edges |= {high + 1 for one in ordered for _, high in one}
    found: dict[tuple[bool, ...], int] = {}
    for code in (*map(ord, _READABLE), *sorted(edges)):
        if has(ALL, code):
            found.setdefault(tuple(has(one, code) for one in ordered), code)
    return tuple(found.values())


def has(one: CharSet, code: int) -> bool:
    """Whether a code point is in a set."""
    place = bisect_right(one, (code, LAST + 1)) - 1
    return place >= 0 and code <= one[place][1]


DIGITS = of("0123456789")
WORD = union([DIGITS, ((65, 90),), ((97, 122),), of("_")])
SPACES = union(
    [of("\t\n\v\f\r \xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff"), ((0x2000, 0x200A),)]
)
LINE_ENDS = of("\n\r\u2028\u2029")
DOT = complement(LINE_ENDS)
CLASSES = {
    "d": DIGITS, "D": complement(DIGITS), "w": WORD, "W": complement(WORD),
    "s": SPACES, "S": complement(SPACES),
}  # fmt: skip


def of_property(name: str) -> CharSet | None:
    """Return the characters of a general category (`L`, `Lu`, `Letter`); None where unknown.

    The table is Python's, whose Unicode version may be another than a validator's.
    """
    short = name.split("=")[-1] if name.split("=")[0] in ("gc", "General_Category") else name
    if short in ("Any", "ASCII"):
        return ALL if short == "Any" else ((0, 127),)
    short = _GENERAL.get(short, short)
    table = _categories()
    sets = [chars for category, chars in table.items() if category.startswith(short)]
    return both(union(sets), ALL) if sets and len(short) <= 2 and short[:1].isupper() else None


@lru_cache(maxsize=1)
def _categories() -> dict[str, CharSet]:
    found: dict[str, list[tuple[int, int]]] = {}
    begin, current = 0, unicodedata.category("\0")
    for code in range(1, LAST + 2):
        category = unicodedata.category(chr(code)) if code <= LAST else ""
        if category != current:
            found.setdefault(current, []).append((begin, code - 1))
            begin, current = code, category
    return {category: tuple(intervals) for category, intervals in found.items()}
