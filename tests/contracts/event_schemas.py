"""Event schemas as they are written in the field: draft 4, self-describing, wide, and nested."""

import copy

SELF_DESCRIBING = (
    "http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#"
)


def self_describing(properties, *, version="1-0-0", required=(), **more):
    """A closed draft-4 schema in the manner of Snowplow's Iglu."""
    return {
        "$schema": SELF_DESCRIBING,
        "description": f"Version {version} of something that happened",
        "self": {
            "vendor": "com.example",
            "name": "thing_happened",
            "format": "jsonschema",
            "version": version,
        },
        "type": "object",
        "properties": properties,
        **({"required": list(required)} if required else {}),
        "additionalProperties": False,
        **more,
    }


def text(limit, **more):
    return {"type": ["string", "null"], "maxLength": limit, "description": "some text", **more}


def whole(limit=2147483647, **more):
    return {"type": ["integer", "null"], "minimum": 0, "maximum": limit, **more}


def wide_properties():
    """Seventy properties of the usual kinds."""
    found = {
        "id": {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"},
        "created_at": {"type": "string", "format": "date-time"},
        "ip": {"type": ["string", "null"], "format": "ipv4", "maxLength": 15},
        "page_url": {"type": ["string", "null"], "format": "uri", "maxLength": 4096},
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "channel": {"enum": ["web", "app", "store", None]},
        "price": {"type": "number", "minimum": 0, "multipleOf": 0.01},
        "is_test": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string", "maxLength": 32}, "maxItems": 20},
        "address": {
            "type": ["object", "null"],
            "properties": {"city": text(64), "zip": text(10, pattern="^[0-9A-Z -]*$")},
            "additionalProperties": False,
        },
    }
    found |= {f"field_{number}": text(50 + number) for number in range(40)}
    return found | {f"count_{number}": whole() for number in range(20)}


def changed(schema, change):
    """A copy of a schema after a change to its properties."""
    copied = copy.deepcopy(schema)
    change(copied)
    return copied


def wikimedia(version, **properties):
    """An event with a fragment drawn in by allOf, and dependencies, in the manner of Wikimedia."""
    common = {
        "type": "object",
        "properties": {
            "$schema": {"type": "string"},
            "meta": {
                "type": "object",
                "properties": {
                    "dt": {"type": "string", "format": "date-time", "maxLength": 128},
                    "stream": {"type": "string", "minLength": 1},
                    "uri": {"type": "string", "format": "uri-reference", "maxLength": 8192},
                },
                "required": ["stream"],
            },
        },
        "required": ["$schema", "meta"],
    }
    return {
        "title": "mediawiki/thing/happened",
        "$id": f"/mediawiki/thing/happened/{version}",
        "$schema": "http://json-schema.org/draft-04/schema#",
        "id": f"/mediawiki/thing/happened/{version}",
        "allOf": [
            common,
            {
                "type": "object",
                "properties": {
                    "page_id": {"type": "integer", "minimum": 1},
                    "performer": {"$ref": "#/definitions/user"},
                    "rev_sha1": {"type": "string", "pattern": "^[0-9a-z]{31}$"},
                    **properties,
                },
                "required": ["page_id"],
                "patternProperties": {"^x_": {"type": ["string", "null"]}},
                "dependencies": {"rev_sha1": ["performer"]},
            },
        ],
        "definitions": {
            "user": {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "minLength": 1},
                    "groups": {"type": "array", "items": {"type": "string"}},
                    "blocked_by": {"$ref": "#/definitions/user"},
                },
                "required": ["name"],
            }
        },
    }
