"""A witness made easier to read: smaller at one place after the other, for as long as it is one.

`simplified` walks the payload from the outside in and puts something plainer in each place; the
caller says what still counts, and what shows a text in a wrong format. It takes the same steps on
every machine, and ends after `TRIES_LIMIT` of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from eventproof.contracts.scalars import FORMATS, cost

Test = Callable[[Any], bool]
Build = Callable[[Any], Any]
"""The whole payload, with a value in one place of it."""

TRIES_LIMIT = 400
"""How many payloads are tried; each takes two calls of a compiled validator."""

PLAIN: tuple[Any, ...] = ("a", 0, 1, None, True, False, {}, [])
"""What is put in a value's place, the easiest to read first."""

_LEAST = min(map(cost, PLAIN))
_FORMATTED = (*FORMATS.values(), "a@b.co", "x:y")


def simplified(value: Any, *, counts: Test, is_odd: Test) -> Any:
    """Return the payload with everything left out or made plain that need not be there.

    `counts` says whether a payload is a witness still, and `is_odd` whether a text in it is not of
    its format. Only what costs less to read is taken, and nothing that is odd where it was not.
    """
    making = _Making(counts, is_odd, is_odd(value))
    best = None
    while best != value:
        best, value = value, making.plain(value, lambda one: one)
    return value


@dataclass(slots=True)
class _Making:
    counts: Test
    is_odd: Test
    odd: bool
    """Whether the payload at hand is."""
    tries_left: int = TRIES_LIMIT

    def plain(self, value: Any, build: Build) -> Any:
        """Return what is put in the place of a value."""
        is_held = isinstance(value, dict | list)
        if self.tries_left <= 0 or not (is_held or self.odd or cost(value) > _LEAST):
            return value
        for one in self._instead_of(value):
            if self._takes(one, build, is_cheaper=_is_cheaper(one, value)):
                return self.plain(one, build)
        if not is_held:
            return value
        value = value.copy()
        for place in list(value) if isinstance(value, dict) else reversed(range(len(value))):
            less = value.copy()
            del less[place]
            value = less if self._takes(less, build) else value
        for place, item in list(value.items() if isinstance(value, dict) else enumerate(value)):
            value[place] = self.plain(item, _at(value, place, build))
        return value

    def _instead_of(self, value: Any) -> Iterator[Any]:
        """Yield what may stand in a value's place as a whole."""
        yield from PLAIN
        if isinstance(value, dict):
            yield from value.values()
        elif isinstance(value, list):
            yield from value
        elif isinstance(value, str):
            yield "a" * len(value)
            yield from _FORMATTED if self.odd else ()

    def _takes(self, new: Any, build: Build, *, is_cheaper: bool = True) -> bool:
        """Whether the payload is better with a value in its place, and a witness still."""
        if not (is_cheaper or self.odd) or self.tries_left <= 0:
            return False
        self.tries_left -= 1
        whole = build(new)
        if not self.counts(whole):
            return False
        is_odd = self.is_odd(whole)
        taken = is_cheaper if is_odd == self.odd else self.odd
        self.odd = is_odd if taken else self.odd
        return taken


def _is_cheaper(one: Any, value: Any) -> bool:
    """Whether one costs less; what is inside of a value costs less than the value anyway."""
    return (isinstance(value, dict | list) and bool(value)) or cost(one) < cost(value)


def _at(held: Any, place: Any, build: Build) -> Build:
    def built(one: Any) -> Any:
        with_it = held.copy()
        with_it[place] = one
        return build(with_it)

    return built
