"""How long a step takes in simulated time, by its class: means of exponential distributions."""

from __future__ import annotations

from eventproof.simulator.scenario import Latency
from eventproof.simulator.steps import STEP_TYPES, Call, Now, Publish, Request, Sleep

ITS_OWN = (Sleep, Now)
"""Classes whose steps say themselves how long they take, or take no time."""


def rates_of(latency: Latency) -> dict[type, float]:
    """Class of steps -> how many there would be a second; those that take no time are left out."""
    means_s = dict.fromkeys(STEP_TYPES, latency.statement_s)
    means_s |= {Publish: latency.message_s, Request: latency.message_s, Call: latency.external_s}
    return {
        kind: 1 / mean_s for kind, mean_s in means_s.items() if mean_s > 0 and kind not in ITS_OWN
    }
