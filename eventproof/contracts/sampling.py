"""Samples: small payloads that a schema accepts, to run a catalog with that has no data.

In goes a contract's schema and a seed, out come payloads that a person can read: values that the
schema lists, its own examples, else texts that bear their field's name. Three things could be
wrong, and are dealt with here: a drawn payload that the schema rejects is dropped, and the
prover's smallest value takes its place where none is left; a schema that refers to itself is
followed only so deep; and a schema that nothing meets has no sample.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from random import Random
from typing import Any

from eventproof.contracts.candidates import pair
from eventproof.contracts.inhabitants import ExhaustedError, Inhabitants
from eventproof.contracts.keywords import Schema, at, bare, steps, value_key
from eventproof.contracts.validation import UncheckableError, fast_validator

TRIES = 3
"""Draws for each sample that is wanted."""

DEPTH_LIMIT = 6
"""Below this depth only what is required is drawn."""

STEPS_LIMIT = 5_000
"""Sub-schemas that one draw looks at."""

LENGTH_LIMIT = 10_000
"""Characters of a text, and items of an array, that are drawn at most."""

SEARCH_S = 5.0
"""How long the prover may look for one value, in seconds."""

_FORMATS = {
    "date-time": "2024-01-{day:02d}T12:00:00Z",
    "date": "2024-01-{day:02d}",
    "time": "12:00:{day:02d}Z",
    "duration": "P{day}D",
    "email": "customer-{day}@example.com",
    "uuid": "00000000-0000-4000-8000-0000000000{day:02d}",
    "uri": "https://example.com/{day}",
    "uri-reference": "/{day}",
    "hostname": "host-{day}.example.com",
    "ipv4": "192.0.2.{day}",
    "ipv6": "2001:db8::{day}",
}
"""Texts of JSON Schema's formats; the addresses are those kept for documentation."""


def samples(schema: dict[str, Any], *, count: int, seed: str) -> tuple[Any, ...]:
    """Return at most `count` different payloads that a draft 2020-12 schema accepts.

    The same for the same seed. Empty where the schema is none, or no payload of it was found.
    """
    try:
        validator = fast_validator(schema)
    except UncheckableError:
        return ()
    drawing = _Drawing(schema, Random(seed))  # noqa: S311 - a seeded simulation
    found: dict[str, Any] = {}
    for _ in range(TRIES * count):
        try:
            drawing.steps_left = STEPS_LIMIT
            payload = drawing.value(schema, "payload", 0)
        except ExhaustedError:
            return ()  # too wide to be drawn, and so to be searched or validated
        except (RecursionError, OverflowError):
            break  # it leads into itself, or has numbers that are none: the prover's affair
        if validator.is_valid(payload):
            found.setdefault(value_key(payload), payload)
        if len(found) == count:
            break
    return tuple(found.values()) or _smallest(schema)


def _smallest(schema: Schema) -> tuple[Any, ...]:
    """Return the prover's value of a schema, if it finds one."""
    asked, _, document = pair(bare(schema), True)
    search = Inhabitants(document, time.thread_time() + SEARCH_S)
    try:
        found = search.ask(frozenset([search.formulas.literal(asked)]))
    except (ExhaustedError, RecursionError):
        return ()
    good = found.outcome == "value" and fast_validator(schema).is_valid(found.value)
    return (found.value,) if good else ()


@dataclass(slots=True)
class _Drawing:
    """Draws values along the sub-schemas of one document; what it draws may be rejected."""

    document: dict[str, Any]
    random: Random
    steps_left: int = STEPS_LIMIT
    _texts: dict[str, str | None] = field(default_factory=dict)
    """Pattern -> a text that fits."""

    def value(self, schema: Schema, name: str, depth: int) -> Any:
        """Draw a value; `name` is what a text is called."""
        plain = self._flat(schema)
        if "const" in plain:
            return plain["const"]
        listed = plain.get("enum") or plain.get("examples")
        if listed:
            return self.random.choice(listed)
        match self._type(plain):
            case "object":
                return self._object(plain, depth)
            case "array":
                return self._array(plain, name, depth)
            case "integer" | "number" as kind:
                return self._number(plain, whole=kind == "integer")
            case "boolean":
                return self.random.random() < 0.5
            case "null":
                return None
        return self._text(plain, name)

    def _flat(self, schema: Schema) -> dict[str, Any]:
        """Return one schema for a schema with its references and alternatives put in."""
        self.steps_left -= 1
        if self.steps_left < 0:
            raise ExhaustedError
        if isinstance(schema, bool):
            return {}
        flat = {k: v for k, v in schema.items() if k not in ("$ref", "allOf", "anyOf", "oneOf")}
        parts = list(schema.get("allOf", ()))
        choices = (schema[key] for key in ("anyOf", "oneOf") if schema.get(key))
        parts += [self.random.choice(choice) for choice in choices]
        if isinstance(schema.get("$ref"), str):
            parts.append(self._target(schema["$ref"]))
        for part in parts:
            flat = _joined(flat, self._flat(part))
        return flat

    def _target(self, reference: str) -> Schema:
        try:
            target = at(self.document, steps(reference)) if reference.startswith("#") else True
        except (KeyError, IndexError, TypeError, ValueError):
            return True
        return target if isinstance(target, dict | bool) else True

    def _type(self, plain: dict[str, Any]) -> str:
        said = plain.get("type")
        if isinstance(said, list):
            named = [one for one in said if one != "null"] or ["null"]
            return str(self.random.choice(named))
        if said is not None:
            return str(said)
        if "properties" in plain or "required" in plain:
            return "object"
        if "items" in plain or "prefixItems" in plain:
            return "array"
        bounded = plain.keys() & {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
        return "integer" if bounded or "multipleOf" in plain else "string"

    def _object(self, plain: dict[str, Any], depth: int) -> dict[str, Any]:
        properties = plain.get("properties", {})
        required = plain.get("required", ())
        drawn = {}
        for name in dict.fromkeys([*properties, *required]):
            often = 0.8 if depth < 2 else 0.3
            if name in required or (depth < DEPTH_LIMIT and self.random.random() < often):
                drawn[name] = self._item(properties.get(name, True), name, depth)
        return drawn

    def _array(self, plain: dict[str, Any], name: str, depth: int) -> list[Any]:
        first = plain.get("prefixItems", [])
        least = min(int(plain.get("minItems", 0 if depth > 2 else 1)), LENGTH_LIMIT)
        most = int(plain.get("maxItems", least + 1))
        size = self.random.randint(least, max(least, min(most, least + 1)))
        rest = plain.get("items", True)
        return [self._item(first[n] if n < len(first) else rest, name, depth) for n in range(size)]

    def _item(self, schema: Schema, name: str, depth: int) -> Any:
        # Twice the limit: what is required may itself require the like, without end.
        return self.value(schema, name, depth + 1) if depth < 2 * DEPTH_LIMIT else None

    def _number(self, plain: dict[str, Any], *, whole: bool) -> int | float:
        step = plain.get("multipleOf", 1 if whole else 0.01)
        least = plain.get("minimum", plain.get("exclusiveMinimum", 1))
        most = plain.get("maximum", plain.get("exclusiveMaximum", least + 99 * step))
        if "minimum" not in plain and "exclusiveMinimum" not in plain:
            least = min(least, most)
        drawn = least + self.random.randint(0, 99) * step
        if drawn > most or ("exclusiveMaximum" in plain and drawn >= most):
            drawn = least + step if least + step <= most else least
        if "exclusiveMinimum" in plain and drawn <= least:
            drawn = least + step
        drawn = drawn if step != int(step) or drawn == least else (drawn // step) * step
        return int(drawn) if whole else round(float(drawn), 2)

    def _text(self, plain: dict[str, Any], name: str) -> str:
        day = self.random.randint(1, 28)
        if "pattern" in plain:
            return self._fitting(plain) or ""
        form = _FORMATS.get(str(plain.get("format")))
        text = form.format(day=day) if form else f"{name}-{day}"
        longest = plain.get("maxLength")
        if isinstance(longest, int | float) and len(text) > longest:
            text = text[-int(longest) :] if longest else ""
        return text.ljust(min(int(plain.get("minLength", 0)), LENGTH_LIMIT), "x")

    def _fitting(self, plain: dict[str, Any]) -> str | None:
        bounds = ("pattern", "minLength", "maxLength")
        asked: dict[str, Any] = {key: plain[key] for key in bounds if key in plain}
        key = value_key(asked)
        if key not in self._texts:
            found = _smallest({"type": "string", **asked})
            self._texts[key] = found[0] if found else None
        return self._texts[key]


def _joined(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that asks for what both do, as far as a draw needs it."""
    joined = {**second, **first}
    for name in ("properties", "$defs"):
        if name in first and name in second:
            joined[name] = {**second[name], **first[name]}
    if "required" in first and "required" in second:
        joined["required"] = list(dict.fromkeys([*first["required"], *second["required"]]))
    if isinstance(first.get("enum"), list) and isinstance(second.get("enum"), list):
        joined["enum"] = [value for value in first["enum"] if value in second["enum"]]
    return joined


__all__ = ["samples"]
