"""A reader that fills in defaults: it requires no property that has one.

`filled(schema)` accepts what the reader accepts after it put the `default` of each missing
property in its place (the reading of schema registries; a validator leaves payloads alone). A
requirement stays where the default itself would be rejected, where filling it in could break
another rule of the object, and where the schema counts against (`not`, `if`, `oneOf`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from eventproof.contracts.keywords import Schema, pointer, relocated, walk
from eventproof.contracts.validation import UncheckableError, accepts

_AGAINST = frozenset({"not", "if", "oneOf", "contains", "propertyNames"})
_IN_PLACE = frozenset({"allOf", "anyOf", "then", "else"})
_GUARDS = frozenset({"maxProperties", "dependentRequired", "dependentSchemas", *_AGAINST})
"""Keywords that may mind that a property is there."""


def filled(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the 2020-12 schema of what a reader accepts that fills in defaults."""
    relaxing = _Relaxing(schema, keeps_definitions=any(_reaches_guarded(schema)))
    relaxed = relaxing.relaxed(schema, (), guarded=False)
    assert isinstance(relaxed, dict)
    return relaxed


def _reaches_guarded(document: Schema) -> Iterator[bool]:
    """Yield True where a definition may be used in a place that counts against, or is guarded."""
    for _, node in walk(document):
        if isinstance(node, dict) and node.keys() & _GUARDS:
            used = [node.get(key) for key in (*_AGAINST, *_IN_PLACE)]
            used += [node] if "$ref" in node else []
            yield any("$ref" in str(part) for part in used if part is not None)


@dataclass(frozen=True, slots=True)
class _Relaxing:
    """One document on its way to being relaxed."""

    document: dict[str, Any]
    keeps_definitions: bool

    def relaxed(self, schema: Schema, path: tuple[str | int, ...], *, guarded: bool) -> Schema:
        """Return a schema that requires nothing that is filled in."""
        if not isinstance(schema, dict):
            return schema
        guarded = guarded or bool(schema.keys() & _GUARDS)
        result = {
            key: self._keyword(key, value, (*path, key), guarded=guarded)
            for key, value in schema.items()
        }
        if not guarded and isinstance(schema.get("required"), list):
            result["required"] = [
                n for n in schema["required"] if not self._fills(schema, path, n)
            ]
            if not result["required"]:
                del result["required"]
        return result

    def _keyword(self, key: str, value: Any, path: tuple[str | int, ...], *, guarded: bool) -> Any:
        if key in _IN_PLACE:
            return self._each(value, path, guarded=guarded)
        if key in ("properties", "patternProperties", "prefixItems"):
            return self._each(value, path, guarded=False)
        if key in ("items", "additionalProperties", "unevaluatedProperties"):
            return self.relaxed(value, path, guarded=False)
        if key in ("$defs", "definitions") and not self.keeps_definitions:
            return self._each(value, path, guarded=False)
        return value

    def _each(self, value: Any, path: tuple[str | int, ...], *, guarded: bool) -> Any:
        if isinstance(value, list):
            return [
                self.relaxed(sub, (*path, index), guarded=guarded)
                for index, sub in enumerate(value)
            ]
        if isinstance(value, dict) and path[-1] not in ("then", "else"):
            return {
                name: self.relaxed(sub, (*path, name), guarded=guarded)
                for name, sub in value.items()
            }
        return self.relaxed(value, path, guarded=guarded)

    def _fills(self, schema: dict[str, Any], path: tuple[str | int, ...], name: Any) -> bool:
        """Whether a property has a default that its own schema accepts."""
        properties = schema.get("properties")
        declared = properties.get(name) if isinstance(properties, dict) else None
        if not isinstance(declared, dict) or "default" not in declared:
            return False
        place = pointer((*path, "properties", name))
        document = relocated(self.document, "#/$defs/document")
        own = {"$ref": f"#/$defs/document{place}", "$defs": {"document": document}}
        try:
            return accepts(own, declared["default"])
        except UncheckableError:
            return False
