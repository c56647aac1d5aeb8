"""Pace: what a scenario says of simulated time, and how it is read from a file.

The file has been held against the schema already; what is left to be wrong is a distribution that
does not exist, which is one sentence with its line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eventproof.findings import Problem
from eventproof.simulator.arrivals import ArrivalsError, Rate, demand_order
from eventproof.simulator.attempts import Retry
from eventproof.simulator.durations import DurationError, Length, length_of

Place = Callable[..., str]
"""Where a key of the file stands, for messages."""


@dataclass(frozen=True, slots=True)
class Latency:
    """How long steps take in simulated time; a plain number is the mean of an exponential one."""

    statement_s: Length = 0.002
    message_s: Length = 0.005
    """Until a message is sent; it is handled at once, unless its channel takes time."""
    external_s: Length = 0.5
    """Until an external system answers that does not say itself how long it takes."""
    channels: Mapping[str, Length] = field(default_factory=dict)
    """Channel -> how long its messages are on their way, from being sent to being handled."""
    redelivery_s: Length = 0.0
    """How much later a message comes again, or comes that is out of order."""
    connections: int | None = None
    """How many transactions may be open at a time; None: any number."""


def latency_of(said: Mapping[str, Any], place: Place) -> Latency:
    """The latencies of a file. `Problem` for one that cannot be."""
    read = {
        key: length_at(value, place, "latency", key)
        for key, value in said.items()
        if key not in ("channels", "connections")
    }
    channels = {
        name: length_at(value, place, "latency", "channels", name)
        for name, value in said.get("channels", {}).items()
    }
    return Latency(**read, channels=channels, connections=said.get("connections"))


def pace_of(customers: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """What a file says of when its customers come, leave, and come again. `Problem` as above."""
    found: dict[str, Any] = {}
    if isinstance(customers.get("arrivals_per_s"), list):
        found["arrivals_per_s"] = _rates(customers["arrivals_per_s"], place)
    for key in ("think_time_s", "patience_s"):
        if key in customers:
            found[key] = length_at(customers[key], place, "customers", key)
    if "retry" in customers:
        said = dict(customers["retry"])
        after_s = length_at(said.pop("after_s"), place, "customers", "retry", "after_s")
        on = {"on": tuple(said["on"])} if "on" in said else {}
        found["retry"] = Retry(said["times"], after_s, **on)
    return found


def _rates(said: Sequence[Mapping[str, float]], place: Place) -> tuple[Rate, ...]:
    rates = tuple(Rate(**one) for one in said)
    try:
        demand_order(rates)
    except ArrivalsError as error:
        keys = ("customers", "arrivals_per_s")
        raise Problem(f"{place(*keys)}: `{'.'.join(keys)}`: {error}.") from error
    return rates


def length_at(said: Any, place: Place, *keys: str) -> Length:
    """The duration that stands at some keys of a file. `Problem` if there is none such."""
    try:
        return length_of(said)
    except DurationError as error:
        raise Problem(f"{place(*keys)}: `{'.'.join(keys)}`: {error}.") from error


__all__ = ["Latency", "Place", "latency_of", "length_at", "pace_of"]
