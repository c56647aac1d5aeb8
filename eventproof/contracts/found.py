"""What a search for one value found, and what its parts share: the budget and the questions.

`NONE` is a proof that there is no such value. `UNSURE` is no answer: something was not
understood, or too large to build.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

from eventproof.contracts import atoms
from eventproof.contracts.languages import Languages
from eventproof.contracts.pattern_languages import Patterns

SIZE_LIMIT = 3_000
"""How many values inside each other a value that is built may hold."""


@dataclass(frozen=True, slots=True)
class Found:
    """A value, the proof that there is none, or neither."""

    outcome: Literal["value", "none", "unsure"]
    value: Any = None
    size: int = 1

    @property
    def is_none(self) -> bool:
        """Whether it is proved that there is no value."""
        return self.outcome == "none"


NONE = Found("none")
UNSURE = Found("unsure")


def a_value(value: Any, size: int = 1) -> Found:
    """Return a value that was found; unsure where it is too large to be of use."""
    return Found("value", value, size) if size <= SIZE_LIMIT else UNSURE


Goal = frozenset[atoms.Literal]
"""What one value must meet: every literal of it."""


class Asker(Protocol):
    """What the search for one kind of value asks of the whole."""

    languages: Languages
    patterns: Patterns

    def ask(self, goal: Goal) -> Found:
        """Look for a value that meets a goal."""

    def holds(self, literal: atoms.Literal, value: Any) -> bool | None:
        """Whether a value meets a literal; None where a validator cannot tell."""

    def pattern_matches(self, pattern: str, text: str) -> bool | None:
        """Whether a pattern is found in a text, by the quick validator."""

    def texts(self, goal: Goal) -> int | None:
        """Return the language of the strings that meet a goal; None where it is not known."""

    def excluding(self, value: Any) -> atoms.Literal:
        """Return the literal of every other value."""

    def note(self, reason: str) -> None:
        """Remember why something could not be decided."""
