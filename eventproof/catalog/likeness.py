"""Likeness: which of many known ids was probably meant by one that is not known.

Comparing a word with every id costs too much where there are thousands of both. Words that are
alike share runs of three letters, so only the ids that share some of the rarest are compared.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from difflib import SequenceMatcher

LIKENESS_MIN = 0.8
"""Ids share endings such as Service and Created; less likeness than this means nothing."""

RUNS_MAX = 8
"""How many of a word's runs of letters are looked up, from the rarest."""

COMPARED_MAX = 40
"""How many ids are compared with a word, from the one that shares most."""

_WORD_CHARS_MAX = 200


class Likeness:
    """The known ids, made ready to be asked often."""

    def __init__(self, known: Iterable[str]) -> None:
        self._holders: dict[str, list[str]] = defaultdict(list)
        for id_ in sorted(set(known)):
            for run in _runs(id_):
                self._holders[run].append(id_)

    def nearest(self, word: str) -> str | None:
        """Return the id that was probably meant, or None where none is like enough."""
        held = sorted((self._holders.get(run, ()) for run in _runs(word)), key=len)
        shared = Counter(id_ for ids in [ids for ids in held if ids][:RUNS_MAX] for id_ in ids)
        compared = ((_likeness(word, id_), id_) for id_, _ in shared.most_common(COMPARED_MAX))
        alike = [one for one in compared if one[0] >= LIKENESS_MIN]
        return max(alike, key=lambda one: (one[0], one[1]))[1] if alike else None


def _runs(word: str) -> frozenset[str]:
    """Return the runs of three letters of a word, its beginning and end among them."""
    folded = f"^{word[:_WORD_CHARS_MAX].casefold()}$"
    return frozenset(folded[at : at + 3] for at in range(len(folded) - 2))


def _likeness(first: str, second: str) -> float:
    folded = (first[:_WORD_CHARS_MAX].casefold(), second[:_WORD_CHARS_MAX].casefold())
    return SequenceMatcher(None, *folded).ratio()
