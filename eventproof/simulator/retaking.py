"""Turns taken loosely: who moves next, in an order that need not fit; the impossible is left out.

A tape is strict: its steps are those that the handlers ask. Here an order is only a list of turns,
and whatever the handlers ask is done; so a list with turns left out or moved still runs, and what
really happened comes back as the steps of a tape. Whoever waits for a lock goes on as soon as it
is let go, in the order of the queue, as on a server.

What could be wrong: steps that a strict replay refuses, a circle of waiters left as it is (no
server would), and a queue that is not first come, first served.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from eventproof.simulator.actors import Place
from eventproof.simulator.errors import DEADLOCK_DETECTED
from eventproof.simulator.events import Event
from eventproof.simulator.model import Model
from eventproof.simulator.network import GIVES_UP
from eventproof.simulator.properties import NEVER_STUCK, breaches
from eventproof.simulator.replay import is_choice, is_stuck
from eventproof.simulator.steps import Receive, label
from eventproof.simulator.tape import TapeStep
from eventproof.simulator.world import Holding, World


class Turn(NamedTuple):
    """A process is to move."""

    actor: str
    slot: int
    choice: str | None = None
    """What is chosen, where that is possible; else the first thing that is."""
    aborts: bool = False
    """Whether the database makes its statement fail instead, if it waits in a circle."""
    again: bool = False
    """Whether it belongs to the part of a run that goes round for ever."""

    @property
    def place(self) -> Place:
        """The process."""
        return self.actor, self.slot


class Retaken(NamedTuple):
    """What came of some turns."""

    world: World
    steps: tuple[TapeStep, ...]
    oddities: int
    """How often something else was chosen than the first thing that is possible."""
    loop: int = 0
    """How many of the last steps go round for ever."""

    def breaks(self, name: str) -> bool:
        """Whether the property is broken at the end."""
        if name == NEVER_STUCK:
            return is_stuck(self.world)
        if any(fault.property == name for fault in self.world.faults()):
            return True
        asked = (prop for prop in self.world.model.always if prop.name == name)
        return bool(breaches(asked, self.world.view()))


def turns_of(steps: Sequence[TapeStep], *, loop: int = 0) -> tuple[Turn, ...]:
    """A tape's steps as turns; its last `loop` go round. A statement that is let go needs none."""
    turns: list[Turn] = []
    waiting: set[Place] = set()
    for number, step in enumerate(steps):
        again = number >= len(steps) - loop
        place = (step.actor, step.slot)
        aborts = step.kind == "abort"
        if aborts or place not in waiting:
            turns.append(Turn(*place, None if aborts else step.choice, aborts, again))
        if step.kind == "wait":
            waiting.add(place)
        else:
            waiting.discard(place)
    return tuple(turns)


def retake(model: Model, turns: Iterable[Turn]) -> Retaken | None:
    """Let customers of the model take turns; None where they would end in a circle of waiters."""
    world = the_start(model)
    taker = taken_by(world, turns)
    return None if world.circle() else Retaken(world, tuple(taker.steps), taker.oddities)


def the_start(model: Model) -> World:
    """The world in which every customer has come and nobody has moved."""
    world = World(model)
    for customer in model.customers:
        world.arrive(customer)
    return world


def taken_by(world: World, turns: Iterable[Turn]) -> Taker:
    """Who took the turns in a world."""
    taker = Taker(world)
    for turn in turns:
        taker.take(turn)
    return taker


class Taker:
    """Takes turns in a world and notes the steps."""

    def __init__(self, world: World) -> None:
        self.steps: list[TapeStep] = []
        self.oddities = 0
        self._world = world
        self._waiting: set[Place] = set()

    def take(self, turn: Turn) -> None:
        """One turn, and the steps of whoever it lets go."""
        following: deque[Place] = deque()
        if not self.may_take(turn):
            return
        if turn.aborts:
            following.extend(self._abort(turn.place))
        else:
            following.extend(self._step(turn.place, turn.choice))
        while following:
            following.extend(self._step(following.popleft(), None))

    def may_take(self, turn: Turn) -> bool:
        """Whether anything comes of a turn."""
        world, place = self._world, turn.place
        if place in self._waiting:
            return turn.aborts and world.waits_in_a_circle(place)
        if turn.aborts or not self.may_move(place):
            return False
        # Only if that is what is to happen.
        return turn.choice == GIVES_UP or world.choices(place) != (GIVES_UP,)

    def may_move(self, place: Place) -> bool:
        """Whether a process could take a step, be it to begin to wait or to give up."""
        world = self._world
        if place in self._waiting or not world.can_move(place):
            return False
        return not (isinstance(world.pending(place), Receive) and world.is_blocked(place))

    def _step(self, place: Place, wanted: str | None) -> Sequence[Place]:
        world = self._world
        choice = self._choice(place, wanted)
        held = world.held(place)
        event = world.take(place, choice)
        self._note(event, "wait" if event.waits else "step", choice)
        if event.waits_for is not None:
            self._waiting.add(place)
            world.wait(place, event.waits_for)
            return ()
        return self._let_go(place, held - world.held(place))

    def _abort(self, place: Place) -> Sequence[Place]:
        world = self._world
        world.stop_waiting(place)
        held = world.held(place)
        event = world.abort(place, DEADLOCK_DETECTED)
        self._note(event, "abort", DEADLOCK_DETECTED)
        return self._let_go(place, held - world.held(place))

    def _let_go(self, place: Place, freed: Holding) -> Sequence[Place]:
        self._waiting.discard(place)
        released = self._world.released(freed) if freed else []
        self._waiting.difference_update(released)
        return released

    def _choice(self, place: Place, wanted: str | None) -> str | None:
        first: str | None = self._world.choices(place)[0]
        choice = wanted if is_choice(self._world, place, wanted) else first
        self.oddities += choice != first or choice == GIVES_UP
        return choice

    def _note(self, event: Event, kind: str, choice: str | None) -> None:
        self.steps.append(
            TapeStep(event.actor, event.slot, event.process, label(event.step), kind, choice)
        )


__all__ = ["Retaken", "Taker", "Turn", "retake", "taken_by", "the_start", "turns_of"]
