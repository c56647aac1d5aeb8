"""SQLite's busy time-out in simulated time: who meets a lock asks again, and gives up in the end.

As SQLite's own busy handler does: the pauses grow, nobody queues, and the last attempt is when the
time-out has passed. `BusyTimeout.holds_up` is asked before each step that is taken by the rules.

Two things that could be wrong: a step that waits though SQLite answers it at once (who reads and
would write; a snapshot that is out of date), and a wait that is not forgotten when it has ended.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate

from eventproof.simulator.actors import Place
from eventproof.simulator.clock import Clock
from eventproof.simulator.world import World

PAUSES_S = (0.001, 0.002, 0.005, 0.010, 0.015, 0.020, 0.025, 0.025, 0.025, 0.050, 0.050, 0.100)
"""Between two attempts (sqliteDefaultBusyCallback); the last is repeated."""


class BusyTimeout:
    """Those who wait for a database that is locked."""

    def __init__(self, world: World, clock: Clock) -> None:
        self._world = world
        self._clock = clock
        sqlite = world.model.sqlite
        self._timeout_s = sqlite.busy_timeout_s if sqlite is not None else 0.0
        self._attempts: dict[Place, int] = {}
        """Who waits -> how often it has met the lock."""

    def holds_up(self, place: Place, take: Callable[[Place], None]) -> bool:
        """Whether the pending step has to wait; it is taken again after a pause.

        A step that still meets the lock when the time-out has passed does not wait any more.
        """
        if not self._timeout_s:
            return False
        attempts = self._attempts.pop(place, 0)
        waited_s = _waited_s(attempts)
        if waited_s >= self._timeout_s or not self._world.meets_a_lock(place):
            return False
        pause_s = min(_waited_s(attempts + 1), self._timeout_s) - waited_s
        self._attempts[place] = attempts + 1
        self._clock.after(pause_s, take, place)
        return True

    def forget(self, place: Place) -> None:
        """A process has gone, and waits no more."""
        self._attempts.pop(place, None)

    def has_begun(self, place: Place) -> bool:
        """Whether the process has met the lock for the first time just now."""
        return self._attempts.get(place) == 1


_UPTO_S = (0.0, *accumulate(PAUSES_S))


def _waited_s(attempts: int) -> float:
    """How long the pauses after so many attempts are together."""
    more = max(0, attempts - len(PAUSES_S))
    return _UPTO_S[attempts - more] + more * PAUSES_S[-1]
