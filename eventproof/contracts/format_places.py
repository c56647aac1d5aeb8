"""Where in a payload a format is certain, so that a reader's same format there changes nothing.

A place is a way through the payload: into a property by its name, or into all items of an array.
What a writer's schema demands at a place by `properties`, `items`, `allOf` and `$ref` alone holds
for every payload that it accepts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from eventproof.contracts.keywords import IN_PLACE, Schema, at, children, steps

Place = tuple[str, ...]
"""A way through the payload."""

Way = tuple[str, ...]
"""A way through a schema, as a JSON pointer has it: indexes are digits."""

_ITEMS = "items/"
"""The step into an array; a property's name is written with `.` before it."""
_DEPTH_LIMIT = 24
_PLACES_LIMIT = 2_000
_VISITS_LIMIT = 20_000


def certain(schema: dict[str, Any], known: Collection[str]) -> Mapping[Place, frozenset[str]]:
    """Return the formats that every payload of a schema has, by their place."""
    found: dict[Place, frozenset[str]] = {}
    for place, node in _demanded(schema, schema, (), frozenset()):
        name = node.get("format")
        if isinstance(name, str) and name in known:
            found[place] = found.get(place, frozenset()) | {name}
        if len(found) > _PLACES_LIMIT:
            break
    return found


def covered(
    reader: dict[str, Any], assured: Mapping[Place, frozenset[str]], known: Collection[str]
) -> dict[str, Any]:
    """Return the reader without the formats that the writer assures wherever they apply."""
    reached = _Reached(reader)
    reached.enter(reader, (), (), ())
    if reached.left <= 0:
        return reader
    gone = {
        way
        for way, places in reached.places.items()
        if _format(at(reader, way)) in known
        and not any(way[: len(lost)] == lost for lost in reached.lost)
        and all(p is not None and _format(at(reader, way)) in assured.get(p, ()) for p in places)
    }

    def without(node: dict[str, Any], way: Way) -> dict[str, Any]:
        return {k: v for k, v in node.items() if k != "format"} if way in gone else node

    stripped = rewritten(reader, without)
    assert isinstance(stripped, dict)
    return stripped


def rewritten(
    schema: Schema, change: Callable[[dict[str, Any], Way], dict[str, Any]], way: Way = ()
) -> Schema:
    """Return a copy in which every schema, inner ones first, went through `change`."""
    if not isinstance(schema, dict):
        return schema
    result = dict(schema)
    for path, sub in children(schema):
        key = str(path[0])
        inner = rewritten(sub, change, (*way, *map(str, path)))
        if len(path) == 1:
            result[key] = inner
        elif isinstance(result[key], list):
            result[key] = [inner if i == path[1] else s for i, s in enumerate(result[key])]
        else:
            result[key] = {**result[key], str(path[1]): inner}
    return change(result, way)


def _demanded(
    schema: Schema, document: dict[str, Any], place: Place, entered: frozenset[str]
) -> Iterator[tuple[Place, dict[str, Any]]]:
    if not isinstance(schema, dict) or len(place) > _DEPTH_LIMIT:
        return
    yield place, schema
    for branch in schema.get("allOf", ()):
        yield from _demanded(branch, document, place, entered)
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference not in entered:
        target = _target(document, reference)
        if target is not None:
            yield from _demanded(at(document, target), document, place, entered | {reference})
    for name, sub in schema.get("properties", {}).items():
        yield from _demanded(sub, document, (*place, f".{name}"), entered)
    if "prefixItems" not in schema:
        yield from _demanded(schema.get("items", True), document, (*place, _ITEMS), entered)


@dataclass(slots=True)
class _Reached:
    """From which places of a payload each schema of a document is asked."""

    document: dict[str, Any]
    places: dict[Way, set[Place | None]] = field(default_factory=dict)
    lost: set[Way] = field(default_factory=set)
    """Schemas that recursion asks from places without end."""
    left: int = _VISITS_LIMIT
    """How many more visits are paid."""

    def enter(
        self, schema: Schema, way: Way, place: Place | None, entered: tuple[Way, ...]
    ) -> None:
        """Follow a schema and those inside it. The place is None where no way can be named."""
        known = self.places.setdefault(way, set())
        if not isinstance(schema, dict) or place in known or self.left <= 0:
            return
        self.left -= 1
        known.add(place)
        target = _target(self.document, schema.get("$ref"))
        if target is not None and (target in entered or len(entered) > _DEPTH_LIMIT):
            self.lost.add(target)
        elif target is not None:
            self.enter(at(self.document, target), target, place, (*entered, target))
        for path, sub in children(schema):
            step = tuple(map(str, path))
            if step[0] not in ("$defs", "definitions"):
                self.enter(sub, (*way, *step), _inner(schema, place, step), entered)


def _inner(schema: dict[str, Any], place: Place | None, step: Way) -> Place | None:
    """Return the place in the payload that an inner schema looks at, where it can be named."""
    if step[0] in IN_PLACE or step[0] == "not":
        return place
    if place is None:
        return None
    if step[0] == "properties":
        return (*place, f".{step[1]}")
    if step[0] == "items" and "prefixItems" not in schema:
        return (*place, _ITEMS)
    return None


def _target(document: dict[str, Any], reference: Any) -> Way | None:
    if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
        return None
    way = steps(reference)
    try:
        found = at(document, way)
    except LookupError:
        return None
    return way if isinstance(found, dict) else None


def _format(schema: Any) -> Any:
    return schema.get("format") if isinstance(schema, dict) else None
