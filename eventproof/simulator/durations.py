"""Durations: how long something takes in simulated time, as a distribution.

Each is a small record that turns a share between 0 and 1 into the seconds that so large a part of
all cases does not exceed: its inverse distribution function. So one random number makes one
duration, and a larger number a longer one, whatever the distribution is; two scenarios that draw
the same numbers can be compared. A plain number of seconds is the mean of an exponential one.

What could be wrong: a share of 0 or 1, at which some are infinite (`draws` gives none), a
distribution that does not exist (`DurationError` says why), and seconds below 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist
from typing import Any

NORMAL = NormalDist()
Z_99 = NORMAL.inv_cdf(0.99)
MOST_OF_MEAN = exp(Z_99**2 / 2)
"""No lognormal distribution has a 99th percentile of more means than this."""


class DurationError(ValueError):
    """No such distribution; the text says why, and what would be one."""


@dataclass(frozen=True, slots=True)
class Constant:
    """Always the same."""

    seconds: float

    def at(self, _share: float) -> float:
        """The seconds that this share of all cases does not exceed."""
        return self.seconds


@dataclass(frozen=True, slots=True)
class Exponential:
    """As between events that come independently of each other."""

    mean_s: float

    def at(self, share: float) -> float:
        """The seconds that this share of all cases does not exceed."""
        return -self.mean_s * log(1.0 - share)


@dataclass(frozen=True, slots=True)
class Uniform:
    """Anything in between, one as likely as the other. `DurationError` if that is nothing."""

    from_s: float
    to_s: float

    def __post_init__(self) -> None:
        if self.to_s < self.from_s:
            raise DurationError(f"from {self.from_s:g} s to {self.to_s:g} s there is nothing")

    def at(self, share: float) -> float:
        """The seconds that this share of all cases does not exceed."""
        return self.from_s + (self.to_s - self.from_s) * share


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Mostly short, now and then very long: as answers over a network."""

    median_s: float
    sigma: float
    """Standard deviation of the logarithm."""

    def at(self, share: float) -> float:
        """The seconds that this share of all cases does not exceed."""
        return self.median_s * exp(self.sigma * NORMAL.inv_cdf(share))


@dataclass(frozen=True, slots=True)
class Empirical:
    """One of the values that somebody measured, each as likely as the others."""

    values_s: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.values_s:
            raise DurationError("there is no value to draw")
        object.__setattr__(self, "values_s", tuple(sorted(self.values_s)))

    def at(self, share: float) -> float:
        """The seconds that this share of all cases does not exceed."""
        return self.values_s[int(share * len(self.values_s))]


Duration = Constant | Exponential | Uniform | Lognormal | Empirical

Length = float | Duration
"""A duration; of a plain number of seconds, the exponential one with that mean."""


def duration_of(length: Length) -> Duration:
    """The duration that is meant."""
    return Exponential(length) if isinstance(length, int | float) else length


def is_nothing(length: Length) -> bool:
    """Whether it takes no time at all, so that nothing need be drawn."""
    return length == 0 or length == Constant(0)


def lognormal(
    *,
    mean_s: float | None = None,
    median_s: float | None = None,
    p99_s: float | None = None,
    sigma: float | None = None,
) -> Lognormal:
    """The lognormal distribution with a mean or median, and a 99th percentile or sigma.

    `DurationError` where there is none, or both or neither of a pair are given.
    """
    if (mean_s is None) is (median_s is None):
        raise DurationError("a lognormal needs either `mean_s` or `median_s`")
    if (p99_s is None) is (sigma is None):
        raise DurationError("a lognormal needs either `p99_s` or `sigma`")
    if sigma is None:
        sigma = _sigma_of(mean_s, median_s, p99_s or 0.0)
    if median_s is None:
        median_s = (mean_s or 0.0) * exp(-(sigma**2) / 2)
    return Lognormal(median_s, sigma)


def _sigma_of(mean_s: float | None, median_s: float | None, p99_s: float) -> float:
    middle_s = median_s if median_s is not None else mean_s
    assert middle_s is not None, "one of the two is given"
    if not 0 < middle_s < p99_s:
        raise DurationError(
            f"the 99th percentile, {p99_s:g} s, must be above the middle, {middle_s:g} s"
        )
    if median_s is not None:
        return log(p99_s / median_s) / Z_99
    if p99_s > middle_s * MOST_OF_MEAN:
        raise DurationError(
            f"no lognormal has a 99th percentile above {MOST_OF_MEAN:.2f} means, here "
            f"{middle_s * MOST_OF_MEAN:.3g} s; `median_s` can be any part of it"
        )
    # exp(mu + z sigma) = p99 and exp(mu + sigma²/2) = mean, of the two solutions the narrower.
    return Z_99 - sqrt(max(0.0, Z_99**2 - 2 * log(p99_s / middle_s)))


def words_of(length: Length) -> str:
    """How long that is, in a few words for a timeline."""
    match length:
        case Constant(seconds):
            return f"{seconds:g} s"
        case Exponential(mean_s):
            return f"{mean_s:g} s"
        case Uniform(from_s, to_s):
            return f"{from_s:g} to {to_s:g} s"
        case Lognormal(median_s):
            return f"about {median_s:g} s"
        case Empirical(values_s):
            return f"{values_s[0]:g} to {values_s[-1]:g} s"
    return f"{length:g} s"


def length_of(said: float | Mapping[str, Any]) -> Length:
    """What a scenario file says, as the schema lets it pass. `DurationError` if it cannot be."""
    if isinstance(said, int | float):
        return said
    ((kind, body),) = said.items()
    match kind:
        case "constant_s":
            return Constant(body)
        case "values_s":
            return Empirical(tuple(body))
        case "exponential":
            return Exponential(**body)
        case "uniform":
            return Uniform(**body)
    return lognormal(**body)


__all__ = [
    "Constant",
    "Duration",
    "DurationError",
    "Empirical",
    "Exponential",
    "Length",
    "Lognormal",
    "Uniform",
    "duration_of",
    "is_nothing",
    "length_of",
    "lognormal",
    "words_of",
]
