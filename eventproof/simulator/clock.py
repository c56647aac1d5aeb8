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

    __slots__ = ("_cancelled", "_count", "_entries", "now")

    def __init__(self) -> None:
        self.now = 0.0
        """Simulated seconds since the beginning."""
        self._entries: list[Entry] = []
        self._count = 0
        self._cancelled: set[int] = set()

    def after(self, delay_s: float, action: Callable[[Any], None], what: Any = None) -> int:
        """Let `action(what)` happen `delay_s` seconds from now; ValueError for less than 0.

        Returns the entry's number, by which it can be cancelled.
        """
        if delay_s < 0:
            raise ValueError(f"{delay_s} s from now has been")
        self._count += 1
        heappush(self._entries, (self.now + delay_s, self._count, action, what))
        return self._count

    def cancel(self, number: int) -> None:
        """What has that number, and has not happened, will not; nor will its time come."""
        self._cancelled.add(number)

    def run(self) -> None:
        """Let everything happen, and what comes of it, until nothing is left."""
        entries, cancelled = self._entries, self._cancelled
        while entries:
            at, number, action, what = heappop(entries)
            if cancelled and number in cancelled:
                cancelled.remove(number)
                continue
            self.now = at
            action(what)


__all__ = ["Clock"]
