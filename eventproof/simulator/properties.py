"""Properties: what a scenario demands of the data: always, sometimes, or in the end.

A property looks at a `View`: the committed rows, and what the finished journeys returned. `always`
properties say what is wrong, in a sentence, or None; `sometimes` properties are conditions that
must be met at least once, or the scenario did not test what it claims to; `eventually` properties
are conditions that every run must come to, however its steps are ordered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from eventproof.simulator.alarms import Alarm
from eventproof.simulator.tables import Key, Row


@dataclass(frozen=True)
class View:
    """What can be seen from outside at one moment: committed rows and finished journeys."""

    rows: tuple[Mapping[Key, Row], ...]
    """One mapping or several with no row in common."""
    outcomes: tuple[str, ...] = ()
    """What the finished journeys returned."""

    def table(self, name: str) -> Iterable[Any]:
        """The rows of a table, in no particular order."""
        for part in self.rows:
            for key, row in part.items():
                if key[0] == name:
                    yield row


@dataclass(frozen=True, slots=True)
class Always:
    """Must hold in every state that anybody could see."""

    name: str
    broken: Callable[[View], str | None]
    """What is wrong, in a sentence; None when the property holds."""
    sees_outcomes: bool = True
    """Whether it looks at what journeys returned. One that does not is shown none, and then the
    end of a journey is a step that nobody can notice."""
    tells_apart: bool = False
    """Whether it may judge customers by their names; they are then not interchangeable."""
    alarm: Alarm | None = None
    """When it may be broken; None: nobody knows without asking it."""


@dataclass(frozen=True, slots=True)
class Sometimes:
    """Must hold in at least one state."""

    name: str
    met: Callable[[View], bool]
    tells_apart: bool = False
    """As of `Always`."""


@dataclass(frozen=True, slots=True)
class Eventually:
    """Must be met on every fair run, at some moment after it is owed.

    Fair is a run on which every journey and every handler that could take a step again and again
    takes one at last, and on which the database breaks each deadlock.
    """

    name: str
    met: Callable[[View], bool]
    whenever: Callable[[View], bool] | None = None
    """When it is owed: at each moment at which this is true. None: once, from the start."""
    tells_apart: bool = False
    """As of `Always`."""
    counted: Callable[[int], Callable[[View], bool]] | None = None
    """The condition where so many come, if it depends on how many they are."""

    def among(self, how_many: int) -> Eventually:
        """The same property where so many come."""
        return self if self.counted is None else replace(self, met=self.counted(how_many))

    def owed_since(self, views: Sequence[View]) -> int | None:
        """The moment since which it is owed at the last of them; None where it is not."""
        since = None
        for at, view in enumerate(views):
            if self.met(view):
                since = None
            elif since is None and (at == 0 if self.whenever is None else self.whenever(view)):
                since = at
        return since


NEVER_STUCK = "never-stuck"
"""Broken where something still runs and nothing can move; always checked."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A property that was found broken."""

    property: str
    sentence: str


def breaches(always: Iterable[Always], view: View) -> tuple[Breach, ...]:
    """The `always` properties that a view breaks."""
    rows_only = View(view.rows)
    found = (
        (prop.name, prop.broken(view if prop.sees_outcomes else rows_only)) for prop in always
    )
    return tuple(Breach(name, sentence) for name, sentence in found if sentence)
