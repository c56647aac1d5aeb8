"""Frontmatter: the YAML at the head of a page, read safely, with the place of everything in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from frontmatter.default_handlers import YAMLHandler

from eventproof.catalog.yaml_places import Path, Spot, YamlIndex, index_yaml
from eventproof.catalog.yaml_text import Held, Mark, YamlTextError, read_yaml

FRONTMATTER_BYTES_MAX = 1024 * 1024

POINTER_LISTS = frozenset(
    {
        "agents", "amendedBy", "amends", "appliesTo", "channels", "containers", "data-products",
        "dataProducts", "diagrams", "domains", "entities", "flows", "inputs", "outputs",
        "readsFrom", "receives", "related", "relationships", "routes", "sends", "services",
        "supersededBy", "supersedes", "systems", "writesTo",
    }
)  # fmt: skip
"""The keys of frontmatter that hold pointers: an id, mostly with a version."""

_HANDLER = YAMLHandler()
_LINE_END = re.compile("\n")
_IDENTITIES = frozenset({"id", "name", "version"})
_BENEATH_POINTERS = ("to", "from", "triggers")
_STEP_TARGETS = ("agent", "container", "dataProduct", "flow", "message", "service")


class PageError(Exception):
    """The frontmatter cannot be used at all. `sentence` is a predicate without its subject."""

    def __init__(self, sentence: str, mark: Mark | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.mark = mark


@dataclass(frozen=True, slots=True)
class Unquoted:
    """An id, name or version that YAML does not read as text; it was taken as written."""

    path: Path
    text: str
    kind: str
    """What YAML reads it as, with its article: a number."""
    mark: Mark


@dataclass(frozen=True, slots=True)
class Page:
    """A page taken apart."""

    metadata: Mapping[str, Any]
    body: str
    unquoted: tuple[Unquoted, ...] = ()
    repeated: tuple[tuple[str, Mark], ...] = ()
    """Keys that stand twice in one mapping; the last one counts."""


@dataclass(frozen=True, slots=True)
class _Head:
    """The YAML text of a page, and where in the file it begins."""

    page: str
    yaml: str
    body: str
    offset: int
    """Where in the page the YAML begins."""

    @property
    def first_line(self) -> int:
        """The line of the page that the YAML begins in."""
        return self.page.count("\n", 0, self.offset) + 1

    def mark(self, mark: Mark) -> Mark:
        """Return a place in the YAML as a place in the file."""
        return Mark(mark.line + self.first_line - 1, mark.column, mark.offset + self.offset)


def parse(text: str) -> Page:
    """Take a page apart.

    Raises PageError when it has no frontmatter, or one that is no mapping, is not YAML, or is too
    large, too deep or too entangled to be read safely.
    """
    head = _head(text)
    # More characters than that are more bytes as well; the bytes are counted only near the limit.
    if len(head.yaml) * 4 > FRONTMATTER_BYTES_MAX:
        _measure(head)
    try:
        read = read_yaml(head.yaml, hold=_IDENTITIES)
    except YamlTextError as error:
        raise _broken(head, error) from error
    if read.value is None:
        raise PageError("has an empty frontmatter", Mark(head.first_line, 1))
    if not isinstance(read.value, dict):
        start = head.mark(read.start) if read.start else Mark(head.first_line, 1)
        raise PageError("has a frontmatter that is not a mapping of keys to values", start)
    unquoted = tuple(_taken_as_text(head, read.value, read.held)) if read.held else ()
    repeated = tuple((key, head.mark(mark)) for key, mark in read.repeated)
    return Page(read.value, head.body, unquoted, repeated)


@dataclass(frozen=True, slots=True)
class Places:
    """The places in one page, for many questions at the cost of one."""

    _head: _Head | None
    _index: YamlIndex
    _lines: tuple[int, ...]
    """The offset of each line's first character."""
    _body_offset: int

    def find(self, path: Path) -> Spot | None:
        """Where a value of the frontmatter and its key stand; None in a broken page."""
        spot = self._index.find(path)
        if spot is None or self._head is None:
            return None
        mark = self._head.mark
        return Spot(
            value=mark(spot.value),
            end=mark(spot.end),
            key=mark(spot.key) if spot.key else None,
            key_end=mark(spot.key_end) if spot.key_end else None,
            is_exact=spot.is_exact,
        )

    def in_body(self, offset: int) -> Mark:
        """Where the character at `offset` of the page's prose stands."""
        at = self._body_offset + offset
        line = bisect_right(self._lines, at)
        return Mark(line, at - self._lines[line - 1] + 1, at)


def places_in(text: str) -> Places:
    """Return the places in a page, which need not be whole."""
    try:
        head = _head(text)
    except PageError:
        head = None
    body = head.body if head else text.strip()
    lines = (0, *(match.end() for match in _LINE_END.finditer(text)))
    # The body is the end of the file, but for the blanks after it.
    body_offset = len(text.rstrip()) - len(body)
    return Places(head, index_yaml(head.yaml if head else ""), lines, body_offset)


def has_frontmatter(text: str) -> bool:
    """Whether a page opens with frontmatter, broken or not."""
    return YAMLHandler.FM_BOUNDARY.match(text.removeprefix("\ufeff").lstrip()) is not None


def body_of(text: str) -> str:
    """Return the prose of a page that need not have a frontmatter."""
    try:
        return _head(text).body
    except PageError:
        return text.strip()


def _head(text: str) -> _Head:
    page = text.removeprefix("\ufeff")
    stripped = page.lstrip()
    opening = YAMLHandler.FM_BOUNDARY.match(stripped)
    if opening is None:
        raise PageError("has no frontmatter between two lines of ---", Mark(1, 1))
    offset = len(text) - len(stripped) + opening.end()
    try:
        head, body = _HANDLER.split(stripped)
    except ValueError:
        sentence = "opens its frontmatter and never closes it with a line of ---"
        raise PageError(sentence, Mark(text.count("\n", 0, offset) + 1, 1)) from None
    return _Head(text, head, body.strip(), offset)


def _measure(head: _Head) -> None:
    """Raise PageError for more text than is built."""
    size = len(head.yaml.encode())
    if size > FRONTMATTER_BYTES_MAX:
        raise PageError(f"has {size:,} bytes of frontmatter; more than 1 MiB is not read")


def _taken_as_text(
    head: _Head, data: Mapping[str, Any], held: tuple[Held, ...]
) -> Iterator[Unquoted]:
    """Put ids, names and versions that YAML takes for numbers or dates back as written.

    Only the text as written tells 1.10 from 1.1.
    """
    waiting = {(id(one.container), one.key): one for one in held}
    for path, container in _identified(data):
        for key in _IDENTITIES:
            one = waiting.pop((id(container), key), None)
            if one and (len(path) == 0 or key != "name"):
                one.container[key] = one.text
                yield Unquoted((*path, key), one.text, one.kind, head.mark(one.mark))


def _identified(data: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Return the mappings whose id, name and version must be text: the page and its pointers."""
    yield (), data
    for key in POINTER_LISTS.intersection(data):
        yield from _pointers_in(data[key], (key,))
    steps = data.get("steps")
    for index, step in enumerate(steps if isinstance(steps, list) else ()):
        for key in _STEP_TARGETS if isinstance(step, dict) else ():
            if isinstance(step.get(key), dict):
                yield ("steps", index, key), step[key]


def _pointers_in(entries: Any, path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict) and "id" in entry:
            yield (*path, index), entry
            for key in _BENEATH_POINTERS:
                yield from _pointers_in(entry.get(key), (*path, index, key))


def _broken(head: _Head, error: YamlTextError) -> PageError:
    sentence = error.sentence
    if error.said:
        sentence = f"has a frontmatter that is not valid YAML: {error.said}"
    at = Mark(error.line, error.column or 1) if error.line else None
    return PageError(sentence, head.mark(at) if at else None)
