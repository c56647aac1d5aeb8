"""Events: one step each as it was taken, the line of a log.

A step that only begins to wait for a lock is an event too, and the same step again when it goes
on; so who counts statements leaves out those that wait.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eventproof.simulator.network import WORDS
from eventproof.simulator.programs import Thrown
from eventproof.simulator.steps import Commit, Publish, Request, Rollback, RowStep, Step, label
from eventproof.simulator.tables import Key


@dataclass(frozen=True, slots=True)
class Event:
    """One step as it was taken."""

    actor: str
    slot: int
    process: str
    """The program's title."""
    step: Step
    answer: Any
    waits_for: Key | None = None
    """The row that the step has only begun to wait for."""

    @property
    def waits(self) -> bool:
        """Whether the step only began to wait for a lock."""
        return self.waits_for is not None

    @property
    def label(self) -> str:
        """The step in a few words."""
        if self.waits:
            return f"{label(self.step)} waits for a lock"
        if isinstance(self.answer, Thrown):
            return f"{label(self.step)} fails: {self.answer}"
        if self.is_fault:
            return f"{label(self.step)}, {WORDS[self.answer]}"
        return label(self.step, self.answer)

    @property
    def is_fault(self) -> bool:
        """Whether the network or a crash took part in it."""
        return isinstance(self.step, Publish | Request | Commit) and self.answer in WORDS

    @property
    def ends(self) -> bool:
        """Whether the step is the end of a transaction."""
        return isinstance(self.step, Commit | Rollback)

    @property
    def is_statement(self) -> bool:
        """Whether the step reads or writes rows."""
        return isinstance(self.step, RowStep)


__all__ = ["Event"]
