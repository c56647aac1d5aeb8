"""Places: where a value of a YAML text stands. Worked out only for what is reported or mended."""

from __future__ import annotations

from collections.abc import Iterator
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


def find_in_yaml(text: str, path: Path) -> Spot | None:
    """Return where the value at `path` stands, or what encloses it; None in a broken text.

    Where a key is repeated the last one counts, as it does in the value.
    """
    found: Spot | None = None
    try:
        for here, event, key in _places(text):
            if here == path[: len(here)] and len(here) <= len(path):
                found = Spot(
                    mark_of(event.start_mark),
                    mark_of(event.end_mark),
                    mark_of(key.start_mark) if key else None,
                    mark_of(key.end_mark) if key else None,
                    len(here) == len(path),
                )
    except yaml.YAMLError:
        return None
    return found


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
