"""Whether a backtracking matcher ends soon on one pattern and one text.

Python's `re` tries one way after the other, and some patterns have exponentially many. It cannot
be interrupted, so that the same walk is made here first, with its steps counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from eventproof.contracts import charsets
from eventproof.contracts.expressions import (
    Chars,
    Edge,
    Either,
    Look,
    Node,
    Repeat,
    Sequence,
    UnreadableError,
    read,
)

STEPS_LIMIT = 20_000
"""How many steps a match may take; `re` makes about so many in a millisecond."""

_Then = Callable[[int], bool]


class _TooManyError(Exception):
    """The walk takes too long."""


def ends_soon(pattern: str, text: str) -> bool:
    """Whether searching for `pattern` in `text` is over after few steps; no where unknown."""
    try:
        _Walk(text).search(read(pattern))
    except (UnreadableError, _TooManyError, RecursionError):
        return False
    return True


@dataclass(slots=True)
class _Walk:
    text: str
    steps: int = 0

    def search(self, node: Node) -> bool:
        return any(self._match(node, begin, lambda _: True) for begin in range(len(self.text) + 1))

    def _match(self, node: Node, place: int, then: _Then) -> bool:
        self.steps += 1
        if self.steps > STEPS_LIMIT:
            raise _TooManyError
        if isinstance(node, Chars):
            inside = place < len(self.text)
            return inside and charsets.has(node.choices, ord(self.text[place])) and then(place + 1)
        if isinstance(node, Sequence):
            return self._row(node.parts, place, then)
        if isinstance(node, Either):
            return any(self._match(branch, place, then) for branch in node.branches)
        if isinstance(node, Repeat):
            return self._again(node, 0, place, then)
        return self._at_edge(node, place) and then(place)

    def _row(self, parts: tuple[Node, ...], place: int, then: _Then) -> bool:
        if not parts:
            return then(place)
        return self._match(parts[0], place, lambda after: self._row(parts[1:], after, then))

    def _again(self, node: Repeat, count: int, place: int, then: _Then) -> bool:
        """Match once more if possible, else go on: the greedy order."""

        def once_more(after: int) -> bool:
            moved = after > place or count < node.least
            return moved and self._again(node, count + 1, after, then)

        wanted = node.most is None or count < node.most
        if wanted and self._match(node.part, place, once_more):
            return True
        return count >= node.least and then(place)

    def _at_edge(self, node: Edge | Look, place: int) -> bool:
        if isinstance(node, Look):
            if node.behind:
                raise _TooManyError
            return self._match(node.part, place, lambda _: True) != node.negated
        if node.kind in ("start", "end"):
            return place == (0 if node.kind == "start" else len(self.text))
        beside = (self.text[place - 1 : place], self.text[place : place + 1])
        before, after = (bool(c) and charsets.has(charsets.WORD, ord(c)) for c in beside)
        return (before != after) == (node.kind == "boundary")
