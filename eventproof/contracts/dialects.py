"""Older drafts of JSON Schema, rewritten as 2020-12.

A schema says what it means in its own draft: keywords that the draft did not know are dropped,
as a validator of that draft ignores them, and siblings of `$ref` go before 2019-09. The official
release notes of each draft are the source of the rewritings.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from eventproof.contracts.keywords import (
    MANY,
    NAMED,
    Schema,
    is_leaf,
    nodes,
    pointer,
    rebuilt,
    steps,
)

LATEST = "https://json-schema.org/draft/2020-12/schema"

_DRAFTS = {
    "json-schema.org/draft-04/schema": "draft4",
    "json-schema.org/schema": "draft7",
    "json-schema.org/draft-06/schema": "draft6",
    "json-schema.org/draft-07/schema": "draft7",
    "json-schema.org/draft/2019-09/schema": "2019-09",
    "json-schema.org/draft/2020-12/schema": "2020-12",
    # Snowplow's self-describing schemas are draft 4 with a `self` that says whose they are.
    "iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0": "draft4",
}
_URIS = {
    "draft4": "http://json-schema.org/draft-04/schema#",
    "draft6": "http://json-schema.org/draft-06/schema#",
    "draft7": "http://json-schema.org/draft-07/schema#",
    "2019-09": "https://json-schema.org/draft/2019-09/schema",
    "2020-12": LATEST,
}
_TOO_OLD = re.compile(r"://(?:www\.)?json-schema\.org/draft-0([0-3])/")
"""Drafts with `extends`, `disallow`, `divisibleBy` and another `required`: they are not read."""
_SINCE_2020 = frozenset({"prefixItems", "$dynamicRef", "$dynamicAnchor"})
_SINCE_2019 = _SINCE_2020 | {
    "$anchor", "dependentRequired", "dependentSchemas", "maxContains", "minContains",
    "unevaluatedItems", "unevaluatedProperties",
}  # fmt: skip
_SINCE_7 = _SINCE_2019 | {"if", "then", "else"}
_SINCE_6 = _SINCE_7 | {"const", "contains", "propertyNames"}
_UNKNOWN_TO = {
    "draft4": _SINCE_6, "draft6": _SINCE_7, "draft7": _SINCE_2019, "2019-09": _SINCE_2020,
}  # fmt: skip
_BOUNDS = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
_REWRITTEN = {
    dialect: unknown | {
        "$id", "$recursiveAnchor", "$recursiveRef", "$ref", "additionalItems", "definitions",
        "dependencies", "exclusiveMaximum", "exclusiveMinimum", "id", "items",
    }
    for dialect, unknown in _UNKNOWN_TO.items()
}  # fmt: skip
"""What a schema of each draft has to have for anything of it to be rewritten."""
_BESIDE_REF = frozenset({"$ref", "$schema", "$comment", "$defs", "definitions"})
"""What stays beside a `$ref` before 2019-09: nothing that accepts or rejects."""


def dialect_of(schema: Schema) -> str:
    """Return the draft a schema is written in: what `$schema` says, else what its keywords show.

    Without `$schema` a boolean bound means draft 4, a list under `items` or `dependencies` means
    draft 7, and anything else 2020-12.
    """
    named = declared_dialect(schema)
    if named:
        return named
    inner = nodes(schema)
    if any(isinstance(n.get(k), bool) for n in inner for k in _BOUNDS):
        return "draft4"
    if any(isinstance(n.get("items"), list) or "dependencies" in n for n in inner):
        return "draft7"
    return "2020-12"


def declared_dialect(schema: Schema) -> str | None:
    """Return the draft that `$schema` names, or None where it names none that is known."""
    uri = schema.get("$schema") if isinstance(schema, dict) else None
    if not isinstance(uri, str):
        return None
    return _DRAFTS.get(uri.split("://")[-1].removeprefix("www.").rstrip("#/"))


def too_old(schema: Schema) -> str | None:
    """Say so where `$schema` names a draft before 4, which is not read as if it were another."""
    uri = schema.get("$schema") if isinstance(schema, dict) else None
    found = _TOO_OLD.search(uri) if isinstance(uri, str) else None
    return f"draft {found[1]} is not supported, draft 4 to 2020-12 are" if found else None


def declared_as(schema: Schema, dialect: str) -> dict[str, Any]:
    """Return the same schema with a `$schema` that names `dialect`, for its validators."""
    body = schema if isinstance(schema, dict) else ({} if schema else {"not": {}})
    return {"$schema": _URIS[dialect], **{k: v for k, v in body.items() if k != "$schema"}}


def upgrade(schema: Schema) -> dict[str, Any]:
    """Return the schema as draft 2020-12, meaning the same.

    Drafts 4, 6, 7 and 2019-09 are rewritten; `$recursiveRef` becomes a plain reference, which is
    what it means wherever no `$recursiveAnchor` is overridden. Nothing is fetched.
    """
    dialect = dialect_of(schema)
    if not isinstance(schema, dict):
        return declared_as(schema, "2020-12")
    upgraded = _upgraded(schema, dialect, schema) if dialect != "2020-12" else schema
    assert isinstance(upgraded, dict)
    if any("$schema" in node for node in nodes(upgraded)[1:]):
        upgraded = rebuilt(upgraded, _without_schema)
    return declared_as(upgraded, "2020-12")


def _without_schema(schema: Schema) -> Schema:
    """Drop `$schema` below the root, where pasted documents carry it and it means nothing."""
    if not isinstance(schema, dict):
        return schema
    kept = schema if "$id" in schema else {k: v for k, v in schema.items() if k != "$schema"}
    return rebuilt(kept, _without_schema)


def moved(reference: str, document: Schema) -> str:
    """Return a reference into a document as it must be once the document is upgraded."""
    return reference if dialect_of(document) == "2020-12" else _moved(reference, document)


def _upgraded(schema: Schema, dialect: str, document: Schema) -> Schema:
    if not isinstance(schema, dict):
        return schema
    if _REWRITTEN[dialect].isdisjoint(schema):
        if is_leaf(schema):
            return schema
        return rebuilt(schema, lambda sub: _upgraded(sub, dialect, document))
    kept = {k: v for k, v in schema.items() if k not in _UNKNOWN_TO[dialect]}
    if dialect != "2019-09" and isinstance(kept.get("$ref"), str):
        kept = {k: v for k, v in kept.items() if k in _BESIDE_REF}
    kept = rebuilt(kept, lambda sub: _upgraded(sub, dialect, document))
    kept = _tuples(_identity(kept, "id" if dialect == "draft4" else "$id"))
    if dialect == "draft4":
        kept = _bounds(kept)
    if dialect != "2019-09":
        kept = _dependencies(kept)
    for key in ("$ref", "$recursiveRef"):
        if isinstance(kept.get(key), str):
            kept["$ref"] = _moved(kept.pop(key), document)
    if "definitions" in kept:
        kept["$defs"] = {**kept.pop("definitions"), **kept.get("$defs", {})}
    kept.pop("$recursiveAnchor", None)
    return kept


def _identity(schema: dict[str, Any], name: str) -> dict[str, Any]:
    """`id` of draft 4 is `$id`; an `$id` that is only a fragment was how anchors were written."""
    identity = schema.get(name)
    if not isinstance(identity, str):
        return schema
    rest = {k: v for k, v in schema.items() if k != name}
    if identity.startswith("#"):
        return {"$anchor": identity[1:], **rest} if len(identity) > 1 else rest
    return {"$id": identity.removesuffix("#"), **rest}


def _bounds(schema: dict[str, Any]) -> dict[str, Any]:
    """In draft 4 `exclusiveMinimum: true` made `minimum` exclusive."""
    result = dict(schema)
    for exclusive, bound in _BOUNDS.items():
        flag = result.get(exclusive)
        if isinstance(flag, bool):
            result.pop(exclusive)
            if flag and bound in result:
                result[exclusive] = result.pop(bound)
    return result


def _tuples(schema: dict[str, Any]) -> dict[str, Any]:
    """Make `prefixItems` of a list under `items`; `additionalItems` meant nothing without."""
    result = dict(schema)
    rest = result.pop("additionalItems", None)
    if isinstance(result.get("items"), list):
        prefix = result.pop("items")
        if prefix:
            result["prefixItems"] = prefix
        if rest is not None:
            result["items"] = rest
    return result


def _dependencies(schema: dict[str, Any]) -> dict[str, Any]:
    """`dependencies` was one keyword for what are two now."""
    if not isinstance(schema.get("dependencies"), dict):
        return schema
    result = {k: v for k, v in schema.items() if k != "dependencies"}
    names = {k: v for k, v in schema["dependencies"].items() if isinstance(v, list)}
    # Draft 4 had a third form, never in its standard but common: a single name.
    names |= {k: [v] for k, v in schema["dependencies"].items() if isinstance(v, str)}
    schemas = {k: v for k, v in schema["dependencies"].items() if isinstance(v, dict | bool)}
    if names:
        result["dependentRequired"] = names
    if schemas:
        result["dependentSchemas"] = schemas
    return result


def _moved(reference: str, document: Schema) -> str:
    """Point a reference into the document to where its target stands after the upgrade."""
    if not reference.startswith("#/"):
        return reference
    result: list[str] = []
    node: Any = document
    is_name = False  # whether the next step is a name or an index under the last keyword
    for step in steps(reference):
        result.append(step if is_name else _renamed(step, node))
        node = _child(node, step)
        is_name = not is_name and (step in NAMED or (step in MANY and isinstance(node, list)))
    return "#" + quote(pointer(tuple(result)), safe="/~$")


def _renamed(keyword: str, node: Any) -> str:
    if keyword == "definitions":
        return "$defs"
    value = _child(node, keyword)
    if keyword == "items" and isinstance(value, list):
        return "prefixItems"
    if keyword == "additionalItems":
        return "items"
    return "dependentSchemas" if keyword == "dependencies" else keyword


def _child(node: Any, step: str) -> Any:
    if isinstance(node, list):
        return node[int(step)] if step.isdigit() and int(step) < len(node) else None
    return node.get(step) if isinstance(node, dict) else None
