"""The network: what may happen to a published message between its sender and its handlers.

A scenario gives each customer a budget of faults. Every fault is a choice at a step that is there
anyway, so that exploring tries it at every place and a tape plays it again:

- at `publish`: the message is lost on the way, delivered twice (at once; since anything may
  happen in between, this covers a copy that comes after the first was handled), or handled out of
  the order that the scenario asks for, at any time (so a message that is late is one of these);
- at a handler's `commit`: it crashes before, or after and before anything that follows;
- at a handler's `publish` outside a transaction: it crashes after.

What a crash means is the channel's delivery guarantee. At least once: the message was not
acknowledged, and the handler begins again. At most once: it was acknowledged before it was
handled, and is gone. Exactly once: it is acknowledged by the commit itself, so a handler that
crashed before begins again, and one that crashed after does not. Only at-most-once channels lose
messages, and only at-least-once channels deliver them twice. A request with a time-out is a
message as any other; one without waits for its reply, and is no part of this.

Three things could be wrong: a crash must roll back and release locks (the process loses its
transaction), a budget must be part of the state (it is the actor's), and a crash elsewhere must
show nothing new: before a commit all that a handler did is undone, wherever it stopped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from eventproof.simulator.programs import Program


class Guarantee(StrEnum):
    """How often a channel delivers a message; EventCatalog's `deliveryGuarantee`."""

    AT_MOST_ONCE = "at-most-once"
    AT_LEAST_ONCE = "at-least-once"
    EXACTLY_ONCE = "exactly-once"


LOST = "lost"
TWICE = "twice"
CRASH_BEFORE = "crash-before"
CRASH_AFTER = "crash-after"
REORDERED = "reordered"
GIVES_UP = "gives-up"
"""No fault: whoever waits for a reply with a time-out goes on without."""

COPIES: Mapping[str | None, int] = {LOST: 0, TWICE: 2}
"""Choice -> how many of a message come; one, where it is not here."""

WORDS: Mapping[str, str] = {
    LOST: "lost on the way",
    TWICE: "delivered twice",
    REORDERED: "out of order",
    CRASH_BEFORE: "but the handler crashes first",
    CRASH_AFTER: "then the handler crashes",
}
"""Choice -> what a timeline says."""


class Left(NamedTuple):
    """The faults that one customer's messages may still meet."""

    duplicates: int = 0
    losses: int = 0
    crashes: int = 0
    reorders: int = 0

    def without(self, choice: str) -> Left:
        """What is left after a fault."""
        if choice == LOST:
            return self._replace(losses=self.losses - 1)
        if choice == TWICE:
            return self._replace(duplicates=self.duplicates - 1)
        if choice == REORDERED:
            return self._replace(reorders=self.reorders - 1)
        return self._replace(crashes=self.crashes - 1)


class Delivery(NamedTuple):
    """What a handler of a published message is restarted from."""

    program: Program
    guarantee: Guarantee


@dataclass(frozen=True, slots=True)
class Network:
    """The faults that a scenario asks for."""

    left: Left
    """The budget of each customer."""
    default: Guarantee = Guarantee.AT_LEAST_ONCE
    """Of messages whose channels declare none."""
    rate: float = 0.01
    """In timed runs: how often a fault happens where it may."""
    declared: Mapping[str, Guarantee] = field(default_factory=dict)
    """Message id -> what its channel declares."""

    def guarantee(self, message: str) -> Guarantee:
        """How often a message is delivered."""
        return self.declared.get(message, self.default)

    def at_publish(self, message: str, left: Left) -> tuple[str, ...]:
        """The faults that a message may meet on its way."""
        guarantee = self.guarantee(message)
        if guarantee is Guarantee.AT_MOST_ONCE and left.losses:
            return (LOST,)
        return (TWICE,) if guarantee is Guarantee.AT_LEAST_ONCE and left.duplicates else ()


def begins_again(delivery: Delivery, choice: str) -> bool:
    """Whether a handler that crashed gets its message once more."""
    if delivery.guarantee is Guarantee.EXACTLY_ONCE:
        return choice == CRASH_BEFORE
    return delivery.guarantee is Guarantee.AT_LEAST_ONCE
