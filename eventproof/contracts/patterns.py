"""Strings that a regular expression matches: the shortest, and ones that differ in one place.

A small reader of the common part of ECMA-262 patterns (literals, classes, groups, alternatives,
repetition). What it cannot read gives no strings; whatever it gives is checked by the validators,
so that a mistake here costs a witness and never a wrong verdict.
"""

from __future__ import annotations

from dataclasses import dataclass

SAMPLES_LIMIT = 24
"""How many strings are made for one pattern."""

PATTERN_LENGTH_LIMIT = 1_000
"""The longest pattern that is read."""

SAMPLE_LENGTH_LIMIT = 4_000
"""The longest string that is made."""

_READABLE = "a0A_- .@/:"
_CLASSES = {
    "d": [("0", "9")],
    "w": [("a", "z"), ("0", "9"), ("A", "Z"), ("_", "_")],
    "s": [(" ", " "), ("\t", "\t")],
    "D": [("a", "z"), ("A", "Z"), ("-", "-")],
    "W": [("-", "-"), (" ", " ")],
    "S": [("a", "z"), ("0", "9"), ("A", "Z"), ("-", "-")],
}
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "0": "\0"}


class _UnreadableError(Exception):
    """The pattern uses something that this reader does not know."""


@dataclass(frozen=True, slots=True)
class _Chars:
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Sequence:
    parts: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Either:
    branches: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Repeat:
    part: _Node
    least: int
    most: int | None


_Node = _Chars | _Sequence | _Either | _Repeat


def matching(pattern: str, *, lengths: tuple[int, ...] = ()) -> tuple[str, ...]:
    """Strings that match `pattern`, the simplest first; () where it cannot be read.

    Open repetitions are also tried as often as each of `lengths`.
    """
    if len(pattern) > PATTERN_LENGTH_LIMIT:
        return ()
    reader = _Reader(pattern)
    try:
        node = reader.either()
        if reader.position < len(pattern):
            return ()
    except (_UnreadableError, IndexError, ValueError, RecursionError):
        return ()
    found: dict[str, None] = {}
    for times in (0, 1, 2, *lengths):
        found.update(dict.fromkeys(_variants(node, times)))
    return tuple(found)[: SAMPLES_LIMIT * 2]


def _variants(node: _Node, times: int) -> list[str]:
    if isinstance(node, _Chars):
        return list(node.choices)
    if isinstance(node, _Either):
        return [text for branch in node.branches for text in _variants(branch, times)][
            :SAMPLES_LIMIT
        ]
    if isinstance(node, _Repeat):
        return _repeated(node, times)
    options = [_variants(part, times) for part in node.parts]
    if not all(options) or sum(len(choices[0]) for choices in options) > SAMPLE_LENGTH_LIMIT:
        return []
    simplest = [choices[0] for choices in options]
    results = ["".join(simplest)]
    for index, choices in enumerate(options):
        head, tail = "".join(simplest[:index]), "".join(simplest[index + 1 :])
        results += [f"{head}{choice}{tail}" for choice in choices[1:]]
    return results[:SAMPLES_LIMIT]


def _repeated(node: _Repeat, times: int) -> list[str]:
    count = max(node.least, times)
    count = count if node.most is None else min(count, node.most)
    if count == 0:
        return [""]
    choices = _variants(node.part, times)
    if not choices or len(choices[0]) * count > SAMPLE_LENGTH_LIMIT:
        return []
    return [choice + choices[0] * (count - 1) for choice in choices]


@dataclass(slots=True)
class _Reader:
    """A recursive-descent reader of one pattern."""

    text: str
    position: int = 0

    def either(self) -> _Node:
        branches = [self.sequence()]
        while self._peek() == "|":
            self.position += 1
            branches.append(self.sequence())
        return branches[0] if len(branches) == 1 else _Either(tuple(branches))

    def sequence(self) -> _Node:
        parts: list[_Node] = []
        while (char := self._peek()) and char not in "|)":
            if char in "^$":  # an anchor adds no character; the sample is the whole string
                self.position += 1
                continue
            parts.append(self._repetition(self._atom()))
        return _Sequence(tuple(parts))

    def _atom(self) -> _Node:
        char = self._take()
        if char == "(":
            return self._group()
        if char == "[":
            return self._class()
        if char == ".":
            return _Chars(("a", "0", "A", "-", " "))
        if char == "\\":
            return _chosen(self._escape(), negated=False)
        if char in "*+?{":
            raise _UnreadableError
        return _Chars((char,))

    def _group(self) -> _Node:
        if self._peek() == "?":
            kind = self.text[self.position + 1]
            if kind == ":":
                self.position += 2
            elif kind == "<" and self.text[self.position + 2] not in "=!":
                self.position = self.text.index(">", self.position) + 1
            else:
                raise _UnreadableError
        node = self.either()
        if self._take() != ")":
            raise _UnreadableError
        return node

    def _class(self) -> _Node:
        negated = self._peek() == "^"
        self.position += negated
        ranges: list[tuple[str, str]] = []
        while (char := self._take()) != "]":
            low = self._escape() if char == "\\" else [(char, char)]
            if self._peek() == "-" and self.text[self.position + 1] != "]" and len(low) == 1:
                self.position += 1
                high = self._take()
                end = self._escape() if high == "\\" else [(high, high)]
                low = [(low[0][0], end[0][1])]
            ranges += low
        return _chosen(ranges, negated=negated)

    def _escape(self) -> list[tuple[str, str]]:
        char = self._take()
        if char in _CLASSES:
            return _CLASSES[char]
        if char == "u":
            digits = self.text[self.position : self.position + 4]
            self.position += 4
            return [(chr(int(digits, 16)),) * 2]
        if char == "x":
            digits = self.text[self.position : self.position + 2]
            self.position += 2
            return [(chr(int(digits, 16)),) * 2]
        if char in "bBpPk" or char in "123456789":
            raise _UnreadableError
        return [(_ESCAPES.get(char, char),) * 2]

    def _repetition(self, part: _Node) -> _Node:
        char = self._peek()
        bounds: tuple[int, int | None]
        if char in ("*", "+", "?"):
            self.position += 1
            bounds = {"*": (0, None), "+": (1, None), "?": (0, 1)}[char]
        elif char == "{":
            end = self.text.index("}", self.position)
            low, comma, high = self.text[self.position + 1 : end].partition(",")
            bounds = (int(low), (int(high) if high else None) if comma else int(low))
            self.position = end + 1
        else:
            return part
        self.position += self._peek() == "?"  # lazy or greedy, the language is the same
        if bounds[0] > 10_000:
            raise _UnreadableError
        return _Repeat(part, *bounds)

    def _peek(self) -> str:
        return self.text[self.position] if self.position < len(self.text) else ""

    def _take(self) -> str:
        char = self.text[self.position]
        self.position += 1
        return char


def _chosen(ranges: list[tuple[str, str]], *, negated: bool) -> _Chars:
    """Return a few readable characters of a class, at least one of each of its ranges."""
    if negated:
        pool = _READABLE + "bBé€"
        return _Chars(tuple(c for c in pool if not any(lo <= c <= hi for lo, hi in ranges))[:5])
    readable = [c for c in _READABLE if any(lo <= c <= hi for lo, hi in ranges)]
    firsts = [lo for lo, hi in ranges if not any(lo <= c <= hi for c in readable)]
    lasts = [hi for _, hi in ranges]
    return _Chars(tuple(dict.fromkeys((*readable, *firsts, *lasts)))[:8])
