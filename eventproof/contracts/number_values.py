"""Numbers between bounds that are multiples of some steps and not of others, as fractions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from math import ceil, floor, gcd, lcm
from typing import Any

from eventproof.contracts.atoms import Atom, Bound, Listed, Multiple
from eventproof.contracts.found import NONE, UNSURE, Found, a_value

TRIED_LIMIT = 2_000
"""How many numbers are looked at before nothing is claimed."""

_DIGITS_LIMIT = 300
_ONE = Fraction(1)


def number(parts: Iterable[Atom], *, whole: bool) -> Found:
    """Look for an integer, or for a number that is none."""
    bounds = [part for part in parts if isinstance(part, Bound)]
    low = max((b for b in bounds if not b.upper), key=lambda b: (b.limit, b.strict), default=None)
    high = min((b for b in bounds if b.upper), key=lambda b: (b.limit, not b.strict), default=None)
    if low and high and (low.limit > high.limit or _touching(low, high)):
        return NONE
    steps = [part.step for part in parts if isinstance(part, Multiple) and part.wanted]
    step = _common([*steps, _ONE] if whole else steps)
    refused = [part.step for part in parts if isinstance(part, Multiple) and not part.wanted]
    if step and any((step / other).denominator == 1 for other in refused):
        return NONE  # every multiple of the one is one of the other
    if not whole and step and step.denominator == 1:
        return NONE
    excluded = {v for p in parts if isinstance(p, Listed) for v in p.values if _is_number(v)}
    unfit = _Unfit(whole, refused, {Fraction(repr(value)) for value in excluded})
    if step:
        return _on_grid(step, low, high, unfit)
    return _anywhere(low, high, unfit)


class _Unfit:
    """What a number must not be."""

    def __init__(self, whole: bool, refused: list[Fraction], excluded: set[Fraction]) -> None:
        self.whole, self.refused, self.excluded = whole, refused, excluded

    def __call__(self, value: Fraction) -> bool:
        if (value.denominator == 1) != self.whole or value in self.excluded:
            return True
        return any((value / step).denominator == 1 for step in self.refused)


def _on_grid(step: Fraction, low: Bound | None, high: Bound | None, unfit: _Unfit) -> Found:
    first = None if low is None else _above(low, step)
    last = None if high is None else _below(high, step)
    if first is not None and last is not None and first > last:
        return NONE
    for count, place in enumerate(_outward(first, last)):
        if count > TRIED_LIMIT:
            return UNSURE
        if not unfit(place * step):
            return _shown(place * step)
    return NONE


def _outward(first: int | None, last: int | None) -> Iterator[int]:
    """Yield the whole numbers of a range, those next to nought first."""
    start = 0 if first is None else max(0, first)
    start = start if last is None else min(start, last)
    up, down = start, start - 1
    while (last is None or up <= last) or (first is None or down >= first):
        if last is None or up <= last:
            yield up
            up += 1
        if first is None or down >= first:
            yield down
            down -= 1


def _anywhere(low: Bound | None, high: Bound | None, unfit: _Unfit) -> Found:
    """Try numbers of few digits between two bounds; a range without a whole number has some."""
    if low and high and low.limit == high.limit:
        return NONE if unfit(low.limit) else _shown(low.limit)
    for value in _between(low, high):
        inside = (low is None or _passes(value, low)) and (high is None or _passes(value, high))
        if inside and not unfit(value):
            return _shown(value)
    return UNSURE


def _between(low: Bound | None, high: Bound | None) -> Iterator[Fraction]:
    start = low.limit if low else (high.limit - 1 if high else Fraction(0))
    start = (
        Fraction(0) if (low is None or low.limit <= 0) and (not high or high.limit > 0) else start
    )
    for digits in range(1, 40):
        unit = Fraction(1, 10**digits)
        base = floor(start / unit) * unit
        for times in (5, 1, 2, 3, 4, 6, 7, 8, 9, 11, 0, -5, -1):
            yield base + times * unit
    yield from (bound.limit for bound in (low, high) if bound)


def _passes(value: Fraction, bound: Bound) -> bool:
    if value == bound.limit:
        return not bound.strict
    return (value < bound.limit) == bound.upper


def _touching(low: Bound, high: Bound) -> bool:
    return low.limit == high.limit and (low.strict or high.strict)


def _above(low: Bound, step: Fraction) -> int:
    first = ceil(low.limit / step)
    return first + 1 if low.strict and first * step == low.limit else first


def _below(high: Bound, step: Fraction) -> int:
    last = floor(high.limit / step)
    return last - 1 if high.strict and last * step == high.limit else last


def _common(steps: list[Fraction]) -> Fraction | None:
    """Return the least common multiple of some fractions."""
    if not steps:
        return None
    result = steps[0]
    for step in steps[1:]:
        upper = lcm(result.numerator, step.numerator)
        result = Fraction(upper, gcd(result.denominator, step.denominator))
    return result


def _shown(value: Fraction) -> Found:
    if abs(value) >= 10**_DIGITS_LIMIT:
        return UNSURE
    if value.denominator == 1:
        return a_value(int(value))
    as_float = float(value)
    return a_value(as_float) if Fraction(repr(as_float)) == value else UNSURE


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
