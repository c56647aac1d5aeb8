"""Frontmatter: the YAML at the head of a page, read safely, with the place of everything in it.

The text comes from strangers, so it is measured before it is built: bytes, depth, aliases, and
what the aliases unfold to. PyYAML's C loader composes by recursion in C and would end the process
on deep nesting; a pass over the parser's events, which does not recurse, keeps that from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from frontmatter.default_handlers import YAMLHandler

FRONTMATTER_BYTES_MAX = 1024 * 1024
DEPTH_MAX = 64
ALIASES_MAX = 100
UNFOLDED_NODES_MAX = 100_000
_NUMBER_CHARS_MAX = 400

# PyYAML lets these escape on scalars that look like a date or number and are none.
_CONSTRUCTION_ERRORS = (ValueError, LookupError, AttributeError, TypeError, OverflowError)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TEXT_TAG = "tag:yaml.org,2002:str"
_NULL_TAG = "tag:yaml.org,2002:null"

POINTER_LISTS = frozenset(
    {
        "agents", "channels", "containers", "data-products", "dataProducts", "diagrams", "domains",
        "entities", "flows", "inputs", "outputs", "readsFrom", "receives", "routes", "sends",
        "services", "systems", "writesTo",
    }
)  # fmt: skip
"""The keys of frontmatter that hold pointers: an id, mostly with a version."""

_KINDS = {"int": "a number", "float": "a number", "bool": "true or false", "timestamp": "a date"}

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the file; line and column count from 1."""

    line: int
    column: int


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
    start: Mark
    """Where the frontmatter's first key stands."""
    unquoted: tuple[Unquoted, ...] = ()
    repeated: tuple[tuple[str, Mark], ...] = ()
    """Keys that stand twice in one mapping; the last one counts."""


@dataclass(frozen=True, slots=True)
class _Head:
    """The YAML text of a page, and the line of the file that its first line is."""

    yaml: str
    body: str
    first_line: int

    def mark(self, place: Any) -> Mark | None:
        return Mark(place.line + self.first_line, place.column + 1) if place else None


def parse(text: str) -> Page:
    """Take a page apart.

    Raises PageError when it has no frontmatter, or one that is no mapping, is not YAML, or is too
    large, too deep or too entangled to be read safely.
    """
    head = _head(text)
    _measure(head)
    try:
        return _page(head)
    except yaml.YAMLError as error:
        raise _broken(head, error) from error
    except _CONSTRUCTION_ERRORS as error:
        raise PageError(f"holds a value that cannot be read: {error}") from error


def place(text: str, path: Path) -> Mark | None:
    """Where the value at `path` stands, or the nearest enclosing one; None in a broken page."""
    try:
        head = _head(text)
        _measure(head)
        node = yaml.compose(head.yaml, Loader=_LOADER)
    except (PageError, yaml.YAMLError):
        return None
    for step in path:
        child = _child(node, step)
        if child is None:
            break
        node = child
    return head.mark(node.start_mark) if node is not None else None


def _head(text: str) -> _Head:
    handler = YAMLHandler()
    page = text.removeprefix("\ufeff")
    stripped = page.lstrip()
    opening = YAMLHandler.FM_BOUNDARY.match(stripped)
    if opening is None:
        raise PageError("has no frontmatter between two lines of ---", Mark(1, 1))
    lines_before = page[: len(page) - len(stripped)].count("\n")
    first_line = lines_before + opening.group().count("\n") + 1
    try:
        head, body = handler.split(stripped)
    except ValueError:
        sentence = "opens its frontmatter and never closes it with a line of ---"
        raise PageError(sentence, Mark(first_line, 1)) from None
    return _Head(head, body.strip(), first_line)


def _measure(head: _Head) -> None:
    """Raise PageError for text that would be unsafe to build."""
    size = len(head.yaml.encode())
    if size > FRONTMATTER_BYTES_MAX:
        raise PageError(f"has {size:,} bytes of frontmatter; more than 1 MiB is not read")
    depth = aliases = 0
    try:
        for event in yaml.parse(head.yaml, Loader=_LOADER):
            depth += _deepens(event)
            aliases += isinstance(event, yaml.AliasEvent)
            if depth > DEPTH_MAX:
                sentence = f"nests its frontmatter deeper than {DEPTH_MAX} levels"
                raise PageError(sentence, head.mark(event.start_mark))
            if aliases > ALIASES_MAX:
                sentence = f"uses more than {ALIASES_MAX} YAML aliases"
                raise PageError(sentence, head.mark(event.start_mark))
    except yaml.YAMLError as error:
        raise _broken(head, error) from error


def _deepens(event: yaml.Event) -> int:
    if isinstance(event, yaml.CollectionStartEvent):
        return 1
    return -1 if isinstance(event, yaml.CollectionEndEvent) else 0


def _page(head: _Head) -> Page:
    loader = _LOADER(head.yaml)
    try:
        root = loader.get_single_node()
        if root is None or (root.tag == _NULL_TAG and not root.value):
            raise PageError("has an empty frontmatter", Mark(head.first_line, 1))
        start = head.mark(root.start_mark) or Mark(head.first_line, 1)
        if not isinstance(root, yaml.MappingNode):
            raise PageError("has a frontmatter that is not a mapping of keys to values", start)
        _check_nodes(head, root)
        repeated = tuple(_repeated(head, root))
        unquoted = tuple(_take_as_text(head, root))
        metadata = loader.construct_document(root)
        return Page(metadata, head.body, start, unquoted, repeated)
    finally:
        loader.dispose()


def _check_nodes(head: _Head, root: yaml.Node) -> None:
    """Raise PageError where aliases unfold beyond all measure, or run in a circle."""
    measured: dict[int, tuple[int, int]] = {}
    open_nodes: set[int] = set()

    # Recursion is safe here: an anchor stands before its aliases, so a shared node is measured
    # before it is met again, and the depth of the text itself is bounded already.
    def measure(node: yaml.Node) -> tuple[int, int]:
        if id(node) in open_nodes:
            raise PageError("holds a YAML alias to itself", head.mark(node.start_mark))
        if id(node) not in measured:
            _check_scalar(head, node)
            open_nodes.add(id(node))
            inner = [measure(child) for child in _children(node)]
            open_nodes.discard(id(node))
            size, depth = 1 + sum(n for n, _ in inner), max((d for _, d in inner), default=0)
            measured[id(node)] = (size, depth + (not isinstance(node, yaml.ScalarNode)))
        return measured[id(node)]

    size, depth = measure(root)
    if size > UNFOLDED_NODES_MAX or depth > DEPTH_MAX:
        limit = f"{UNFOLDED_NODES_MAX:,} values or {DEPTH_MAX} levels"
        raise PageError(f"unfolds by its YAML aliases to more than {limit}")


def _check_scalar(head: _Head, node: yaml.Node) -> None:
    # YAML 1.1 has numbers to the base of 60, which PyYAML reads in quadratic time.
    is_long = isinstance(node, yaml.ScalarNode) and len(node.value) > _NUMBER_CHARS_MAX
    if is_long and node.tag.rpartition(":")[2] in ("int", "float"):
        raise PageError("holds a number of unreadable length", head.mark(node.start_mark))


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield value
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _repeated(head: _Head, root: yaml.Node) -> Iterator[tuple[str, Mark]]:
    waiting, done = [root], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in done:
            continue
        done.add(id(node))
        keys = set[tuple[str, str]]()
        for key in (key for key, _ in node.value) if isinstance(node, yaml.MappingNode) else ():
            mark = head.mark(key.start_mark)
            if isinstance(key, yaml.ScalarNode) and mark:
                if (key.tag, key.value) in keys:
                    yield key.value, mark
                keys.add((key.tag, key.value))
        waiting.extend(_children(node))


def _take_as_text(head: _Head, root: yaml.MappingNode) -> Iterator[Unquoted]:
    """Retag ids, names and versions that YAML takes for numbers or dates.

    Only the text as written tells 1.10 from 1.1, so this must happen before construction.
    """
    for path, node in _identities(root):
        kind = _KINDS.get(node.tag.rpartition(":")[2])
        mark = head.mark(node.start_mark)
        if kind and mark:
            node.tag = _TEXT_TAG
            yield Unquoted(path, node.value, kind, mark)


def _identities(root: yaml.MappingNode) -> Iterator[tuple[Path, yaml.ScalarNode]]:
    """Return the scalars beneath id, name and version, at the top and in lists of pointers."""
    for key, value in _entries(root):
        if key in ("id", "name", "version") and isinstance(value, yaml.ScalarNode):
            yield (key,), value
        elif key in POINTER_LISTS and isinstance(value, yaml.SequenceNode):
            yield from _in_list(value, (key,))


def _in_list(node: yaml.SequenceNode, path: Path) -> Iterator[tuple[Path, yaml.ScalarNode]]:
    for index, item in enumerate(node.value):
        entries = dict(_entries(item)) if isinstance(item, yaml.MappingNode) else {}
        if "id" not in entries:
            continue
        for key, value in entries.items():
            if key in ("id", "version") and isinstance(value, yaml.ScalarNode):
                yield (*path, index, key), value
            elif key in ("to", "from", "triggers") and isinstance(value, yaml.SequenceNode):
                yield from _in_list(value, (*path, index, key))


def _entries(node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node]]:
    for key, value in node.value:
        if isinstance(key, yaml.ScalarNode):
            yield key.value, value


def _child(node: yaml.Node | None, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode) and isinstance(step, str):
        # The last one counts where a key is repeated, as it does in the metadata.
        return dict(_entries(node)).get(step)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        child: yaml.Node = node.value[step]
        return child
    return None


def _broken(head: _Head, error: yaml.YAMLError) -> PageError:
    place_ = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "no YAML"
    return PageError(f"has a frontmatter that is not valid YAML: {problem}", head.mark(place_))
