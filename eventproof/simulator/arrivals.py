"""Arrivals: when customers come to a timed run for the first time.

Independently of each other, at a rate that may change at some moments (a sale that begins with a
burst). The gaps are drawn at a rate of one and stretched by the rate, so that the same numbers
give the same customers, sooner or later. What could be wrong: nobody ever comes any more (the last
rate is above 0, or `ArrivalsError` says so), and rates whose ends are not in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf

from eventproof.simulator.draws import shares
from eventproof.simulator.durations import Exponential

GAP = Exponential(1.0)


class ArrivalsError(ValueError):
    """No such arrivals; the text says why."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many customers a second, up to some moment."""

    per_s: float
    until_s: float = inf


def demand_order(rates: Sequence[Rate]) -> None:
    """Raise `ArrivalsError` for rates by which not every customer comes."""
    ends = [rate.until_s for rate in rates]
    if ends != sorted(set(ends)) or ends[0] <= 0:
        raise ArrivalsError("each `until_s` must be later than the one before")
    if ends[-1] != inf:
        raise ArrivalsError("the last rate has an `until_s`, and then nobody would come")
    if rates[-1].per_s == 0:
        raise ArrivalsError("the last rate is 0, and then nobody would come")


def arrival_times(rates: Sequence[Rate], *, seed: int) -> Iterator[float]:
    """The simulated seconds at which customers come, without end."""
    at, left = iter(rates), 0.0
    rate, now_s = next(at), 0.0
    for share in shares(f"{seed}:arrivals:gap"):
        left = GAP.at(share)
        while (room := rate.per_s * (rate.until_s - now_s)) < left:
            left, now_s, rate = left - room, rate.until_s, next(at)
        now_s += left / rate.per_s
        yield now_s


__all__ = ["ArrivalsError", "Rate", "arrival_times", "demand_order"]
