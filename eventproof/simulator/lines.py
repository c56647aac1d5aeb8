"""Lines: who waits for its turn with a message in a timed run, and who is called next.

A handler that is turned away stands in the line of what it waits for: the messages of a key, or
the seats of a service. Who has ended gives back what it took, and the first in line that can begin
does. Messages of a key are handled in the order in which they were published, whoever sent them
and however long each was on its way: a partition is a log.

What could be wrong: somebody who is called and still cannot begin (it stands in line again, before
those who were not called), a turn that is given back while its process goes on, and a handler that
crashed (it keeps its place before all that were published later).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from eventproof.simulator.actors import Actor, Place, Process
from eventproof.simulator.events import Event
from eventproof.simulator.tables import Key
from eventproof.simulator.turns import common, has_begun, taken
from eventproof.simulator.world import TURNED_AWAY, World


class Lines:
    """The lines of one run; `begun` is told of each who may begin."""

    def __init__(self, world: World, begun: Callable[[Place, Event], None]) -> None:
        self._world = world
        self._begun = begun
        self._waiting: dict[Key, deque[Place]] = {}
        """What is waited for -> by whom, first come first."""
        self._published: dict[Key, deque[Place]] = {}
        """Key of messages -> the handlers of those that have not been handled, in their order."""
        self._early: set[Place] = set()
        """Who is there, and waits for those that were published before."""

    def published(self, place: Place, process: Process) -> None:
        """A handler is to have a message: of a key, after all that were published before."""
        if process.turn is None or process.turn.line is None:
            return
        order = self._published.setdefault(process.turn.line, deque())
        if not order or order[0] != place:  # who begins again has its place
            order.append(place)

    def holds_up(self, place: Place) -> bool:
        """Whether a handler has to wait, for a message of its key was published before its own."""
        process = self._world.find(place) if self._published else None
        if process is None or process.turn is None or has_begun(process):
            return False
        line = process.turn.line
        if line is None or self._published[line][0] == place:
            return False
        self._early.add(place)
        return True

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
            if key in self._published:
                self._call_next_of(key)
            else:
                self._call_next(common(key))

    def _call_next_of(self, line: Key) -> None:
        """The handler of the next message of that key begins, if it is there."""
        order = self._published[line]
        if self._world.find(order[0]) is None:  # else it crashed, and is the next again
            order.popleft()
        if not order:
            del self._published[line]
        elif order[0] in self._early:
            self._early.discard(order[0])
            self.received(order[0], self._world.take(order[0]))

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
