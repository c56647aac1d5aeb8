"""The lookout of a timed run: asks the `always` properties on the way, not only at the end.

A look costs as much as there are rows, so looks become rarer as the data grow: each ended
transaction pays for the same small number of rows. A break that was seen lies between two looks
(`Seen`); runs of the same seed with looks nearer together narrow that down, and the last one is
recorded as the steps of a tape, up to the step that breaks the property.

What could be wrong: a property that is broken and mended between two looks (not seen, and said so
in the documentation), a recorded run that is another than the one looked at, looks that cost more
than the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eventproof.simulator.events import Event
from eventproof.simulator.properties import Always, Breach, breaches
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
    """Looks at a world whenever a transaction has ended, or more rarely."""

    def __init__(
        self, always: Sequence[Always], *, after: int = 0, every: int | None = None
    ) -> None:
        """`every` so many transactions from the one numbered `after`, or as the data allow."""
        self.seen: dict[str, Seen] = {}
        self.ended = 0
        self.looked = after
        """The transaction after which the last look was."""
        self._asked = list(always)
        self._every = every
        self._next = after + (every or 1)

    def transaction_ended(self, world: World) -> None:
        """One more; perhaps a look. Raises `Enough` when a search has found what it looks for."""
        self.ended += 1
        if self.ended < self._next:
            return
        view = world.view()
        for breach in breaches(self._asked, view):
            self.seen[breach.property] = Seen(breach, self.looked, self.ended)
        if self.seen and self._every is not None:
            raise Enough
        self._asked = [prop for prop in self._asked if prop.name not in self.seen]
        self.looked = self.ended
        rows = len(view.rows[0]) if self._asked else 0
        self._next = self.ended + (self._every or max(1, rows // ROWS_A_TRANSACTION))


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
