"""ECMA-262 regular expressions read into a small tree.

Read is what the standard's Unicode mode has: classes, groups, alternatives, counted and lazy
repetition (the language is the same), anchors, word boundaries, lookaheads and lookbehinds, and
general categories. A back-reference is not regular; it is refused by that name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from eventproof.contracts import charsets
from eventproof.contracts.charsets import CharSet

LENGTH_LIMIT = 4_000
"""The longest pattern that is read, in characters."""

COUNT_LIMIT = 10_000
"""The largest number of times that a counted repetition may say."""

_NESTING_LIMIT = 60
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "0": "\0"}
_SYNTAX = frozenset("^$\\.*+?()[]{}|/-")


class UnreadableError(Exception):
    """The pattern cannot be read; `code` says why, as in `Comparison.reason`."""

    def __init__(self, code: str = "regex-unreadable") -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of a set."""

    choices: CharSet


@dataclass(frozen=True, slots=True)
class Sequence:
    """One part after the other; none is the empty text."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Any of the branches."""

    branches: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part as often as allowed; `most` is None where there is no end."""

    part: Node
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Edge:
    """A place between characters."""

    kind: Literal["start", "end", "boundary", "no boundary"]


@dataclass(frozen=True, slots=True)
class Look:
    """What must, or must not, stand ahead of a place or behind it."""

    part: Node
    behind: bool
    negated: bool


Node = Chars | Sequence | Either | Repeat | Edge | Look


def read(pattern: str) -> Node:
    """Return the tree of a pattern. Raises `UnreadableError`."""
    if len(pattern) > LENGTH_LIMIT:
        raise UnreadableError("regex-budget")
    reader = _Reader(pattern)
    try:
        node = reader.either()
    except (IndexError, ValueError) as error:
        raise UnreadableError from error
    if reader.position < len(pattern):
        raise UnreadableError
    return node


@dataclass(slots=True)
class _Reader:
    """A recursive-descent reader of one pattern."""

    text: str
    position: int = 0
    depth: int = 0

    def either(self) -> Node:
        branches = [self._sequence()]
        while self._skip("|"):
            branches.append(self._sequence())
        return branches[0] if len(branches) == 1 else Either(tuple(branches))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while (char := self._peek()) and char not in "|)":
            parts.append(self._repetition(self._atom()))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _atom(self) -> Node:
        char = self._take()
        if char == "(":
            return self._group()
        if char == "[":
            return Chars(self._class())
        if char == ".":
            return Chars(charsets.DOT)
        if char in "^$":
            return Edge("start" if char == "^" else "end")
        if char == "\\" and self._peek() in ("b", "B"):
            return Edge("boundary" if self._take() == "b" else "no boundary")
        if char == "\\":
            return Chars(self._escape(in_class=False))
        if char in "*+?{}]":
            raise UnreadableError
        return Chars(charsets.of(char))

    def _group(self) -> Node:
        self.depth += 1
        if self.depth > _NESTING_LIMIT:
            raise UnreadableError("regex-budget")
        look: tuple[bool, bool] | None = None
        if self._skip("?"):
            behind = self._peek() == "<" and self.text[self.position + 1] in "=!"
            self.position += behind
            kind = self._take()
            if kind in "=!":
                look = (behind, kind == "!")
            elif kind == "<":
                self.position = self.text.index(">", self.position) + 1
            elif kind != ":":
                raise UnreadableError
        node = self.either()
        if self._take() != ")":
            raise UnreadableError
        self.depth -= 1
        return Look(node, *look) if look else node

    def _class(self) -> CharSet:
        negated = self._skip("^")
        sets: list[CharSet] = []
        while (char := self._take()) != "]":
            low = self._member(char)
            if self._peek() == "-" and self.text[self.position + 1] != "]":
                self.position += 1
                sets.append(_between(low, self._member(self._take())))
            else:
                sets.append(low)
        chosen = charsets.union(sets)
        return charsets.complement(chosen) if negated else charsets.both(chosen, charsets.ALL)

    def _member(self, char: str) -> CharSet:
        return self._escape(in_class=True) if char == "\\" else charsets.of(char)

    def _escape(self, *, in_class: bool) -> CharSet:
        char = self._take()
        if char in charsets.CLASSES:
            return charsets.CLASSES[char]
        if char in "pP" and self._skip("{"):
            name = self._until("}")
            found = charsets.of_property(name)
            if found is None:
                raise UnreadableError
            return found if char == "p" else charsets.complement(found)
        if char in "ux":
            return self._by_number(char)
        if char == "c" and self._peek().isalpha() and self._peek().isascii():
            return charsets.of(chr(ord(self._take()) % 32))
        if char == "b" and in_class:
            return charsets.of("\b")
        if char == "k" or (char.isdigit() and char != "0"):
            raise UnreadableError("regex-nonregular")
        if char not in _ESCAPES and char not in _SYNTAX and char.isalnum():
            raise UnreadableError
        return charsets.of(_ESCAPES.get(char, char))

    def _by_number(self, kind: str) -> CharSet:
        if kind == "u" and self._skip("{"):
            return charsets.of(chr(int(self._until("}"), 16)))
        code = self._digits(4 if kind == "u" else 2)
        if 0xD800 <= code < 0xDC00 and self.text.startswith("\\u", self.position):
            self.position += 2
            code = 0x10000 + ((code - 0xD800) << 10) + (self._digits(4) - 0xDC00)
        return ((code, code),)

    def _digits(self, count: int) -> int:
        digits = self.text[self.position : self.position + count]
        if len(digits) < count:
            raise UnreadableError
        self.position += count
        return int(digits, 16)

    def _repetition(self, part: Node) -> Node:
        char = self._peek()
        bounds: tuple[int, int | None]
        if char in ("*", "+", "?"):
            self.position += 1
            bounds = {"*": (0, None), "+": (1, None), "?": (0, 1)}[char]
        elif char == "{":
            self.position += 1
            low, comma, high = self._until("}").partition(",")
            bounds = (int(low), (int(high) if high else None) if comma else int(low))
        else:
            return part
        self._skip("?")  # lazy or greedy, the language is the same
        least, most = bounds
        if isinstance(part, Edge | Look) or (most is not None and most < least):
            raise UnreadableError
        if max(least, most or 0) > COUNT_LIMIT:
            raise UnreadableError("regex-budget")
        return Repeat(part, least, most)

    def _until(self, end: str) -> str:
        stop = self.text.index(end, self.position)
        text = self.text[self.position : stop]
        self.position = stop + 1
        return text

    def _peek(self) -> str:
        return self.text[self.position] if self.position < len(self.text) else ""

    def _take(self) -> str:
        char = self.text[self.position]
        self.position += 1
        return char

    def _skip(self, char: str) -> bool:
        found = self._peek() == char
        self.position += found
        return found


def _between(low: CharSet, high: CharSet) -> CharSet:
    """Return a range such as `a-z`; its ends must be single characters, in order."""
    if len(low) != 1 or len(high) != 1 or low[0][0] != low[0][1] or high[0][0] != high[0][1]:
        raise UnreadableError
    if low[0][0] > high[0][0]:
        raise UnreadableError
    return ((low[0][0], high[0][0]),)
