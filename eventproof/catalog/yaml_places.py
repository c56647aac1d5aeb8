"""Places: where a value of a YAML text stands. Worked out only for what is reported or mended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from eventproof.catalog.yaml_text import DEPTH_MAX, Mark, events_of, mark_of

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a value stands, or the nearest one that encloses it, and the key that names it."""

    value: Mark
    end: Mark
    key: Mark | None
    key_end: Mark | None
    is_exact: bool
    """Whether it is the value itself."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A value as the parser met it."""

    order: int
    event: Any
    key: Any


@dataclass(frozen=True, slots=True)
class YamlIndex:
    """The places of all values of a text, for many questions at the cost of one."""

    _entries: Mapping[Path, _Entry]

    def find(self, path: Path) -> Spot | None:
        """Return where the value at `path` stands, or what encloses it; None in a broken text.

        Where a key is repeated the last one counts, as it does in the value.
        """
        found, depth = self._entries.get(()), 0
        while found is not None and depth < len(path):
            inner = self._entries.get(path[: depth + 1])
            # What an earlier one of two equal keys held is not part of the value.
            if inner is None or inner.order < found.order:
                break
            found, depth = inner, depth + 1
        return None if found is None else _spot(found, is_exact=depth == len(path))


def index_yaml(text: str) -> YamlIndex:
    """Return the places of a text's values; none at all where it is broken."""
    entries: dict[Path, _Entry] = {}
    try:
        for order, (path, event, key) in enumerate(_places(text)):
            entries[path] = _Entry(order, event, key)
    except yaml.YAMLError:
        return YamlIndex({})
    return YamlIndex(entries)


def find_in_yaml(text: str, path: Path) -> Spot | None:
    """Return where one value of a text stands, as `YamlIndex.find` does."""
    return index_yaml(text).find(path)


def _spot(entry: _Entry, *, is_exact: bool) -> Spot:
    event, key = entry.event, entry.key
    return Spot(
        value=mark_of(event.start_mark),
        end=mark_of(event.end_mark),
        key=mark_of(key.start_mark) if key else None,
        key_end=mark_of(key.end_mark) if key else None,
        is_exact=is_exact,
    )


def _places(text: str) -> Iterator[tuple[Path, Any, Any]]:
    """Return the path of each value, the event that begins it, and that of its key."""
    path: list[Any] = []
    # Of each open collection: whether it is a mapping, and the event of the key that waits.
    stack: list[tuple[bool, Any]] = []
    for event in events_of(text):
        kind = type(event)
        opens = kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent
        if kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            stack.pop()
            path.pop()
            _step(stack, path)
        elif opens or kind is yaml.ScalarEvent or kind is yaml.AliasEvent:
            is_mapping, key = stack[-1] if stack else (False, None)
            if is_mapping and key is None and not opens:
                stack[-1] = (True, event)
                path[-1] = getattr(event, "value", "")
                continue
            yield tuple(path), event, key
            if opens:
                if len(stack) > DEPTH_MAX:
                    return  # such a text was refused; its paths would be endless
                stack.append((kind is yaml.MappingStartEvent, None))
                path.append("" if kind is yaml.MappingStartEvent else 0)
            else:
                _step(stack, path)


def _step(stack: list[tuple[bool, Any]], path: list[Any]) -> None:
    """Go on to what follows a finished value."""
    if not stack:
        return
    if stack[-1][0]:
        stack[-1] = (True, None)
    else:
        path[-1] += 1
