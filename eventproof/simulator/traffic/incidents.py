"""Incidents: what went wrong with messages in flight, one sentence each, with the way there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

NO_ENDLESS_CYCLE = "no-endless-cycle"
"""Broken by a message that sets itself off again, without any condition on the way."""
NO_EVENT_STORM = "no-event-storm"
"""Broken by one message that sets off more others than anybody can want."""
OTHER_VERSION = "gets-the-pinned-version"
"""Broken by a message of another version than its consumer is built for. Where that can read it
none the less, it is only told."""
NO_UNHANDLED = "no-message-dies-unconsumed"
"""Broken by a message that nobody receives. A catalog may leave its consumers out, so this is
only told."""


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that went wrong, at its first time, and how often it did."""

    property: str
    about: tuple[str, ...]
    """What makes it one incident: two of the same property and subject are the same."""
    message: str
    """Id and version of the message that shows it."""
    sentence: str
    path: tuple[str, ...]
    """Who sent what, in turns, from the beginning of the chain to the message."""
    payload: Any
    """The message's, None where there is no contract to draw one from."""
    is_violation: bool = True
    """False for what a sound catalog may have too."""
    count: int = 1
    seed: int = 0
    """The run that met it first."""


def merged(incidents: Iterable[Incident]) -> tuple[Incident, ...]:
    """The incidents of several runs, each once with the sum of its counts."""
    found: dict[tuple[str, tuple[str, ...]], Incident] = {}
    for incident in incidents:
        key = (incident.property, incident.about)
        known = found.get(key)
        count = incident.count + (known.count if known else 0)
        found[key] = replace(known or incident, count=count)
    return tuple(found.values())
