"""The lookout of a timed run: asks the `always` properties on the way, not only at the end.

A property with an alarm (`alarms`) is watched at every commit, at a cost that does not grow with
the data, and asked when its alarm rings. Any other costs as much as there are rows, so looks at it
become rarer as the data grow: each ended transaction pays for the same small number of rows.

A break that was seen lies between two looks (`Seen`); runs of the same seed with looks nearer
together narrow that down, and the last one is recorded as the steps of a tape, up to the step that
breaks the property.

What could be wrong: a property without an alarm that is broken and mended between two looks (not
seen, and said so in the documentation), a recorded run that is another than the one looked at,
looks that cost more than the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eventproof.simulator.alarms import Changed, Standing
from eventproof.simulator.events import Event
from eventproof.simulator.properties import Always, Breach, View, breaches
from eventproof.simulator.steps import Commit, Now, label
from eventproof.simulator.tape import TapeStep
from eventproof.simulator.world import World

ROWS_A_TRANSACTION = 2
"""Rows that an ended transaction pays for."""


class Enough(Exception):
    """The break is found."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A break, and when it was not yet and when it was there: in ended transactions."""

    breach: Breach
    after: int
    upto: int


class Lookout:
    """Looks at a world whenever a transaction has ended, or more rarely. First it must `begin`."""

    def __init__(
        self, always: Sequence[Always], *, after: int = 0, every: int | None = None
    ) -> None:
        """`every` so many transactions from the one numbered `after`, or as the data allow."""
        self.seen: dict[str, Seen] = {}
        self.ended = 0
        self.looked = after
        """The transaction after which the last look was."""
        self._watched = [prop for prop in always if prop.alarm is not None]
        self._asked = [prop for prop in always if prop.alarm is None]
        self._standing: Standing | None = None
        self._written: list[Changed] = []
        self._every = every
        self._next = after + (every or 1)

    def begin(self, world: World) -> None:
        """From now on what the world commits is followed, where an alarm wants to know it."""
        alarms = [prop.alarm for prop in self._watched if prop.alarm is not None]
        if alarms:
            self._standing = Standing(alarms, world.rows.current)
            world.rows.written = self._written

    def transaction_ended(self, world: World) -> None:
        """One more; perhaps a look. Raises `Enough` when a search has found what it looks for."""
        self.ended += 1
        if self._standing is not None and (self._written or self.ended == 1):
            self._listen(self._standing, world)
        if self.ended >= self._next:
            self._look(world)
        if self.seen and self._every is not None:
            raise Enough

    def _listen(self, standing: Standing, world: World) -> None:
        """Ask the properties whose alarms ring."""
        ringing = [self._watched[at] for at in standing.ringing(self._written)]
        self._written.clear()
        asked = [prop for prop in ringing if prop.name not in self.seen]
        if asked:
            self._note(asked, world.view(), self.ended - 1)

    def _look(self, world: World) -> None:
        """Ask the others, if there are any."""
        if self._asked:
            self._note(self._asked, world.view(), self.looked)
            self._asked = [prop for prop in self._asked if prop.name not in self.seen]
        self.looked = self.ended
        rows = len(world.rows.current) if self._asked else 0
        self._next = self.ended + (self._every or max(1, rows // ROWS_A_TRANSACTION))

    def _note(self, asked: Sequence[Always], view: View, after: int) -> None:
        for breach in breaches(asked, view):
            self.seen[breach.property] = Seen(breach, after, self.ended)


class Recorder:
    """Writes down every step of a run, up to the one that breaks a property."""

    def __init__(self, name: str, *, after: int) -> None:
        """`after` so many ended transactions the property is asked at each step that counts."""
        self.steps: list[TapeStep] = []
        self._name = name
        self._after = after
        self._ended = 0

    def happened(self, world: World, event: Event, kind: str, choice: str | None) -> None:
        """One step. Raises `Enough` when the property is broken."""
        if isinstance(event.step, Now):
            choice = repr(event.answer)
        self.steps.append(
            TapeStep(event.actor, event.slot, event.process, label(event.step), kind, choice)
        )
        actor = world.actors[event.actor]
        if any(fault.property == self._name for fault in actor.faults):
            raise Enough
        self._ended += event.ends
        counts = isinstance(event.step, Commit) or actor.outcome is not None
        if counts and self._ended > self._after and self._is_broken(world):
            raise Enough

    def _is_broken(self, world: World) -> bool:
        asked = (prop for prop in world.model.always if prop.name == self._name)
        return bool(breaches(asked, world.view()))


__all__ = ["Enough", "Lookout", "Recorder", "Seen"]
