"""Walks: runs at random in a live world, where nothing has to be hashed, copied or looked up.

A walk lets live handlers take turns (`retaking`) until nothing can move; a scheduler says whose is
next, and what leaves a choice is drawn. What happened comes back as the steps of a tape. It is
slower than going over the ways of `space`, which remembers, and needs nothing of a state.

Three things could be wrong: whoever waits for a lock and is asked to move (a turn that nothing
comes of is none), a circle of waiters that nobody breaks (each of them may be the one that the
database makes fail), and a world that depends on the order of a set (places are sorted).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from eventproof.simulator.model import Model
from eventproof.simulator.properties import breaches
from eventproof.simulator.retaking import Taker, Turn
from eventproof.simulator.schedulers import Mover, Scheduler
from eventproof.simulator.search import NamedDeed
from eventproof.simulator.sightings import Sightings
from eventproof.simulator.steps import Commit, label
from eventproof.simulator.tape import TapeStep
from eventproof.simulator.transitions import Deed
from eventproof.simulator.world import World

COMMIT = label(Commit())


class Walk:
    """One run: every customer has come, and `step` lets somebody move."""

    def __init__(self, model: Model, chance: random.Random) -> None:
        self.world = World(model)
        for customer in model.customers:
            self.world.arrive(customer)
        self._taker = Taker(self.world)
        self._chance = chance

    @property
    def steps(self) -> list[TapeStep]:
        """What has happened so far."""
        return self._taker.steps

    @property
    def is_done(self) -> bool:
        """Whether everything that ran has ended."""
        return not any(actor.processes for actor in self.world.actors.values())

    def next_turn(self, scheduler: Scheduler) -> Turn | None:
        """Whose turn it is, and what becomes of it; None where nothing can move."""
        places = sorted(
            (name, process.slot)
            for name, actor in self.world.actors.items()
            for process in actor.processes
        )
        line = scheduler.in_line([*places])
        while line:
            mover = line.pop(0)
            turns = list(self._turns_of(mover))
            if turns:
                if scheduler.moved(mover):
                    return self._chance.choice(turns)
                line = scheduler.in_line([*line, mover])
        return None

    def take(self, turn: Turn) -> None:
        """A turn, and the steps of whoever it lets go."""
        self._taker.take(turn)

    def _turns_of(self, place: Mover) -> Iterator[Turn]:
        if not self.world.actors[place[0]].process(place[1]).can_move:
            return
        aborted = Turn(*place, aborts=True)
        if self._taker.may_take(aborted):
            yield aborted
            return
        for choice in self.world.choices(place):
            turn = Turn(*place, choice)
            if self._taker.may_take(turn):
                yield turn


def walked(
    walk: Walk, scheduler: Scheduler, seen: Sightings, *, bound: int, is_over: Callable[[], bool]
) -> bool:
    """Take a run to its end or to a violation and say what it shows; False where it is cut.

    That is after `bound` turns, or where `is_over` says so, which is asked at each.
    """
    seen.begin()
    outcomes = _look(walk, seen)
    for _ in range(bound):
        if seen.violations:
            return True
        if is_over():
            return False
        turn = walk.next_turn(scheduler)
        if turn is None:
            seen.end(is_done=walk.is_done)
            return True
        before = len(walk.steps)
        walk.take(turn)
        taken = walk.steps[before:]
        seen.deeds += [NamedDeed(s.actor, Deed(s.slot, s.kind, s.choice)) for s in taken]
        # Rows change at commits; what else can be seen are ends of journeys, and faults.
        if any(s.step == COMMIT for s in taken) or outcomes != walk.world.view().outcomes:
            outcomes = _look(walk, seen)
        elif walk.world.faults():
            seen.look(walk.world.view(), (), walk.world.faults())
    return False


def _look(walk: Walk, seen: Sightings) -> tuple[str, ...]:
    view = walk.world.view()
    seen.meet(view)
    seen.look(view, breaches(walk.world.model.always, view), walk.world.faults())
    return view.outcomes


__all__ = ["Walk", "walked"]
