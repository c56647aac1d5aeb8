"""Lines: who waits for its turn with a message in a timed run, and who is called next.

A handler that is turned away stands in the line of what it waits for: the messages of a key, or
the seats of a service. Who has ended gives back what it took. Then of the messages of a key the
one whose ticket is served begins, if it is there, and of those who wait for a seat the first that
can.

What could be wrong: somebody who is called and still cannot begin (it stands in line again, before
those who were not called), and a turn that is given back while its process goes on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from eventproof.simulator.actors import Actor, Place
from eventproof.simulator.events import Event
from eventproof.simulator.tables import Key
from eventproof.simulator.turns import SEATS, seats_of, taken
from eventproof.simulator.world import TURNED_AWAY, World


class Lines:
    """The lines of one run; `begun` is told of each who may begin."""

    def __init__(self, world: World, begun: Callable[[Place, Event], None]) -> None:
        self._world = world
        self._begun = begun
        self._seats: dict[Key, deque[Place]] = {}
        """Seats that are waited for -> by whom, first come first."""
        self._tickets: dict[Key, dict[int, Place]] = {}
        """Line -> who is there before its ticket is served, by tickets."""

    def received(self, place: Place, event: Event) -> bool:
        """Whether a handler has begun with its message, or goes on waiting for its turn."""
        if event.answer != TURNED_AWAY:
            self._begun(place, event)
            return True
        key, ticket = self._world.awaited(place)
        if ticket is None:
            self._seats.setdefault(key, deque()).append(place)
        else:
            self._tickets.setdefault(key, {})[ticket] = place
        return False

    def give_back(self, turns: set[Key], actor: Actor) -> None:
        """Handlers that have ended let others begin; `turns` keeps those that are still taken."""
        kept = {key for process in actor.processes for key in taken(process)}
        given_back = turns - kept
        turns &= kept
        for key in sorted(given_back, key=repr):
            if key[0] == SEATS:
                self._call_first(seats_of(key))
            else:
                self._call_served(key)

    def _call_served(self, line: Key) -> None:
        """The handler of a key's next message begins, if it is there."""
        early = self._tickets.get(line, {})
        place = early.pop(self._world.rows.standing(line)[1], None)
        if not early:
            self._tickets.pop(line, None)
        if place is not None:
            self.received(place, self._world.take(place))

    def _call_first(self, seats: Key) -> None:
        """The first of those who wait for a seat, and can begin, does."""
        waiting = self._seats.pop(seats, deque())
        while waiting:
            place = waiting.popleft()
            if self.received(place, self._world.take(place)):
                break
        if waiting:
            self._seats[seats] = deque((*self._seats.get(seats, ()), *waiting))


__all__ = ["Lines"]
