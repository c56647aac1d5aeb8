"""Pairs of versions at random, in the manners of three families of event schemas.

Snowplow's Iglu: draft 4, closed, null in the unions. Wikimedia: draft 7, maps, fragments in
`allOf`, patterned names. Confluent: open, closed and partly open objects, and combinations.
"""

import copy
import random

from event_schemas import SELF_DESCRIBING

NAMES = ("id", "meta", "x_note", "tags")
FORMATS = ("date-time", "uri", "uri-reference", "ipv4", "uuid", "email")
PATTERNS = ("^[a-z]+$", "^[A-Z]{3}$", "^(mw|ext)\\.[a-z.]+$", "^[0-9a-f]{4}$", "\\d+")


def scalar(rng, *, draft_4):
    """A string, a number, a list of values, or a switch; sometimes nullable."""
    kind = rng.choice(("text", "text", "number", "values", "boolean"))
    null = ["null"] if rng.random() < 0.4 else []
    if kind == "values":
        return {
            "enum": [*rng.sample(["a", "b", "c", 1], rng.randint(1, 3)), *([None] * len(null))]
        }
    if kind == "boolean":
        return {"type": ["boolean", *null]}
    if kind == "text":
        more = rng.choice(
            ({}, {"maxLength": rng.choice((5, 64))}, {"minLength": rng.randint(0, 2)},
             {"format": rng.choice(FORMATS), "maxLength": 128},
             {"pattern": rng.choice(PATTERNS)})
        )  # fmt: skip
        return {"type": ["string", *null], **more}
    limits = {"minimum": rng.choice((0, 1)), "maximum": rng.choice((10, 2147483647))}
    strict = {"exclusiveMinimum": True} if draft_4 and rng.random() < 0.3 else {}
    return {"type": [rng.choice(("integer", "number")), *null], **limits, **strict}


def nested(rng, depth, *, draft_4):
    """A property's schema: most often a scalar."""
    kind = rng.choice(("scalar", "scalar", "array", "map", "object")) if depth else "scalar"
    if kind == "array":
        bound = {"minItems": 1} if rng.random() < 0.3 else {"uniqueItems": rng.random() < 0.3}
        return {"type": "array", "items": nested(rng, depth - 1, draft_4=draft_4), **bound}
    if kind == "map":
        return {"type": "object", "additionalProperties": scalar(rng, draft_4=draft_4)}
    if kind == "object":
        return record(rng, depth - 1, draft_4=draft_4)
    return scalar(rng, draft_4=draft_4)


def record(rng, depth, *, draft_4, closed=None):
    """An object with some of the names; open, closed, or partly open."""
    names = rng.sample(NAMES, rng.randint(1, len(NAMES)))
    schema = {
        "type": "object",
        "properties": {name: nested(rng, depth, draft_4=draft_4) for name in names},
    }
    required = [name for name in names if rng.random() < 0.3]
    if required:
        schema["required"] = required
    if closed or (closed is None and rng.random() < 0.4):
        schema["additionalProperties"] = False
    if rng.random() < 0.2:
        schema["patternProperties"] = {"^x_": scalar(rng, draft_4=draft_4)}
    return schema


def snowplow(rng):
    return {"$schema": SELF_DESCRIBING, **record(rng, 2, draft_4=True, closed=True)}


def wikimedia(rng):
    parts = [record(rng, 2, draft_4=False, closed=False) for _ in range(rng.randint(1, 2))]
    schema = {"$schema": "http://json-schema.org/draft-07/schema#", "allOf": parts}
    if rng.random() < 0.3:
        schema["dependencies"] = {"id": ["meta"]}
    return schema


def confluent(rng):
    parts = [nested(rng, 2, draft_4=False) for _ in range(rng.randint(1, 3))]
    word = rng.choice(("oneOf", "anyOf", "allOf"))
    schema = {"type": "object", "properties": {"id": {word: parts}, "meta": parts[0]}}
    if rng.random() < 0.3:
        schema["properties"]["tags"] = {"not": parts[-1]}
    return {"$schema": "http://json-schema.org/draft-07/schema#", **schema}


FAMILIES = {"snowplow": snowplow, "wikimedia": wikimedia, "confluent": confluent}


def pairs(family, count, seed=7):
    """Yield schemas and their next versions: one place changed, or written anew."""
    rng = random.Random(seed)
    for _ in range(count):
        old = FAMILIES[family](rng)
        new = FAMILIES[family](rng) if rng.random() < 0.2 else copy.deepcopy(old)
        holders = [new, *new.get("allOf", ())]
        holder = rng.choice([one for one in holders if "properties" in one])
        name = rng.choice(NAMES)
        if rng.random() < 0.3:
            holder["properties"].pop(name, None)
        else:
            holder["properties"][name] = nested(rng, 2, draft_4=family == "snowplow")
        yield old, new


def payload(rng, depth=2):
    """A value that such schemas may be about."""
    if depth and rng.random() < 0.5:
        return {name: payload(rng, depth - 1) for name in (*NAMES, "x_b") if rng.random() < 0.5}
    if depth and rng.random() < 0.3:
        return [payload(rng, depth - 1) for _ in range(rng.randint(0, 2))]
    return rng.choice(("a", "b", "", "ABC", "mw.a", "00ff", 0, 1, 0.5, 11, True, None, "x" * 70))
