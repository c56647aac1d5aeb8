"""Globs: patterns for paths, as a `.gitignore` writes them.

`*` and `?` stay within one folder, `**` goes through any number of them. A pattern that matches a
folder matches all that lies beneath it. Python's own `fnmatch` lets `*` cross folders.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_PIECE = re.compile(r"(?:\*\*/)+|/\*\*(?=/|$)|\*+|\?|[^*?/]+|/")


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Whether a path with forward slashes, or a folder above it, fits one of the patterns."""
    return any(_compiled(pattern).fullmatch(path) for pattern in patterns)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    tidy = pattern.removeprefix("./").strip("/")
    body = "".join(_translated(piece) for piece in _PIECE.findall(tidy))
    return re.compile(f"{body}(?:/.*)?", re.DOTALL)


def _translated(piece: str) -> str:
    if piece.startswith("**/"):
        return "(?:[^/]+/)*"
    if piece.startswith("*"):
        return "[^/]*" if piece == "*" else ".*"
    return {"/**": "(?:/[^/]+)*", "?": "[^/]"}.get(piece) or re.escape(piece)
