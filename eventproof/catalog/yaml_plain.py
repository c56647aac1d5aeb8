"""Plain YAML mappings, read line by line: most frontmatter, at a fifth of a YAML parser's cost.

Measured beside PyYAML's C loader: 11 microseconds a page where that takes 50, in a generated
catalog, and 24 where that takes 127, in real ones.
Only what nobody can read in two ways is read here: keys of letters, lists and mappings by
indentation, and values of one line that are text, a whole number, `true`, `false` or `[]`, and
literal blocks of text. For anything else (a comment, an anchor, an empty value, a value that goes
on in the next line) the answer is None, and the caller reads the text with a whole parser; a
property-based test holds that both always mean the same.

Three things that could be wrong: a scalar that YAML takes for something else than text, a line
break that is one to YAML only, and an indentation that belongs to another collection.
"""

from __future__ import annotations

import re
from functools import lru_cache
from sys import intern
from typing import Any

from eventproof.catalog.yaml_scalars import kind_of_scalar

CHARS_MAX = 20_000
"""A longer text is left to the parser, which counts what it builds."""

DEPTH_MAX = 20

LINES_KEPT = 4_096
"""Pages say much in the same words (`owners:`, `version: 1.0.0`); each is taken apart once."""

LINE_KEPT_CHARS = 80
"""Longer lines are hardly ever the same, and would only fill the memory."""

_ODD = re.compile("[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
"""Tabs, control characters, other line breaks, and what lies beyond the first plane."""

_LINE = re.compile(
    r"""
    (\ *) (-\ )?                                 # indentation, and the mark of a list's entry
    (?: ([A-Za-z][\w-]*) : (?:\ +(?=\S) | \ *$) )?
    (?: "([^"\\]*)" | '([^']*)' | ([A-Za-z0-9_/.(^$~<=] (?:.*[^\ ])? | \[\] | \|) )?
    \ *
    """,
    re.VERBOSE,
)
_OTHER_KEYS = frozenset(
    {"null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE"}
)
_WORDS = {"true": True, "false": False}
_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")
_Collection = dict[str, Any] | list[Any]
_Said = tuple[int, bool, str | None, str | None, str | None]
"""A line: its indentation, whether it is a list's entry, its key, its text, and another scalar."""

_BLANK: _Said = (0, False, None, None, None)


def plain_mapping(text: str, *, hold: frozenset[str] = frozenset()) -> dict[str, Any] | None:
    """Return the mapping that a text is, or None where it takes a whole parser to tell.

    Under the keys `hold` only text is read.
    """
    if len(text) > CHARS_MAX or " #" in text or _ODD.search(text):
        return None
    lines = _Lines(hold)
    if not all(map(lines.take, text.split("\n"))):
        return None
    return lines.root if lines.root and lines.is_whole() else None


class _Lines:
    """Builds collections from lines; a stack of those that are open, with their indentation."""

    __slots__ = ("_block", "_hold", "_open", "_waiting", "root")

    def __init__(self, hold: frozenset[str]) -> None:
        self.root: dict[str, Any] = {}
        self._open: list[tuple[int, _Collection]] = [(0, self.root)]
        self._waiting: tuple[dict[str, Any], str, int] | None = None
        """A key whose collection is to come, with what holds it and its indentation."""
        self._block: _Block | None = None
        self._hold = hold

    def is_whole(self) -> bool:
        """Whether nothing is left to come, at the end of the text."""
        if self._block is not None and not (self._block.is_terminated and self._block.end()):
            return False
        return self._waiting is None

    def take(self, line: str) -> bool:
        """Add what a line says; whether it could be understood."""
        if self._block is not None:
            if self._block.take(line):
                return True
            if not self._block.end():
                return False
            self._block = None
        said = _read_once(line) if len(line) <= LINE_KEPT_CHARS else _read(line)
        if said is None or said is _BLANK:
            return said is not None
        indent, is_item, key, text, other = said
        holder: _Collection | None
        at, holder = self._open[-1]
        if self._waiting is not None or at != indent or is_item is not (type(holder) is list):
            holder = self._holder(indent, is_item=is_item)
        if is_item:
            if type(holder) is not list:
                return False
            if key is None:
                holder.append(text)
                return text is not None
            entry: dict[str, Any] = {}
            holder.append(entry)
            indent += 2
            self._open.append((indent, entry))
            holder = entry
        if key is None or type(holder) is not dict or key in holder:
            return False
        holder[key] = text  # where there is none yet, this keeps the key's place
        return text is not None or self._later(holder, key, indent, other)

    def _holder(self, indent: int, *, is_item: bool) -> _Collection | None:
        """The collection that a line belongs to; None where there is none of its indentation."""
        if self._waiting is not None:
            return self._begun(indent, is_item=is_item)
        open_ = self._open
        # A list may stand at the indentation of the mapping that holds it.
        while open_[-1][0] > indent or (
            not is_item and open_[-1][0] == indent and type(open_[-1][1]) is list
        ):
            open_.pop()
        at, holder = open_[-1]
        return holder if at == indent else None

    def _begun(self, indent: int, *, is_item: bool) -> _Collection | None:
        """The collection that begins with this line, under the key that waits for it."""
        assert self._waiting is not None
        parent, key, at = self._waiting
        if indent < at or (indent == at and not is_item) or len(self._open) > DEPTH_MAX:
            return None
        begun: _Collection = [] if is_item else {}
        parent[key] = begun
        self._waiting = None
        self._open.append((indent, begun))
        return begun

    def _later(self, holder: dict[str, Any], key: str, indent: int, plain: str | None) -> bool:
        """Put a value that is no text of one line, or wait for it."""
        if plain is None:
            self._waiting = (holder, key, indent)
        elif plain == "|":
            self._block = _Block(holder, key, indent)
        else:
            holder[key] = None if key in self._hold else _value(plain)
            return holder[key] is not None
        return True


class _Block:
    """A literal block: the lines beneath `key: |` that are indented deeper than the key."""

    __slots__ = ("_at", "_holder", "_indent", "_key", "_lines")

    def __init__(self, holder: dict[str, Any], key: str, at: int) -> None:
        self._holder = holder
        self._key = key
        self._at = at
        self._indent = 0
        self._lines: list[str] = []

    def take(self, line: str) -> bool:
        """Add a line, if it belongs to the block."""
        text = line.lstrip(" ")
        depth = len(line) - len(text)
        if not self._lines:
            if not text or depth <= self._at:
                return False
            self._indent = depth
        elif text and depth < self._indent:
            return False
        self._lines.append(line[self._indent :])
        return True

    @property
    def is_terminated(self) -> bool:
        """Whether a line break ends the last line; without one the text has none either."""
        return bool(self._lines) and not self._lines[-1]

    def end(self) -> bool:
        """Put the text into its place; whether there is any."""
        lines = self._lines
        while lines and not lines[-1]:
            lines.pop()
        # A last line of blanks counts or not by rules of its own.
        if not lines or lines[-1].isspace():
            return False
        self._holder[self._key] = "\n".join(lines) + "\n"
        return True


def _read(line: str) -> _Said | None:
    """Take a line apart; None where only a parser can tell what it says."""
    found = _LINE.fullmatch(line)
    if found is None:
        return None
    spaces, dash, key, double, single, plain = found.groups()
    if key is None and dash is None:
        return None if line and not line.isspace() else _BLANK
    if key is not None:
        if key in _OTHER_KEYS:
            return None
        key = intern(key)
    text = double if double is not None else single
    if plain is not None and _is_text(plain):
        text, plain = plain, None
    return len(spaces), dash is not None, key, text, plain


_read_once = lru_cache(maxsize=LINES_KEPT)(_read)


def _is_text(plain: str) -> bool:
    """Whether an unquoted scalar is text, to YAML too."""
    if ": " in plain or plain[-1] == ":" or plain in ("[]", "|"):
        return False
    return kind_of_scalar(plain) == "str"


def _value(plain: str) -> Any:
    """The value of a scalar that is no text; None where only a parser can tell."""
    if plain == "[]":
        return []
    if _NUMBER.fullmatch(plain):
        return int(plain)
    return _WORDS.get(plain)
