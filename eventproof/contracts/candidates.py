"""Payloads that a writer may send and a reader may reject, built from both schemas.

For every place where the reader could be stricter there is one edit of a small valid payload:
a property left out, a value past a bound, another type, one item more. The search counts its
steps, so that it is the same on every machine; the clock only ends what would take too long.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations, islice
from typing import TYPE_CHECKING, Any

from eventproof.contracts.cases import (
    Case,
    Cases,
    both,
    item_schema,
    kinds,
    property_schema,
    rest_schema,
)
from eventproof.contracts.clock import now_s
from eventproof.contracts.keywords import Schema, relocated
from eventproof.contracts.patterns import matching
from eventproof.contracts.scalars import LINES, cost, near_counts, numbers, size_within, strings

if TYPE_CHECKING:
    import jsonschema_rs

DEPTH_LIMIT = 7
"""How deep payloads are built; deeper optional places are left out."""

NAMES_LIMIT = 120
"""How many properties of one object are looked at."""

TELLING_LIMIT = 8
"""How many values that the reader rejects are kept for one place."""

NEUTRAL_LIMIT = 4
"""How many values that both accept are kept for one place."""

PAIRS_LIMIT = 14
"""How many edits of one payload are tried two at a time, for readers with branches."""

SIZE_LIMIT = 5_000
"""How large a payload may grow, as `cost` counts: nested bounds multiply."""

HOME = "urn:eventproof:pair"
"""Where the document that holds both schemas is known to stand."""


def pair(writer: Schema, reader: Schema) -> tuple[Schema, Schema, dict[str, Any]]:
    """Both schemas with references into one document that holds both, and that document."""
    writer = relocated(writer, f"{HOME}#/$defs/writer")
    reader = relocated(reader, f"{HOME}#/$defs/reader")
    return writer, reader, {"$defs": {"writer": writer, "reader": reader}}


@dataclass(slots=True)
class Candidates:
    """One search; `steps_left` bounds how many values it builds altogether."""

    document: dict[str, Any]
    registry: jsonschema_rs.Registry
    steps_left: int
    deadline: float
    """On the CPU clock of the thread, in seconds."""
    _known: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    _validators: dict[str, jsonschema_rs.Validator | None] = field(default_factory=dict)

    @classmethod
    def between(cls, document: dict[str, Any], *, steps: int, deadline: float) -> Candidates:
        """Return a search over a document made by `pair`."""
        import jsonschema_rs

        registry = jsonschema_rs.Registry([(HOME, document)], draft=jsonschema_rs.Draft202012)
        return cls(document, registry, steps, deadline)

    def values(self, writer: Schema, reader: Schema, depth: int = 0) -> Iterator[Any]:
        """Payloads to try, simple ones of each kind first, with repetitions."""
        if depth > DEPTH_LIMIT:
            return
        readers = self._cases.of(reader)
        for case in self._cases.of(writer):
            if "enum" in case:
                yield from self._spend(case["enum"])
                continue
            for kind in kinds(case):
                yield from self._spend(self._of_kind(kind, case, readers, depth))
        for narrower, rest in self._twists(reader, readers):
            yield from self.values(both(writer, narrower), rest, depth + 1)

    @property
    def _cases(self) -> Cases:
        return Cases(self.document)

    def _spend(self, values: Iterable[Any]) -> Iterator[Any]:
        for value in values:
            if self.steps_left <= 0 or now_s() > self.deadline:
                return
            size = size_within(value, SIZE_LIMIT)
            self.steps_left -= 1 + size // 10
            if size <= SIZE_LIMIT:
                yield value

    def _twists(self, reader: Schema, cases: list[Case]) -> Iterator[tuple[Schema, Schema]]:
        """Pairs: what to demand of the payload besides, and what it should then break."""
        for case in cases:
            yield from ((negated, True) for negated in case.get("nots", ()))
            for name, schema in case.get("dependentSchemas", {}).items():
                yield {"required": [name]}, schema
        for part in self._conjuncts(reader, 0):
            for one, other in islice(combinations(part.get("oneOf", ()), 2), 6):
                yield both(one, other), True
            if "if" in part:
                yield part["if"], part.get("then", True)
                yield {"not": part["if"]}, part.get("else", True)

    def _conjuncts(self, schema: Schema, depth: int) -> Iterator[dict[str, Any]]:
        """Yield the schema and what it demands besides, through `$ref` and `allOf`."""
        if not isinstance(schema, dict) or depth > DEPTH_LIMIT:
            return
        yield schema
        for part in schema.get("allOf", ()):
            yield from self._conjuncts(part, depth + 1)
        if isinstance(schema.get("$ref"), str):
            yield from self._conjuncts(self._cases.target(schema["$ref"]), depth + 1)

    def _of_kind(self, kind: str, case: Case, readers: list[Case], depth: int) -> Iterator[Any]:
        if kind == "object":
            yield from self._objects(case, readers, depth)
        elif kind == "array":
            yield from self._arrays(case, readers, depth)
        elif kind == "string":
            yield from strings(case, readers)
        elif kind in ("integer", "number"):
            yield from numbers(case, readers, whole=kind == "integer")
        else:
            yield from (True, False) if kind == "boolean" else (None,)
        for reader in readers:
            yield from reader.get("enum", ())

    def proposals(self, writer: Schema, reader: Schema, depth: int) -> list[Any]:
        """Return a few valid values for one place: those that the reader rejects, then others."""
        key = (_text(writer), _text(reader))
        if key not in self._known:
            self._known[key] = []  # what a recursive schema sees of itself
            valid = [v for v in self.values(writer, reader, depth) if self._accepts(writer, v)]
            ranked = sorted(_distinct(valid), key=cost)
            judged = [(v, self._accepts(reader, v)) for v in ranked]
            telling = [v for v, accepted in judged if not accepted]
            neutral = [v for v, accepted in judged if accepted]
            self._known[key] = telling[:TELLING_LIMIT] + neutral[:NEUTRAL_LIMIT]
        return self._known[key]

    def simple(self, schema: Schema, depth: int) -> list[Any]:
        """Return a few of the smallest valid values; none where none was found."""
        return self.proposals(schema, True, depth)

    def _accepts(self, schema: Schema, value: Any) -> bool:
        """Whether a schema of the document accepts a value; yes where it does not compile."""
        import jsonschema_rs

        if schema is True:
            return True
        text = _text(schema)
        if text not in self._validators:
            try:
                self._validators[text] = jsonschema_rs.Draft202012Validator(
                    schema, registry=self.registry, validate_formats=False, offline=True
                )
            except ValueError:
                self._validators[text] = None
        validator = self._validators[text]
        return validator is None or validator.is_valid(value)

    def _objects(self, case: Case, readers: list[Case], depth: int) -> Iterator[dict[str, Any]]:
        base: dict[str, Any] = {}
        for name in case.get("required", ()):
            found = self.simple(property_schema(case, name), depth + 1)
            if not found or cost(base) > SIZE_LIMIT:
                return
            base[name] = found[0]
        yield base
        names = _names(case, readers)
        full = dict(base)
        for name in names:
            small = cost(full) <= SIZE_LIMIT
            if small and name in case.get("properties", {}) and name not in full:
                full.update(
                    (name, v) for v in self.simple(property_schema(case, name), depth + 1)[:1]
                )
        yield full
        edits = list(self._edits(case, readers, names, depth))
        for name, value in edits:
            yield {**base, name: value}
            yield {**full, name: value}
        yield from ({k: v for k, v in full.items() if k != name} for name in full)
        for one, other in combinations(_spread(edits), 2):
            yield {**base, one[0]: one[1], other[0]: other[1]}
        yield from _by_count(base, full, case, readers)

    def _edits(
        self, case: Case, readers: list[Case], names: list[str], depth: int
    ) -> Iterator[tuple[str, Any]]:
        """Properties to set: declared ones, and new names where the writer is open."""
        extra = [] if rest_schema(case) is False else _new_names(case, readers)
        patterned = [n for p in case.get("patternProperties", {}) for n in matching(p)[:3]]
        for name in dict.fromkeys((*names, *patterned, *extra)):
            schema = property_schema(case, name)
            if schema is not False:
                asked = [property_schema(reader, name) for reader in readers] or [False]
                found = [v for r in asked for v in self.proposals(schema, r, depth + 1)]
                yield from ((name, value) for value in _distinct(found))

    def _arrays(self, case: Case, readers: list[Case], depth: int) -> Iterator[list[Any]]:
        least = int(case.get("minItems", 0))
        if least > SIZE_LIMIT:
            return
        width = max((len(c.get("prefixItems", ())) for c in (case, *readers)), default=0)
        places = [self._items(case, readers, index, depth) for index in range(width + 1)]
        lengths = {
            0,
            1,
            2,
            width,
            width + 1,
            *near_counts((case, *readers), "minItems", "maxItems"),
        }
        needed = [self.simple(c, depth + 1)[:1] for c in case.get("containing", ())]
        start = [value for found in needed for value in found]
        for length in sorted(n for n in lengths if n >= least):
            yield _filled(start, places, length)
            yield _filled([], places, length, distinct=True)
        for index, values in enumerate(places):
            for value in values:
                row = _filled(start, places, max(least, index + 1), distinct=True)
                yield [*row[:index], value, *row[index + 1 :]]
                yield [*_filled([], places, index), *[value] * max(least - index, 1)]
                yield [*_filled([], places, index), value, value, *start]
        for one, other in combinations(places[-1][:PAIRS_LIMIT], 2):
            yield [*_filled(start, places, max(width, least - 2)), one, other]

    def _items(self, case: Case, readers: list[Case], index: int, depth: int) -> list[Any]:
        schema = item_schema(case, index)
        if schema is False:
            return []
        asked = [item_schema(reader, index) for reader in readers] or [False]
        asked += [sub for reader in readers for sub in reader.get("containing", ())]
        found = [v for reader in asked for v in self.proposals(schema, reader, depth + 1)]
        return _distinct(found)


def _names(case: Case, readers: list[Case]) -> list[str]:
    """Return the property names that either side mentions."""
    names: dict[str, None] = {}
    for one in (case, *readers):
        for key in ("properties", "required", "dependentRequired", "dependentSchemas"):
            names.update(dict.fromkeys(one.get(key, ())))
        for others in one.get("dependentRequired", {}).values():
            names.update(dict.fromkeys(others))
    return list(names)[:NAMES_LIMIT]


def _new_names(case: Case, readers: list[Case]) -> list[str]:
    """Names that nobody declares, and names that the readers' patterns match."""
    known = _names(case, readers)
    patterns = [p for reader in readers for p in reader.get("patternProperties", {})]
    patterned = [name for pattern in patterns for name in matching(pattern)[:3]]
    asked = [c["propertyNames"] for c in (case, *readers) if "propertyNames" in c]
    named = [n for sub in asked if isinstance(sub, dict) for n in strings({}, [_flat(sub)])]
    fresh = [name for name in ("a", "b", "other") if name not in known][:2]
    beside = [LINES] if patterns else []
    return list(dict.fromkeys((*fresh, *patterned, *named, *beside)))[:NAMES_LIMIT]


def _flat(schema: dict[str, Any]) -> Case:
    return {**schema, "patterns": [schema["pattern"]] if "pattern" in schema else []}


def _by_count(
    base: dict[str, Any], full: dict[str, Any], case: Case, readers: list[Case]
) -> Iterator[dict[str, Any]]:
    """Payloads with as many properties as a bound asks for, and one more or less."""
    wanted = near_counts((case, *readers), "minProperties", "maxProperties")
    optional = [name for name in full if name not in base]
    for count in wanted:
        chosen = dict(base)
        chosen.update((name, full[name]) for name in optional[: max(0, count - len(base))])
        extra = (f"a{number}" for number in range(1, count + 1))
        chosen.update((name, 0) for name in islice(extra, max(0, count - len(chosen))))
        yield chosen


def _filled(
    start: list[Any], places: list[list[Any]], length: int, *, distinct: bool = False
) -> list[Any]:
    """Return an array of `length` items, each the simplest for its place, or all different."""
    row = list(start[:length])
    size = cost(row)
    prices: dict[int, float] = {}  # by identity: a long row repeats a few values
    while len(row) < length:
        values = places[min(len(row), len(places) - 1)]
        if not values:
            break
        unused = [v for v in values if v not in row] if distinct and len(row) < 50 else []
        value = unused[0] if unused else values[0]
        if id(value) not in prices:
            prices[id(value)] = cost(value)
        size += prices[id(value)]
        if size > SIZE_LIMIT:
            break
        row.append(value)
    return row


def _spread(edits: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Return a few edits with every property among them early on, for trying two at a time."""
    rounds: dict[str, list[tuple[str, Any]]] = {}
    for edit in edits:
        rounds.setdefault(edit[0], []).append(edit)
    ranked = [(place, edit) for group in rounds.values() for place, edit in enumerate(group)]
    return [edit for _, edit in sorted(ranked, key=lambda pair: pair[0])][:PAIRS_LIMIT]


def _distinct(values: Iterable[Any]) -> list[Any]:
    """Return the values in order, each once; 1 and true differ, as they do in JSON."""
    return list({_text(value): value for value in values}.values())


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
