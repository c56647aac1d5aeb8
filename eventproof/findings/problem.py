"""Problem: what stops a command, said in one sentence with a suggestion."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class Problem(Exception):
    """Something in the input or its use that a command cannot work around.

    The command line prints `error: <sentence>` and `hint: <hint>` on stderr and ends with
    `exit_code`. Everything that could be reported before is reported first.
    """

    exit_code = 2

    def __init__(self, sentence: str, *, hint: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint


class NothingToCheck(Problem):
    """The place exists and holds nothing that a command could work on. Never green."""

    exit_code = 3


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` most likely meant, or None when none is close."""
    matches = get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return matches[0] if matches else None
