"""Payload examples in a page's prose, and the contract that they are evidence of.

An inferred contract is never stricter than its evidence. It says which properties there are and
of which JSON type; objects stay open, no value is pinned, and a property is required only when
there are two examples or more and all of them have it: a single example proves nothing required.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

EXAMPLES_LIMIT = 20
"""How many examples of one page are looked at."""

PAGES_KEPT = 1_000
"""How many pages' blocks are kept: what makes a contract of them is not all that asks."""

_DEPTH_LIMIT = 32
_WANTED = re.compile(r"payload|example|sample|message body", re.IGNORECASE)
_UNWANTED = re.compile(
    r"schema|config|header|error|response|setup|install|policy|metadata", re.IGNORECASE
)
_JSON_FENCE = re.compile(r"^[ \t]*(?:`{3,}|~{3,})[ \t]*json", re.MULTILINE | re.IGNORECASE)
_INDENTED_FENCE = re.compile(r"^[ \t]+(?=```|~~~)", re.MULTILINE)
_PLACEHOLDERS: dict[str, dict[str, Any]] = {
    word: shape
    for words, shape in (
        ("string,str,text", {"type": "string"}),
        ("integer,int,int32,int64,long", {"type": "integer"}),
        ("number,float,double,decimal", {"type": "number"}),
        ("boolean,bool", {"type": "boolean"}),
        ("object", {"type": "object"}),
        ("array,list", {"type": "array"}),
        ("uuid,guid", {"type": "string", "format": "uuid"}),
        ("date,iso 8601 date", {"type": "string", "format": "date"}),
        (
            "iso 8601 date-time,iso 8601 datetime,iso 8601 timestamp,iso 8601,date-time,datetime,"
            "timestamp",
            {"type": "string", "format": "date-time"},
        ),
    )
    for word in words.split(",")
}
"""What a type's name in the place of a value means; compared without regard to case."""


@dataclass(frozen=True, slots=True)
class Example:
    """A fenced JSON block that shows a payload."""

    payload: dict[str, Any]
    line: int
    """Line of the fence in the body, from 1."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A block that is meant as a payload example and is no JSON."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class _Block:
    text: str
    title: str
    """What stands after ```json, the heading above, and the line that leads to the block."""
    line: int


def examples(body: str) -> tuple[tuple[Example, ...], tuple[Broken, ...]]:
    """Return the payload examples of a page, and the blocks that were meant as one.

    `body` is Markdown or MDX without its frontmatter. Blocks whose title or heading, or the line
    above that ends in a colon, speaks of a payload or an example count, all of them; without one,
    the first JSON object does.
    """
    if "json" not in body.casefold():
        return (), ()  # which needs no reading of Markdown
    blocks = [block for block in _json_blocks(body) if not _UNWANTED.search(block.title)]
    titled = [block for block in blocks if _WANTED.search(block.title)]
    found: list[Example] = []
    broken: list[Broken] = []
    for block in (titled or blocks)[:EXAMPLES_LIMIT]:
        try:
            payload = json.loads(block.text)
        except (ValueError, RecursionError) as error:
            broken.append(Broken(block.line, str(error)))
            continue
        if isinstance(payload, dict) and not _is_schema(payload):
            found.append(Example(payload, block.line))
    return tuple(found if titled else found[:1]), tuple(broken if titled else ())


def shows_json(body: str) -> bool:
    """Whether a page may show a payload at all: quick, before any Markdown is parsed."""
    return ("```" in body or "~~~" in body) and _JSON_FENCE.search(body) is not None


def placeholder(text: str) -> dict[str, Any] | None:
    """Return the schema that a type's name in the place of a value means; None for a value."""
    return _PLACEHOLDERS.get(" ".join(text.split()).casefold())


def inferred(payloads: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return the loosest JSON Schema that says what the payloads show."""
    shown = list(payloads)
    return _of(shown, 0, several=len(shown) > 1)


@lru_cache(maxsize=PAGES_KEPT)
def _json_blocks(body: str) -> tuple[_Block, ...]:
    return tuple(_fenced(_INDENTED_FENCE.sub("", body)))


def _fenced(body: str) -> Iterator[_Block]:
    heading = ""
    tokens = _markdown().parse(body)
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            heading = tokens[index + 1].content
        language, _, title = token.info.strip().partition(" ")
        if token.type == "fence" and language.lower() in ("json", "json5", "jsonc"):
            line = token.map[0] + 1 if token.map else 1
            titles = (heading, _lead_in(tokens[:index]), title)
            yield _Block(token.content, " ".join(titles), line)


def _lead_in(before: Sequence[Token]) -> str:
    """Return the last line of a paragraph that ends in a colon, right above a block."""
    if not before or before[-1].type != "paragraph_close":
        return ""
    text = before[-2].content.rstrip()
    return text.splitlines()[-1] if text.endswith(":") else ""


@cache
def _markdown() -> MarkdownIt:
    """Return the parser of pages: of blocks only, since what lines hold takes half of the time."""
    from markdown_it import MarkdownIt

    # Tags of MDX would swallow the fence below them as HTML, and their indentation would make
    # text or code of it: pages are read as if they had neither.
    return MarkdownIt("commonmark").disable(["html_block", "code", "inline"])


def _is_schema(payload: dict[str, Any]) -> bool:
    return "$schema" in payload or (
        payload.get("type") == "object" and isinstance(payload.get("properties"), dict)
    )


def _of(values: list[Any], depth: int, *, several: bool) -> dict[str, Any]:
    known = [value for value in values if value is not None]
    if not known or depth > _DEPTH_LIMIT:
        return {}  # null shows that a value may be absent, and nothing of what else it may be
    shown = [_kind(value) for value in known]
    kinds = sorted({str(schema["type"]) for schema in shown})
    if len(values) > len(known):
        kinds.append("null")
    if "number" in kinds and "integer" in kinds:
        kinds.remove("integer")
    result: dict[str, Any] = {"type": kinds[0] if len(kinds) == 1 else kinds}
    formats = {schema.get("format") for schema in shown}
    if len(formats) == 1 and None not in formats:
        result["format"] = formats.pop()
    objects = [value for value in known if isinstance(value, dict)]
    arrays = [item for value in known if isinstance(value, list) for item in value]
    if arrays:
        result["items"] = _of(arrays, depth + 1, several=several)
    return {**result, **_object(objects, depth, several=several)}


def _kind(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        return placeholder(value) or {"type": "string"}
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, int):
        return {"type": "integer"}
    if isinstance(value, float):
        return {"type": "number"}
    return {"type": "array" if isinstance(value, list) else "object"}


def _object(objects: list[dict[str, Any]], depth: int, *, several: bool) -> dict[str, Any]:
    names = list(dict.fromkeys(name for value in objects for name in value))
    if not names:
        return {}
    properties = {
        name: _of([o[name] for o in objects if name in o], depth + 1, several=several)
        for name in names
    }
    shared = [name for name in names if all(name in value for value in objects)]
    required = {"required": shared} if several and len(objects) > 1 and shared else {}
    return {"properties": properties, **required}
