"""What runs at random have shown of a model's properties, whoever takes the runs.

A driver begins a run, says what each moment of it looks like, and ends it; the first violation of
each property stays, with the deeds that led there. Three things could be wrong: deeds of the run
before (each begins anew), an `eventually` property that is met at the very end (it is looked at
before it is owed), and a run that was cut (it is not at its end, and owes nothing yet).
"""

from __future__ import annotations

from collections.abc import Iterable

from eventproof.simulator.actors import Fault
from eventproof.simulator.model import Model
from eventproof.simulator.properties import NEVER_STUCK, Breach, View
from eventproof.simulator.search import NamedDeed, Violation, never_comes_to


class Sightings:
    """Gathered over many runs; `deeds` are those of the run that is under way."""

    def __init__(self, model: Model) -> None:
        self.violations: dict[str, Violation] = {}
        self.unmet = {prop.name: prop for prop in model.sometimes}
        """The `sometimes` properties that no moment met."""
        self.deeds: list[NamedDeed] = []
        self._model = model
        self._owed: dict[str, None] = {}

    def begin(self) -> None:
        """A run."""
        self.deeds = []
        owed = (prop.name for prop in self._model.eventually if prop.whenever is None)
        self._owed = dict.fromkeys(owed)

    def meet(self, view: View) -> None:
        """See which `sometimes` properties a moment meets."""
        self.unmet = {name: p for name, p in self.unmet.items() if not p.met(view)}

    def look(self, view: View, broken: Iterable[Breach], faults: Iterable[Fault]) -> None:
        """A moment of the run, and which `always` properties it breaks."""
        for prop in self._model.eventually:
            if prop.met(view):
                self._owed.pop(prop.name, None)
            elif prop.whenever is not None and prop.whenever(view):
                self._owed[prop.name] = None
        self._note(broken)
        ignored = self._model.ignored_faults
        self._note(Breach(*f) for f in faults if f.property not in ignored)

    def end(self, *, is_done: bool) -> None:
        """The run can go no further: everything has ended, or nothing can move."""
        if not is_done:
            said = "Something still runs and nothing can move."
            self._note([Breach(NEVER_STUCK, said)])
        self._note(Breach(name, never_comes_to(name, 0)) for name in self._owed)

    def _note(self, found: Iterable[Breach]) -> None:
        for breach in found:
            violation = Violation(breach.property, breach.sentence, tuple(self.deeds))
            self.violations.setdefault(breach.property, violation)


__all__ = ["Sightings"]
