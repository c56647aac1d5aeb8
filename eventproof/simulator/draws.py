"""Draws: a customer's random numbers, a stream for each purpose, made from its name alone.

Two policies may let the same customer take other steps. So that it thinks as long under both, and
its payment is answered alike, each purpose has numbers of its own: the k-th of a stream depends on
the seed, the customer, the purpose and k, and on nothing else (common random numbers). A stream
costs nothing until it is asked. The numbers are those of a counter: sixteen from each BLAKE2b
digest of the stream's name and the count. To seed a generator with a state would take longer.

What could be wrong: two purposes of one name, a share of 0 or 1 (the first and the last lie half a
step inside), numbers that depend on Python's hash of a text (a digest does not).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import count
from struct import Struct

WORDS = Struct("<16I").unpack
STEP, HALF_A_STEP = 2.0**-32, 2.0**-33


def shares(name: str) -> Iterator[float]:
    """Numbers between 0 and 1, neither of them included, without end; the same for each name."""
    for block in count():
        digest = blake2b(f"{name}:{block}".encode()).digest()
        for word in WORDS(digest):
            yield word * STEP + HALF_A_STEP


class Draws:
    """The random numbers of one customer, or of whatever else has a name."""

    __slots__ = ("_name", "_streams")

    def __init__(self, name: str) -> None:
        self._name = name
        self._streams: dict[str, Iterator[float]] = {}

    def stream(self, purpose: str) -> Iterator[float]:
        """The numbers of a purpose, those that have been drawn left out."""
        stream = self._streams.get(purpose)
        if stream is None:
            stream = self._streams[purpose] = shares(f"{self._name}:{purpose}")
        return stream

    def share(self, purpose: str) -> float:
        """The next number of a purpose, between 0 and 1."""
        return next(self.stream(purpose))


def chosen(share: float, weights: Sequence[tuple[str, float]]) -> str:
    """The name in whose part of the weights a share falls."""
    left = share * sum(weight for _, weight in weights)
    for name, weight in weights:
        left -= weight
        if left < 0:
            return name
    return weights[-1][0]


__all__ = ["Draws", "chosen", "shares"]
