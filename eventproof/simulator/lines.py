"""Lines: who waits for its turn with a message in a timed run, and who is called next.

A handler that is turned away stands in the line of what it waits for: the messages of a key, or
the seats of a service. Who has ended gives back what it took, and the first in line that can begin
does. What could be wrong: somebody who is called and still cannot begin (it stands in line again,
before those who were not called), and a turn that is given back while its process goes on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from eventproof.simulator.actors import Actor, Place
from eventproof.simulator.events import Event
from eventproof.simulator.tables import Key
from eventproof.simulator.turns import common, taken
from eventproof.simulator.world import TURNED_AWAY, World


class Lines:
    """The lines of one run; `begun` is told of each who may begin."""

    def __init__(self, world: World, begun: Callable[[Place, Event], None]) -> None:
        self._world = world
        self._begun = begun
        self._waiting: dict[Key, deque[Place]] = {}
        """What is waited for -> by whom, first come first."""

    def received(self, place: Place, event: Event) -> bool:
        """Whether a handler has begun with its message, or goes on waiting for its turn."""
        if event.answer == TURNED_AWAY:
            self._waiting.setdefault(self._world.awaited(place), deque()).append(place)
            return False
        self._begun(place, event)
        return True

    def give_back(self, turns: set[Key], actor: Actor) -> None:
        """Handlers that have ended let others begin; `turns` keeps those that are still taken."""
        kept = {key for process in actor.processes for key in taken(process)}
        given_back = turns - kept
        turns &= kept
        for key in sorted(given_back, key=repr):
            self._call_next(common(key))

    def _call_next(self, key: Key) -> None:
        """The first of those who wait for a turn, and can begin, does."""
        waiting = self._waiting.pop(key, deque())
        while waiting:
            place = waiting.popleft()
            if self.received(place, self._world.take(place)):
                break
        if waiting:
            self._waiting[key] = deque((*self._waiting.get(key, ()), *waiting))


__all__ = ["Lines"]
