"""Wording: how rules put lists and suggestions into a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from eventproof.findings import nearest

_LIKENESS_MIN = 0.8
"""Ids share endings such as Service and Created; less likeness than this means nothing."""


def listed(words: Sequence[str]) -> str:
    """Return the words as a sentence lists them: a, b and c."""
    *firsts, last = words or ("none",)
    return f"{', '.join(firsts)} and {last}" if firsts else last


def counted(words: Sequence[str], *, limit: int) -> list[str]:
    """Return the first words, and how many more there are."""
    words = unique(words)
    if len(words) <= limit:
        return words
    return [*words[: limit - 1], f"{len(words) - limit + 1} more"]


def unique(words: Iterable[str]) -> list[str]:
    """Return the words without repetition, in their order."""
    return list(dict.fromkeys(words))


def one_of(noun: str) -> str:
    """Return the noun with its indefinite article."""
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def likely(id_: str, known: Iterable[str]) -> str | None:
    """Return the known id that was probably meant, or None where none is like enough."""
    meant = nearest(id_, known)
    if meant is None:
        return None
    likeness = SequenceMatcher(None, id_.casefold(), meant.casefold()).ratio()
    return meant if likeness >= _LIKENESS_MIN else None
