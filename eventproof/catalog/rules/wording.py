"""Wording: how rules put lists and suggestions into a sentence."""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from eventproof.findings import nearest

_LIKENESS_MIN = 0.8
"""Ids share endings such as Service and Created; less likeness than this means nothing."""
_COMPARED_MAX = 2_000
"""With more ids than this, comparing each with each misspelt one would take too long."""
_LETTERS = string.ascii_letters + string.digits + "-_."


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


def asked(owners: Iterable[str]) -> list[str]:
    """Return the sentence that names whom to ask; none where nobody owns anything."""
    names = unique(owners)
    return [f"Owners to ask: {', '.join(names)}."] if names else []


def one_of(noun: str) -> str:
    """Return the noun with its indefinite article."""
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def likely(id_: str, known: Iterable[str]) -> str | None:
    """Return the known id that was probably meant, or None where none is like enough.

    Among very many ids only those are considered that are one slip of the keyboard away.
    """
    known = known if isinstance(known, frozenset) else frozenset(known)
    among = known if len(known) <= _COMPARED_MAX else known.intersection(_slips(id_))
    meant = nearest(id_, among)
    if meant is None:
        return None
    likeness = SequenceMatcher(None, id_.casefold(), meant.casefold()).ratio()
    return meant if likeness >= _LIKENESS_MIN else None


def _slips(word: str) -> Iterator[str]:
    """Yield what a word becomes by one letter left out, added, mistaken or swapped."""
    for index in range(len(word) + 1):
        before, after = word[:index], word[index:]
        yield before + after[1:]
        yield before + after[1:2] + after[:1] + after[2:]
        for letter in _LETTERS:
            yield before + letter + after
            yield before + letter + after[1:]
