"""What OpenAPI and AsyncAPI mean by a schema, said in JSON Schema.

OpenAPI 3.1 and later write draft 2020-12, unless `jsonSchemaDialect` names another; OpenAPI 3.0
and Swagger 2.0 an extended subset of draft 4; AsyncAPI draft 7, or what `schemaFormat` names.
Source: the specifications, chapters "Schema Object" and, of AsyncAPI, "Multi Format Schema".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from eventproof.contracts.dialects import declared_dialect

Role = Literal["request", "response"]

OPENAPI_3_0 = "openapi-3.0"
"""The dialect of OpenAPI 3.0 and of Swagger 2.0: draft 4 once `in_json_schema` has read it."""

_WORDS = frozenset({"discriminator", "example", "externalDocs", "nullable", "xml"})
"""Keywords of OpenAPI that say nothing of which payloads there are, once `nullable` is read."""

_NATIVE = ("avro", "protobuf", "raml", "json;version=draft-03")
"""What stands in a `schemaFormat` that is no JSON Schema, or none that is read."""

_HIDDEN: Mapping[Role, str] = {"request": "readOnly", "response": "writeOnly"}


def dialect_in(document: Any, fallback: str) -> str:
    """Return the dialect that a file's schemas are written in: `openapi-3.0` or a draft.

    `fallback` where the file does not say, as AsyncAPI leaves it to each message.
    """
    if not isinstance(document, dict):
        return fallback
    if "swagger" in document or str(document.get("openapi", "")).startswith("3.0"):
        return OPENAPI_3_0
    if "openapi" in document:
        named = document.get("jsonSchemaDialect")
        return declared_dialect({"$schema": named}) or "2020-12"
    return declared_dialect(document) or fallback


def dialect_of_format(name: Any, fallback: str) -> str | None:
    """Return the dialect that a `schemaFormat` names; None where it is no JSON Schema."""
    text = str(name or "").lower()
    if any(word in text for word in _NATIVE):
        return None
    if "openapi" in text:
        return OPENAPI_3_0 if "version=3.0" in text or "version=2" in text else "2020-12"
    drafts = {"draft-04": "draft4", "draft-06": "draft6", "draft-07": "draft7"}
    drafts |= {"2019-09": "2019-09", "2020-12": "2020-12"}
    return next((draft for mark, draft in drafts.items() if mark in text), fallback)


def in_json_schema(schema: dict[str, Any], dialect: str, role: Role) -> dict[str, Any]:
    """Return one schema in the words of JSON Schema, those inside it left as they are."""
    plain = {k: v for k, v in schema.items() if not (k in _WORDS or k.startswith("x-"))}
    hidden = _hidden(schema, _HIDDEN[role])
    if hidden and isinstance(plain.get("required"), list):
        plain["required"] = [name for name in plain["required"] if name not in hidden]
    if dialect != OPENAPI_3_0:
        return plain
    if plain.get("required") == []:
        del plain["required"]  # draft 4 wants one name at least
    if plain.get("type") == "file":
        del plain["type"]  # Swagger's word for what is no JSON
    is_nullable = schema.get("nullable") is True or schema.get("x-nullable") is True
    if is_nullable and isinstance(plain.get("type"), str):
        plain["type"] = [plain["type"], "null"]
    return plain


def _hidden(schema: dict[str, Any], mark: str) -> set[str]:
    """Return the properties that are required in the other direction only."""
    properties = schema.get("properties")
    pairs = properties.items() if isinstance(properties, dict) else ()
    return {name for name, sub in pairs if isinstance(sub, dict) and sub.get(mark) is True}
