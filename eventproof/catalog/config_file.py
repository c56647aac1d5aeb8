"""Config file: what `eventcatalog.config.js` says that a catalog needs, read without running it.

It holds the users of EventCatalog 1 and the resources of other catalogs (`dependencies`). Only
literals are understood; what is computed is passed over, since a stranger's code is never run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eventproof.catalog.layout import COLLECTIONS
from eventproof.catalog.resources import Dependency

NAMES = tuple(f"eventcatalog.config.{ending}" for ending in ("js", "mjs", "cjs", "ts"))
BYTES_MAX = 512 * 1024
DEPTH_MAX = 32
DEPENDENCY_VERSION = "1.0.0"
"""What EventCatalog takes for a dependency whose version is not given."""

_TOKEN = re.compile(
    r"""
    //[^\n]* | /\*.*?\*/                                      # comments
  | (?P<text> "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' | `(?:[^`\\]|\\.)*` )
  | (?P<word> [\w$.-]+ )
  | (?P<mark> [{}\[\]:,()] )
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_CORE = re.compile(r"[^0-9]*([0-9]{1,4})")


def find_config(root: Path) -> Path | None:
    """Return the configuration file of the catalog at `root`, or None."""
    return next((root / name for name in NAMES if _is_inside(root, root / name)), None)


def read_config(path: Path) -> dict[str, Any]:
    """Return what the configuration says of `users` and `dependencies`; never raises."""
    tokens = list(_tokens(_text(path)))
    found: dict[str, Any] = {}
    depth = at = 0
    while at < len(tokens):
        kind, text = tokens[at]
        depth += (text in "{[(") - (text in "}])") if kind == "mark" else 0
        is_key = kind != "mark" and tokens[at + 1 : at + 2] == [("mark", ":")]
        at += 1
        if depth == 1 and is_key and text in ("users", "dependencies"):
            found[text], at = _value(tokens, at + 1, 0)
    return found


def users_in(config: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Return the users of EventCatalog 1 that have an id."""
    users = config.get("users")
    for user in users if isinstance(users, list) else ():
        if isinstance(user, dict) and isinstance(user.get("id"), str):
            yield user


def dependencies_in(config: dict[str, Any]) -> Iterator[Dependency]:
    """Return the resources of other catalogs."""
    collections = config.get("dependencies")
    for name, entries in collections.items() if isinstance(collections, dict) else ():
        type_ = COLLECTIONS.get(name)
        for entry in entries if isinstance(entries, list) and type_ else ():
            if isinstance(entry, dict) and isinstance(entry.get("id"), str):
                version = entry.get("version")
                text = version if isinstance(version, str) else DEPENDENCY_VERSION
                yield Dependency(str(type_), entry["id"], text)


def core_version(root: Path) -> int | None:
    """Return the major version of EventCatalog that `package.json` asks for; None if unknown."""
    file = root / "package.json"
    try:
        package = json.loads(_text(file)) if _is_inside(root, file) else {}
        wanted = {**package.get("devDependencies", {}), **package.get("dependencies", {})}
        match = _CORE.match(wanted["@eventcatalog/core"])
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return None
    return int(match[1]) if match else None


def _is_inside(root: Path, path: Path) -> bool:
    try:
        return path.is_file() and path.resolve().is_relative_to(root)
    except (OSError, RuntimeError):
        return False


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(BYTES_MAX).decode(errors="replace")
    except OSError:
        return ""


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    for match in _TOKEN.finditer(text):
        if match["text"] is not None:
            yield "text", _ESCAPED.sub(r"\1", match["text"][1:-1])
        elif match["word"] is not None:
            yield "word", match["word"]
        elif match["mark"] is not None:
            yield "mark", match["mark"]


def _value(tokens: list[tuple[str, str]], at: int, depth: int) -> tuple[Any, int]:
    """Return the literal that begins at a text, None for what is no literal, and what follows."""
    if at >= len(tokens) or depth > DEPTH_MAX:
        return None, len(tokens)
    kind, text = tokens[at]
    if kind == "mark" and text == "[":
        return _list(tokens, at + 1, depth)
    if kind == "mark" and text == "{":
        return _object(tokens, at + 1, depth)
    if kind == "text":
        return text, _after(tokens, at + 1)
    return None, _after(tokens, at)


def _list(tokens: list[tuple[str, str]], at: int, depth: int) -> tuple[list[Any], int]:
    found = []
    while at < len(tokens) and tokens[at] != ("mark", "]"):
        before = at
        value, at = _value(tokens, at, depth + 1)
        found.append(value)
        at += (at < len(tokens) and tokens[at] == ("mark", ",")) or at == before
    return found, at + 1


def _object(tokens: list[tuple[str, str]], at: int, depth: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    while at < len(tokens) and tokens[at] != ("mark", "}"):
        before = at
        if tokens[at][0] != "mark" and tokens[at + 1 : at + 2] == [("mark", ":")]:
            key = tokens[at][1]
            found[key], at = _value(tokens, at + 2, depth + 1)
        else:
            at = _after(tokens, at)
        at += (at < len(tokens) and tokens[at] == ("mark", ",")) or at == before
    return found, at + 1


def _after(tokens: list[tuple[str, str]], at: int) -> int:
    """Return the index of the comma or bracket that ends the expression around a text."""
    depth = 0
    while at < len(tokens):
        kind, text = tokens[at]
        if kind == "mark" and depth == 0 and text in ",}])":
            return at
        if kind == "mark":
            depth += (text in "{[(") - (text in "}])")
        at += 1
    return at
