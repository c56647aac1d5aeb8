"""Means over seeds and how far they can be trusted: Student's t intervals of 95 %.

Each seed is one independent run, so the figures of the seeds, and nothing finer, are the sample.
Two policies that are run on the same seeds draw the same arrivals and the same random numbers for
each customer; compare them by the differences of their figures, seed by seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

T_95 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
"""Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom; for more, that of 30,
which makes an interval at most 4 % too wide."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its 95 % confidence interval."""

    mean: float
    low: float
    high: float


def interval(values: Sequence[float]) -> Interval:
    """The interval of at least two independent values. Raises ValueError for fewer."""
    if len(values) < 2:
        raise ValueError("one value says nothing about how much values differ")
    mean = fmean(values)
    freedom = min(len(values) - 1, len(T_95))
    half = T_95[freedom - 1] * stdev(values) / sqrt(len(values))
    return Interval(mean, mean - half, mean + half)
