"""The texts in which a pattern is found, as a regular language.

JSON Schema searches: an unanchored pattern matches anywhere. Anchors, word boundaries and
lookarounds speak of what stands beside a place, so a part of a pattern is put together with all
that follows it, once for each thing that may stand before it: nothing (the start), a word's
character, or another one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

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
from eventproof.contracts.languages import ANYTHING, EMPTY, NOTHING, Languages, Term

_UNROLLED_LIMIT = 4
"""How often a part with a lookaround in it may be repeated."""


class _Following(NamedTuple):
    """What may follow a place, by what stands before it."""

    start: Term
    word: Term
    other: Term


_AFTER_START, _AFTER_WORD, _AFTER_OTHER = range(3)
_FREE = _Following(ANYTHING, ANYTHING, ANYTHING)
_ENDED = _Following(NOTHING, NOTHING, NOTHING)


@dataclass(slots=True)
class Patterns:
    """The languages of patterns, each made once."""

    languages: Languages
    _known: dict[str, Term | UnreadableError] = field(default_factory=dict)

    def language(self, pattern: str) -> Term:
        """Return the texts in which a pattern is found. Raises `UnreadableError`."""
        known = self._known.get(pattern)
        if known is None:
            known = self._known[pattern] = self._read(pattern)
        if isinstance(known, UnreadableError):
            raise known
        return known

    def _read(self, pattern: str) -> Term | UnreadableError:
        try:
            return self._searched(read(pattern))
        except UnreadableError as error:
            return error
        except RecursionError:
            return UnreadableError("regex-budget")

    def _searched(self, node: Node) -> Term:
        """Find `node` anywhere: at the start, or behind a character of either sort."""
        branches = node.branches if isinstance(node, Either) else (node,)
        return self.languages.either([self._branch(branch) for branch in branches])

    def _branch(self, node: Node) -> Term:
        parts = node.parts if isinstance(node, Sequence) else (node,)
        for index in range(len(parts) - 1, -1, -1):
            part = parts[index]
            if isinstance(part, Look) and part.behind:
                return self._looked_back(parts[:index], part, parts[index + 1 :])
        return self._anywhere(lambda before: self._row(parts, _FREE, before))

    def _looked_back(self, before: tuple[Node, ...], look: Look, after: tuple[Node, ...]) -> Term:
        """Split the text at a lookbehind: what leads there must end in what it asks for."""
        at_end = bool(after) and all(part == Edge("end") for part in after)
        follows = {self._row(after, _FREE, place) for place in range(3)}
        if len(follows) > 1 or (not at_end and any(_looks_around(part) for part in before)):
            raise UnreadableError
        leading = self._anywhere(lambda place: self._row(before, _ENDED, place))
        asked = self.languages.then(ANYTHING, self._plain(look.part))
        if look.negated:
            asked = self.languages.other_than(asked)
        return self.languages.then(self.languages.both([leading, asked]), follows.pop())

    def _anywhere(self, found: Callable[[int], Term]) -> Term:
        start, word, other = (found(place) for place in range(3))
        add = self.languages
        if start == word == other:
            return add.then(ANYTHING, start)
        if word == other:
            return add.either([start, add.then(add.of_length(1, None), word)])
        behind_word = add.then(self._ending(charsets.WORD), word)
        behind_other = add.then(self._ending(charsets.CLASSES["W"]), other)
        return add.either([start, behind_word, behind_other])

    def _ending(self, chosen: charsets.CharSet) -> Term:
        return self.languages.then(ANYTHING, self.languages.chars(chosen))

    def _row(self, parts: tuple[Node, ...], following: _Following, before: int) -> Term:
        """Return what may stand at a place that `before` stands in front of."""
        for part in reversed(parts[1:]):
            following = _Following(*(self._followed(part, following, b) for b in range(3)))
        return self._followed(parts[0], following, before) if parts else following[before]

    def _followed(self, node: Node, following: _Following, before: int) -> Term:
        if isinstance(node, Edge):
            return self._at_edge(node, following[before], before)
        if isinstance(node, Look):
            return self._looking(node, following[before], before)
        if isinstance(node, Chars):
            return self._one(node.choices, following)
        if _is_plain(node):
            return self._beside(self._plain(node), following, before)
        if isinstance(node, Sequence):
            return self._row(node.parts, following, before)
        if isinstance(node, Either):
            branches = [self._followed(branch, following, before) for branch in node.branches]
            return self.languages.either(branches)
        return self._unrolled(node, following, before)

    def _at_edge(self, node: Edge, following: Term, before: int) -> Term:
        add = self.languages
        if node.kind == "start":
            return following if before == _AFTER_START else EMPTY
        if node.kind == "end":
            return add.both([following, NOTHING])
        word_next = add.then(add.chars(charsets.WORD), ANYTHING)
        wants_word = (node.kind == "boundary") == (before != _AFTER_WORD)
        return add.both([following, word_next if wants_word else add.other_than(word_next)])

    def _looking(self, node: Look, following: Term, before: int) -> Term:
        if node.behind:
            raise UnreadableError
        ahead = self._followed(node.part, _FREE, before)
        if node.negated:
            ahead = self.languages.other_than(ahead)
        return self.languages.both([ahead, following])

    def _one(self, choices: charsets.CharSet, following: _Following) -> Term:
        add = self.languages
        if following.word == following.other:
            return add.then(add.chars(choices), following.word)
        in_word = add.chars(charsets.both(choices, charsets.WORD))
        others = add.chars(charsets.both(choices, charsets.CLASSES["W"]))
        return add.either([add.then(in_word, following.word), add.then(others, following.other)])

    def _beside(self, part: Term, following: _Following, before: int) -> Term:
        """Put what follows behind a part without anchors, by the part's last character."""
        add = self.languages
        if following.start == following.word == following.other:
            return add.then(part, following.start)
        ends = [(charsets.WORD, following.word), (charsets.CLASSES["W"], following.other)]
        found = [
            add.then(add.both([part, self._ending(chars)]), follows) for chars, follows in ends
        ]
        if not add.accepts_nothing_yet(part):
            found.append(following[before])
        return add.either(found)

    def _unrolled(self, node: Repeat, following: _Following, before: int) -> Term:
        if node.most is None or node.most > _UNROLLED_LIMIT:
            raise UnreadableError
        rows = [(node.part,) * times for times in range(node.least, node.most + 1)]
        return self.languages.either([self._row(row, following, before) for row in rows])

    def _plain(self, node: Node) -> Term:
        """Return the language of a part in which nothing asks what stands beside it."""
        add = self.languages
        if isinstance(node, Chars):
            return add.chars(node.choices)
        if isinstance(node, Either):
            return add.either([self._plain(branch) for branch in node.branches])
        if isinstance(node, Repeat):
            return add.repeat(self._plain(node.part), node.least, node.most)
        if not isinstance(node, Sequence):
            raise UnreadableError
        term = NOTHING
        for part in reversed(node.parts):
            term = add.then(self._plain(part), term)
        return term


def _is_plain(node: Node) -> bool:
    if isinstance(node, Edge | Look):
        return False
    if isinstance(node, Repeat):
        return _is_plain(node.part)
    inner = node.parts if isinstance(node, Sequence) else ()
    inner = node.branches if isinstance(node, Either) else inner
    return all(_is_plain(part) for part in inner)


def _looks_around(part: Node) -> bool:
    return not _is_plain(part) and part != Edge("start")
