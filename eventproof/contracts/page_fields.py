"""The fields of a payload as a page shows them: in examples, in lists and tables, in code.

Only what a page plainly means as its payload counts: a JSON example, a list or table below a
heading or sentence that speaks of fields, and the literal of a variable called `event`, `payload`
or the like in code. Everything else in a page is prose.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from eventproof.contracts.prose import examples, shows_json

_ITEM = re.compile(r"^[ \t]*(?:[-*+]|\|)[ \t]*(?:\*\*)?`([A-Za-z_][\w.\[\]-]*)`")
_SPEAKS_OF_FIELDS = re.compile(r"\b(?:fields?|properties|payload|attributes)\b", re.IGNORECASE)
_LITERAL = re.compile(
    r"\b\w{0,20}(?:event|payload|message|command|data)\w{0,20}\s*=\s*\{", re.IGNORECASE
)
_KEY = re.compile(
    r"""(?:^|[{,])\s*(?:"([^"\n]{1,80})"|'([^'\n]{1,80})'|([A-Za-z_]\w{0,79}))\s*:"""
)
_LITERAL_CHARS_MAX = 4_000
_PROGRAMS = frozenset({"python", "py", "javascript", "js", "typescript", "ts", "jsx", "tsx"})
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})[ \t]*(\w*)")
_LITERALS_MAX = 20
"""How many literals of one page are looked at, as long as they may be."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """A page taken apart: its lines of prose, and its blocks of code by language."""

    prose: tuple[str, ...]
    code: tuple[tuple[str, str], ...]


def shown_fields(body: str) -> dict[str, tuple[str, ...]]:
    """Return the field names that a page shows, by the kind of evidence, in their order."""
    if "`" not in body and "~~~" not in body:
        return {}
    parts = _taken_apart(body)
    groups = {
        "the payload example": _in_examples(body),
        "the list of fields": _in_lists(parts.prose),
        "the code that makes the payload": _in_code(parts.code),
    }
    return {where: names for where, names in groups.items() if names}


def _taken_apart(body: str) -> _Parts:
    """Part prose and code, line by line, so that fences that never close cost no more."""
    prose: list[str] = []
    code: list[tuple[str, list[str]]] = []
    fence = ""
    for line in body.splitlines():
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not mark[2]:
                fence = ""
            else:
                code[-1][1].append(line)
        elif mark:
            fence = mark[1]
            code.append((mark[2].lower(), []))
        else:
            prose.append(line)
    return _Parts(tuple(prose), tuple((word, "\n".join(lines)) for word, lines in code))


def _in_examples(body: str) -> tuple[str, ...]:
    if not shows_json(body):
        return ()
    shown, _ = examples(body)
    return tuple(dict.fromkeys(name for one in shown for name in _names(one.payload)))


def _names(value: Any) -> Iterator[str]:
    waiting = deque([value])
    while waiting:
        one = waiting.popleft()
        if isinstance(one, dict):
            yield from (str(name) for name in one)
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def _in_lists(prose: Iterable[str]) -> tuple[str, ...]:
    """Return the first words of list items and table rows, below a line that speaks of fields."""
    found: list[str] = []
    speaks = False
    for line in prose:
        item = _ITEM.match(line)
        if item and speaks:
            found.append(item[1].replace("[]", "").split(".")[-1])
        elif line.startswith("#") or (line.strip() and not line.lstrip().startswith(("|", "-"))):
            speaks = _SPEAKS_OF_FIELDS.search(line) is not None
    return tuple(dict.fromkeys(found))


def _in_code(blocks: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    literals = (
        text[match.end() - 1 : match.end() + _LITERAL_CHARS_MAX]
        for language, text in blocks
        if language in _PROGRAMS
        for match in _LITERAL.finditer(text)
    )
    names = (name for literal in islice(literals, _LITERALS_MAX) for name in _keys(literal))
    return tuple(dict.fromkeys(names))


def _keys(code: str) -> Iterator[str]:
    """Yield the keys of the literal that a piece of code begins with, outer and inner."""
    depth = 0
    for end, character in enumerate(code):
        depth += (character == "{") - (character == "}")
        if depth == 0:
            for match in _KEY.finditer(code[: end + 1]):
                yield match[1] or match[2] or match[3]
            return
