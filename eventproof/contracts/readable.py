"""A witness made easier to read: smaller at one place after the other, for as long as it is one.

`simplified` walks the payload from the outside in and puts something plainer in each place; the
caller says what still counts, and how good a payload is to show. It takes the same steps on every
machine, and ends after `TRIES_LIMIT` of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from eventproof.contracts.scalars import FORMATS, cost

Rank = tuple[bool, float]
"""Whether a text is not of its format, and how much there is to read; lower is better."""

TRIES_LIMIT = 400
"""How many payloads are tried; each takes two calls of a compiled validator."""

PLAIN: tuple[Any, ...] = ("a", 0, 1, None, True, False, {}, [])
"""What is put in a value's place, the easiest to read first."""

_FORMATTED = (*FORMATS.values(), "a@b.co", "x:y")


def simplified(value: Any, *, counts: Callable[[Any], bool], rank: Callable[[Any], Rank]) -> Any:
    """Return the payload with everything left out or made plain that need not be there.

    `counts` says whether a payload is a witness still. Only what has a lower `rank` is taken.
    """
    best, best_rank = value, rank(value)
    tries = iter(range(TRIES_LIMIT))
    improved = True
    while improved:
        improved = False
        for candidate in _simpler(best, _FORMATTED if best_rank[0] else ()):
            if next(tries, None) is None:
                return best
            found = rank(candidate)
            if found < best_rank and counts(candidate):
                best, best_rank, improved = candidate, found, True
                break
    return best


def _simpler(value: Any, texts: tuple[str, ...]) -> Iterator[Any]:
    """Yield the payload with one place of it left out, emptied or plain.

    `texts` are put in the place of a text, however long they are.
    """
    price = cost(value)
    yield from (plain for plain in PLAIN if cost(plain) < price)
    if isinstance(value, dict):
        yield from value.values()
        yield from ({k: v for k, v in value.items() if k != name} for name in value)
        for name, item in value.items():
            yield from ({**value, name: simpler} for simpler in _simpler(item, texts))
    elif isinstance(value, list):
        yield from value
        yield from ([*value[:i], *value[i + 1 :]] for i in range(len(value)))
        for i, item in enumerate(value):
            yield from ([*value[:i], one, *value[i + 1 :]] for one in _simpler(item, texts))
    elif isinstance(value, str):
        yield "a" * len(value)
        yield from texts
