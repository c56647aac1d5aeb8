"""A pool of database connections in timed runs: a transaction needs one, first come first served.

A process takes its connection, begins its transaction on it, and gives it back when that has
ended, however it does. Where one is free nothing more happens; where none is, the process stands
in the pool's line and begins as soon as it gets one.

What could be wrong: a connection that is not given back (a transaction that never ends does that,
and is told as `never-stuck`), or given back after its process has asked for the next one, and
somebody in the line who has gone.
"""

from __future__ import annotations

from collections.abc import Callable

from eventproof.simulator.actors import Place
from eventproof.simulator.clock import Clock


class Pool:
    """So many connections."""

    def __init__(
        self, size: int, clock: Clock, take: Callable[[Place], None], *, counts_from_s: float
    ) -> None:
        """`take` takes the pending step of a process, which is the beginning of a transaction."""
        self.waits_s: list[float] = []
        """How long each had to wait who got one since counting began; 0 where one was free."""
        self._size = size
        self._clock = clock
        self._take = take
        self._counts_from_s = counts_from_s
        self._held: set[Place] = set()
        self._line: dict[Place, tuple[float, float]] = {}
        """Who waits -> since when, and how long its beginning takes; first come first."""

    @property
    def waiting(self) -> int:
        """How many stand in the line."""
        return len(self._line)

    def begin(self, place: Place, takes_s: float) -> None:
        """A process is to begin a transaction, in so much time, on the next free connection."""
        if len(self._held) < self._size:
            self._got(place, 0.0, takes_s)
        else:
            self._line[place] = (self._clock.now, takes_s)

    def waits(self, place: Place) -> bool:
        """Whether a process stands in the line."""
        return place in self._line

    def holds(self, place: Place) -> bool:
        """Whether a process has a connection."""
        return place in self._held

    def give_back(self, place: Place) -> None:
        """A process has ended its transaction; the first in the line gets the connection."""
        self._held.remove(place)
        if self._line:
            first = next(iter(self._line))
            since_s, takes_s = self._line.pop(first)
            self._got(first, self._clock.now - since_s, takes_s)

    def forget(self, place: Place) -> None:
        """A process has gone before its transaction began."""
        self._line.pop(place, None)
        if place in self._held:
            self.give_back(place)

    def _got(self, place: Place, waited_s: float, takes_s: float) -> None:
        self._held.add(place)
        if self._clock.now >= self._counts_from_s:
            self.waits_s.append(waited_s)
        self._clock.after(takes_s, self._take, place)


__all__ = ["Pool"]
