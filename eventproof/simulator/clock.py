"""The clock of timed runs: what is to happen, and when; earliest first.

SimPy makes an event object and a list of callbacks for each thing that happens; here it is one
entry in a heap. The order is SimPy's: by time, and at the same time by who was scheduled first.
What could be wrong: two entries of the same time in another order, a time that goes backwards, and
an action that is compared with another (so the number in between is never the same).
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

Entry = tuple[float, int, Callable[[Any], None], Any]
"""(simulated seconds, number, action, what the action is given)."""


class Clock:
    """Simulated time; begins at 0."""

    __slots__ = ("_count", "_entries", "now")

    def __init__(self) -> None:
        self.now = 0.0
        """Simulated seconds since the beginning."""
        self._entries: list[Entry] = []
        self._count = 0

    def after(self, delay_s: float, action: Callable[[Any], None], what: Any = None) -> None:
        """Let `action(what)` happen `delay_s` seconds from now; ValueError for less than 0."""
        if delay_s < 0:
            raise ValueError(f"{delay_s} s from now has been")
        self._count += 1
        heappush(self._entries, (self.now + delay_s, self._count, action, what))

    def run(self) -> None:
        """Let everything happen, and what comes of it, until nothing is left."""
        entries = self._entries
        while entries:
            self.now, _, action, what = heappop(entries)
            action(what)


__all__ = ["Clock"]
