"""Attempts: customers who come again after a journey that was in vain, and the load that makes.

A scenario says after which ends a customer comes again, how often at most, and how long after. An
attempt is a journey of its own, of a customer of its own name, so that what it orders is its own.

What could be wrong: an end that is taken for another (`kind_of` is the one place that tells), an
attempt that draws what the one before drew (its number is part of its stream's name), and a load
that is told of windows in which nobody was expected.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from eventproof.simulator.durations import Length
from eventproof.simulator.errors import TRANSIENT

ABANDONED = "abandoned"
"""The outcome of a journey whose customer has lost patience."""

REFUSED, TIMED_OUT, CONFLICT = "refused", "timed out", "conflict"

PART = 10
"""Windows into which the time is cut in which customers come for the first time."""

WINDOWS = 20
"""Windows of which the load is kept: twice that time."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Who comes again, and when."""

    times: int
    """How often at most, after the first attempt."""
    after_s: Length
    """How long after the end of the attempt that was in vain."""
    on: tuple[str, ...] = (REFUSED, TIMED_OUT, CONFLICT)
    """After which ends."""


def kind_of(outcome: str) -> str | None:
    """What kind of failure an outcome is; None for one after which nobody comes again."""
    if outcome.startswith("failed: no reply to"):
        return TIMED_OUT
    if outcome.startswith("failed: "):
        return CONFLICT if outcome.removeprefix("failed: ").startswith(TRANSIENT) else None
    kinds = (REFUSED, TIMED_OUT, CONFLICT, ABANDONED)
    return next((kind for kind in kinds if outcome.startswith(kind)), None)


@dataclass(frozen=True, slots=True)
class Attempts:
    """The attempts of one run."""

    first: int
    """Customers who came."""
    again: int
    """Attempts beyond each customer's first."""
    load: tuple[float, ...] = ()
    """Attempts in each window, over the first attempts that one has on average.

    A window is a tenth of the time in which customers come for the first time.
    """
    peak: float = 1.0
    """The largest of all windows, kept or not."""


def attempts_of(first_s: Sequence[float], again_s: Sequence[float]) -> Attempts:
    """What arrivals come to, given when they were; the first ones in their order."""
    if not first_s or first_s[-1] == 0:
        return Attempts(len(first_s), len(again_s))
    window_s = first_s[-1] / PART
    # The last of the first ones is still in the tenth window.
    inside = Counter(min(int(at / window_s), PART - 1) for at in first_s)
    inside.update(int(at / window_s) for at in again_s)
    usual = len(first_s) / PART
    upto = min(max(inside) + 1, WINDOWS)
    return Attempts(
        first=len(first_s),
        again=len(again_s),
        load=tuple(inside[number] / usual for number in range(upto)),
        peak=max(inside.values()) / usual,
    )


__all__ = ["ABANDONED", "Attempts", "Retry", "attempts_of", "kind_of"]
