"""Faults of a catalog's channels: which message meets one on its way, and what that leads to.

Each delivery meets a fault with one probability. Which one depends on what the message's channel
guarantees, and which of those is drawn from the run's random numbers. Three things could be wrong:
a fault that the guarantee excludes, a draw in a run without faults (it must stay as it was), and a
consequence that is told and does not happen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from eventproof.simulator.network import CRASH_AFTER, CRASH_BEFORE, LOST, TWICE, Guarantee
from eventproof.simulator.traffic.cast import Sent

LATE = "late"
LATE_S = 60.0
"""Mean delay of a message that is late, in simulated seconds."""

NAMED = 3
"""Messages that a sentence names."""

MAY_HAPPEN: Mapping[Guarantee, tuple[str, ...]] = {
    Guarantee.AT_MOST_ONCE: (LOST, LATE, CRASH_BEFORE),
    Guarantee.AT_LEAST_ONCE: (TWICE, LATE, CRASH_BEFORE, CRASH_AFTER),
    Guarantee.EXACTLY_ONCE: (LATE, CRASH_BEFORE),
}
"""Faults that show: who crashes at the very end leaves no trace unless the message comes again."""

PROPERTIES: Mapping[str, str] = {
    LOST: "message-lost",
    TWICE: "message-delivered-twice",
    LATE: "message-late",
    CRASH_BEFORE: "consumer-crashes-before-handling",
    CRASH_AFTER: "consumer-crashes-before-acknowledging",
}
"""Fault -> what it is called among the notes of a run."""


@dataclass(frozen=True)
class Faults:
    """What may happen to messages, and how often."""

    rate: float = 0.0
    """The probability that a delivery meets one."""
    declared: Mapping[str, Guarantee] = field(default_factory=dict)
    """Message id -> what its channel guarantees; at least once for the others."""

    def guarantee(self, message: str) -> Guarantee:
        """How often a message is delivered."""
        return self.declared.get(message, Guarantee.AT_LEAST_ONCE)

    def draw(self, message: str, random: Random) -> str | None:
        """The fault that a delivery meets, if it does."""
        if not self.rate or random.random() >= self.rate:
            return None
        return random.choice(MAY_HAPPEN[self.guarantee(message)])

    def comes_again(self, message: str, fault: str | None) -> bool:
        """Whether a message is delivered once more after its consumer has met a fault."""
        if fault == CRASH_BEFORE:
            return self.guarantee(message) is not Guarantee.AT_MOST_ONCE
        return fault == CRASH_AFTER

    def consequence(self, fault: str, message: Sent, receiver: str, sends: Sequence[str]) -> str:
        """What came of it, as one sentence; `sends` names what the receiver sends then."""
        named = ", ".join([*sends[:NAMED], *(["…"] if sends[NAMED:] else [])])
        nothing = f", and sends no {named}" if sends else ""
        repeated = f", and sends {named} again" if sends else ""
        again = self.comes_again(message.id, fault)
        return {
            LOST: f"{receiver} never gets {message}{nothing}.",
            TWICE: f"{receiver} gets {message} twice{repeated}.",
            LATE: f"{receiver} gets {message} after messages that were sent later.",
            CRASH_BEFORE: f"{receiver} crashes before it has handled {message}"
            + (", which comes again." if again else f"; it is gone{nothing}."),
            CRASH_AFTER: f"{receiver} crashes after it has handled {message} and before it "
            f"acknowledges that: it handles it again{repeated}.",
        }[fault]
