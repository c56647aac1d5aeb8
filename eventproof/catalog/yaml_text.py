"""YAML texts from strangers, read into plain values within limits, with the place of everything.

PyYAML's C composer recurses and would end the process on deep nesting, and an alias can unfold a
line to a flood. So values are built here from the parser's events, which do not recurse: depth,
aliases, and what they unfold to are counted while they come. Scalars mean what EventCatalog's
own parser reads: `yes` and `on` are text, `true` is not. Most texts are so plain that they need
no parser (`yaml_plain`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from sys import intern
from typing import Any

import yaml

from eventproof.catalog.yaml_plain import plain_mapping
from eventproof.catalog.yaml_scalars import TAGS, kind_of_scalar

DEPTH_MAX = 64
ALIASES_MAX = 100
UNFOLDED_VALUES_MAX = 100_000
NUMBER_CHARS_MAX = 400

# YAML 1.1 has numbers to the base of 60, which PyYAML reads in quadratic time; hence the limit.
# PyYAML lets these escape on scalars that look like a date or number and are none.
_CONSTRUCTION_ERRORS = (ValueError, LookupError, AttributeError, TypeError, OverflowError)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_KINDS = {"int": "a number", "float": "a number", "bool": "true or false", "timestamp": "a date"}
_SCALARS = yaml.SafeLoader("")


class YamlTextError(Exception):
    """A text that cannot be read. `sentence` is a predicate, such as `is not valid YAML: …`."""

    def __init__(
        self, sentence: str, line: int | None = None, column: int | None = None, *, said: str = ""
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.line = line
        """From 1, within the text; None where it cannot be told."""
        self.column = column
        self.said = said
        """What is wrong with the YAML, without a predicate; empty where a limit was passed."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a text; line and column count from 1, the offset in characters from 0."""

    line: int
    column: int
    offset: int = 0


@dataclass(slots=True)
class Held:
    """A scalar under a key of interest that YAML does not read as text."""

    container: dict[Any, Any]
    key: str
    text: str
    """As it is written; only this tells 1.10 from 1.1."""
    value: Any
    kind: str
    """What YAML reads it as, with its article: a number."""
    mark: Mark


@dataclass(frozen=True, slots=True)
class YamlText:
    """A text read: its value, and what only the text shows."""

    value: Any
    start: Mark | None = None
    """Where the value begins; None in an empty text, and where no parser was needed."""
    repeated: tuple[tuple[str, Mark], ...] = ()
    """Keys that stand twice in one mapping; the last one counts."""
    held: tuple[Held, ...] = ()


def load_yaml(text: str) -> Any:
    """Return the value of a text, None for an empty one. Raises YamlTextError."""
    return read_yaml(text).value


def read_yaml(text: str, *, hold: frozenset[str] = frozenset()) -> YamlText:
    """Read a text, keeping the scalars under the keys `hold` as they are written.

    Raises YamlTextError for what is no YAML, or is too deep or too entangled to be read safely.
    """
    plain = plain_mapping(text, hold=hold)
    if plain is not None:
        return YamlText(plain)
    return parse_yaml(text, hold=hold)


def parse_yaml(text: str, *, hold: frozenset[str] = frozenset()) -> YamlText:
    """As `read_yaml`, by the parser, however plain the text is."""
    builder = _Builder(hold)
    try:
        for event in events_of(text):
            builder.take(event)
    except yaml.YAMLError as error:
        raise _broken(error) from error
    return YamlText(builder.result, builder.start, tuple(builder.repeated), tuple(builder.held))


@dataclass(slots=True)
class _Open:
    """A collection that is being built."""

    value: Any
    anchor: str | None
    mark: Any
    key: Any = None
    has_key: bool = False
    size: int = 1
    height: int = 1
    """How many levels the value has."""
    merged: list[dict[Any, Any]] = field(default_factory=list)


@dataclass(slots=True)
class _Anchored:
    value: Any
    size: int
    height: int


class _Merge:
    """Stands for the key `<<`, whose value's entries become those of the mapping."""


class _Builder:
    """Turns events into values; a stack of open collections instead of recursion."""

    def __init__(self, hold: frozenset[str]) -> None:
        self.result: Any = None
        self.start: Mark | None = None
        self.repeated: list[tuple[str, Mark]] = []
        self.held: list[Held] = []
        self._hold = hold
        self._stack: list[_Open] = []
        self._anchors: dict[str, _Anchored | None] = {}
        self._aliases = 0

    def take(self, event: Any) -> None:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self._scalar(event)
        elif kind is yaml.MappingStartEvent:
            self._open(event, {}, "map")
        elif kind is yaml.SequenceStartEvent:
            self._open(event, [], "seq")
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self._close()
        elif kind is yaml.AliasEvent:
            self._alias(event)
        elif kind is yaml.DocumentStartEvent and self.start:
            raise _invalid("but one document is expected", event.start_mark)

    def _scalar(self, event: Any) -> None:
        text, tag = event.value, _tag(event)
        frame = self._stack[-1] if self._stack else None
        if frame and not frame.has_key and type(frame.value) is dict:
            self._key(frame, event, tag)
            return
        value = text if tag == "str" else _scalar(event, tag)
        if event.anchor:
            self._anchors[event.anchor] = _Anchored(value, 1, 0)
        if frame and tag in _KINDS and frame.has_key and frame.key in self._hold:
            mark = mark_of(event.start_mark)
            self.held.append(Held(frame.value, frame.key, text, value, _KINDS[tag], mark))
        self._put(value, 1, 0, event)

    def _key(self, frame: _Open, event: Any, tag: str) -> None:
        if tag == "merge":
            frame.key, frame.has_key = _Merge, True
            return
        # Thousands of pages use the same few keys, which are kept once.
        key = intern(event.value) if tag == "str" else _scalar(event, tag)
        if event.anchor:
            self._anchors[event.anchor] = _Anchored(key, 1, 0)
        if key in frame.value:
            self.repeated.append((event.value, mark_of(event.start_mark)))
        frame.key, frame.has_key = key, True

    def _open(self, event: Any, value: Any, kind: str) -> None:
        if event.tag not in (None, "!", TAGS + kind):
            raise _unknown_tag(event)
        if len(self._stack) >= DEPTH_MAX:
            raise _refused(f"is nested deeper than {DEPTH_MAX} levels", event.start_mark)
        frame = self._stack[-1] if self._stack else None
        if frame and type(frame.value) is dict and not frame.has_key:
            raise _invalid("a key that is a list or mapping is not read", event.start_mark)
        if event.anchor:
            self._anchors[event.anchor] = None
        self._stack.append(_Open(value, event.anchor, event))

    def _close(self) -> None:
        done = self._stack.pop()
        for merged in done.merged:
            for key, value in merged.items():
                done.value.setdefault(key, value)
        if done.anchor:
            self._anchors[done.anchor] = _Anchored(done.value, done.size, done.height)
        self._put(done.value, done.size, done.height, done.mark)

    def _alias(self, event: Any) -> None:
        self._aliases += 1
        if self._aliases > ALIASES_MAX:
            raise _refused(f"uses more than {ALIASES_MAX} YAML aliases", event.start_mark)
        if event.anchor not in self._anchors:
            raise _invalid(f"the alias {event.anchor} has no anchor", event.start_mark)
        meant = self._anchors[event.anchor]
        if meant is None:
            raise _refused("holds a YAML alias to itself", event.start_mark)
        frame = self._stack[-1] if self._stack else None
        if frame and type(frame.value) is dict and not frame.has_key:
            if isinstance(meant.value, dict | list):
                raise _invalid("a key that is a list or mapping is not read", event.start_mark)
            frame.key, frame.has_key = meant.value, True
            return
        self._put(meant.value, meant.size, meant.height, event)

    def _put(self, value: Any, size: int, height: int, event: Any) -> None:
        """Add a finished value to the collection around it."""
        if not self._stack:
            self.result, self.start = value, mark_of(event.start_mark)
            return
        frame = self._stack[-1]
        frame.size += size
        if height >= frame.height:
            frame.height = height + 1
        if frame.size > UNFOLDED_VALUES_MAX or len(self._stack) + height > DEPTH_MAX:
            limit = f"{UNFOLDED_VALUES_MAX:,} values or {DEPTH_MAX} levels"
            raise _refused(f"unfolds to more than {limit}", event.start_mark)
        if type(frame.value) is list:
            frame.value.append(value)
        elif frame.key is _Merge:
            frame.merged.extend(_mergeable(value, event))
            frame.has_key = False
        else:
            frame.value[frame.key] = value
            frame.has_key = False


def events_of(text: str) -> Iterator[Any]:
    """The parser's events. Raises YAMLError where the text is no YAML."""
    # `yaml.parse` asks the parser twice for every event.
    loader = _LOADER(text)
    try:
        while (event := loader.get_event()) is not None:
            yield event
    finally:
        loader.dispose()


def _tag(event: Any) -> str:
    """Return the short tag of a scalar. Raises YamlTextError for one that is not read."""
    tag = event.tag
    if tag is not None and tag != "!":
        short: str = tag.removeprefix(TAGS)
        if not tag.startswith(TAGS) or short not in (*_KINDS, "str", "null"):
            raise _unknown_tag(event)
        return short
    if not event.implicit[0] or tag == "!":
        return "str"
    return kind_of_scalar(event.value)


def _scalar(event: Any, tag: str) -> Any:
    if tag == "str":
        return event.value
    if tag in ("int", "float") and len(event.value) > NUMBER_CHARS_MAX:
        raise _refused("holds a number of unreadable length", event.start_mark)
    node = yaml.ScalarNode(TAGS + tag, event.value, event.start_mark, event.end_mark)
    try:
        return _SCALARS.yaml_constructors[node.tag](_SCALARS, node)
    except _CONSTRUCTION_ERRORS as error:
        sentence = f"holds a value that cannot be read: {error}"
        raise _refused(sentence, event.start_mark) from error


def _mergeable(value: Any, event: Any) -> list[dict[Any, Any]]:
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(one, dict) for one in values):
        raise _invalid("only mappings can be merged", event.start_mark)
    return values


def mark_of(mark: Any) -> Mark:
    """Return a mark of PyYAML, which counts from 0, as one of ours."""
    return Mark(mark.line + 1, mark.column + 1, mark.index)


def _refused(sentence: str, mark: Any) -> YamlTextError:
    return YamlTextError(sentence, mark.line + 1, mark.column + 1)


def _invalid(said: str, mark: Any) -> YamlTextError:
    sentence = f"is not valid YAML: {said}"
    return YamlTextError(sentence, mark.line + 1, mark.column + 1, said=said)


def _unknown_tag(event: Any) -> YamlTextError:
    tag = event.tag.removeprefix(TAGS)
    return _invalid(f"the tag {tag[:60]} is not read here", event.start_mark)


def _broken(error: yaml.YAMLError) -> YamlTextError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = getattr(error, "problem", None) or getattr(error, "reason", None) or "no YAML"
    said = " ".join(str(said).split())
    if mark is None:
        return YamlTextError(f"is not valid YAML: {said}", said=said)
    return _invalid(said, mark)
