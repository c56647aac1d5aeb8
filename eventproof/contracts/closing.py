"""The policy `declared`: a writer sends the properties it declares, and no others.

`closed(schema)` accepts a part of what `schema` accepts, always: every change either replaces a
schema by a narrower one where narrower means fewer payloads, or adds a condition. Where a schema
counts against (`not`, `if`, `contains`, `oneOf`), it stays word for word.

A schema that says nothing of objects stays as open as it is, and so does a map: an object with
`additionalProperties: true` or `propertyNames` and no declared property.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from eventproof.contracts.keywords import (
    ANNOTATIONS,
    IN_PLACE,
    Schema,
    at,
    is_schema,
    relocated,
    steps,
    walk,
)

_ORIGINAL = "eventproof-original"
_NESTED = frozenset({"items", "additionalProperties", "unevaluatedProperties", "unevaluatedItems"})
_VERBATIM = frozenset({"not", "if", "contains", "propertyNames"})
_BESIDE_REF = frozenset({"$ref", "$schema", "$id", "$defs", "definitions"})
_REST = ("additionalProperties", "unevaluatedProperties")
_NAMING = frozenset({"properties", "patternProperties", "required", "dependentRequired"})
_OTHER_WAYS = frozenset({"$id", "$anchor", "$dynamicRef", "$dynamicAnchor"})
"""References that are not plain pointers: a document with them is left as it is."""


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the 2020-12 schema of what a writer sends under the policy `declared`."""
    if any(isinstance(n, dict) and n.keys() & _OTHER_WAYS for path, n in walk(schema) if path):
        return schema
    closing = _Closing(schema)
    root = closing.narrowed(schema, sealed=True)
    assert isinstance(root, dict)
    definitions = dict(closing.definitions)
    if closing.original_used:
        definitions[_ORIGINAL] = closing.verbatim(schema)
    return {**root, "$defs": definitions} if definitions else root


@dataclass(slots=True)
class _Closing:
    """One document on its way to being closed."""

    document: dict[str, Any]
    definitions: dict[str, Any] = field(default_factory=dict)
    names: dict[tuple[str, bool], str] = field(default_factory=dict)
    original_used: bool = False

    def narrowed(self, schema: Schema, *, sealed: bool) -> Schema:
        """Return the schema with everything inside it closed, and itself too if `sealed`."""
        if not isinstance(schema, dict):
            return schema
        alone = not schema.keys() - _BESIDE_REF - ANNOTATIONS
        seal = self._seal(schema) if sealed and not alone else {}
        result: dict[str, Any] = {}
        for key, value in schema.items():
            if key == "$ref" and isinstance(value, str):
                result[key] = self._reference(value, sealed=sealed and alone)
            elif key in _REST and value is True:
                continue  # says nothing, and would count everything as declared
            elif key == "oneOf":
                one_of = {"oneOf": [self.verbatim(branch) for branch in value]}
                narrow = {"oneOf": [self.narrowed(branch, sealed=False) for branch in value]}
                # What is denied twice evaluates nothing, as the narrowed branches do already.
                both = [narrow, {"not": {"not": one_of}}]
                result["allOf"] = [*result.get("allOf", ()), *both]
            elif key not in ("$defs", "definitions"):
                inner = self._keyword(key, value)
                result[key] = result[key] + inner if key in result else inner
        return _with(result, seal)

    def _keyword(self, key: str, value: Any) -> Any:
        if key in ("properties", "patternProperties"):
            return {name: self.narrowed(sub, sealed=True) for name, sub in value.items()}
        if key == "prefixItems":
            return [self.narrowed(sub, sealed=True) for sub in value]
        if key in _NESTED and is_schema(value):
            return self.narrowed(value, sealed=True)
        if key in ("allOf", "anyOf"):
            return [self.narrowed(sub, sealed=False) for sub in value]
        if key == "dependentSchemas":
            return {name: self.narrowed(sub, sealed=False) for name, sub in value.items()}
        if key in ("then", "else"):
            return self.narrowed(value, sealed=False)
        return self.verbatim(value) if key in _VERBATIM else value

    def verbatim(self, schema: Schema) -> Schema:
        """Return the schema as it was, its references pointing into the untouched document."""
        moved = relocated(schema, f"#/$defs/{_ORIGINAL}")
        if any(isinstance(node, dict) and "$ref" in node for _, node in walk(moved)):
            self.original_used = True
        return moved

    def _reference(self, reference: str, *, sealed: bool) -> str:
        """Return a reference to a narrowed copy of its target, made once for each kind."""
        target = self._target(reference)
        if target is None:
            return reference
        key = (reference, sealed)
        if key not in self.names:
            self.names[key] = f"eventproof-closed-{len(self.names) + 1}"
            self.definitions[self.names[key]] = self.narrowed(target, sealed=sealed)
        return f"#/$defs/{self.names[key]}"

    def _target(self, reference: str) -> Schema | None:
        if reference != "#" and not reference.startswith("#/"):
            return None
        try:
            target = at(self.document, steps(reference))
        except LookupError:
            return None
        return target if is_schema(target) else None

    def _seal(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the keywords that shut an open object; none where it is to stay open."""
        parts = list(self._in_place(schema, set()))
        if not _is_open_object(schema, parts):
            return {}
        names = {name for part in parts for name in _names(part)}
        declared = {name for part in parts for name in part.get("properties", {})}
        missing = dict.fromkeys(sorted(names - declared), True)
        keyword = "unevaluatedProperties" if schema.keys() & IN_PLACE else "additionalProperties"
        return {"properties": missing, keyword: False}

    def _in_place(self, schema: Schema, seen: set[str]) -> Iterator[dict[str, Any]]:
        """Yield the schema and those that look at the same value, through references."""
        if not isinstance(schema, dict):
            return
        yield schema
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            seen.add(reference)
            yield from self._in_place(self._target(reference) or {}, seen)
        for key in ("allOf", "anyOf", "oneOf"):
            for branch in schema.get(key, []):
                yield from self._in_place(branch, seen)
        conditional = [schema[key] for key in ("if", "then", "else") if key in schema]
        for sub in (*conditional, *schema.get("dependentSchemas", {}).values()):
            yield from self._in_place(sub, seen)


def _is_open_object(schema: dict[str, Any], parts: list[dict[str, Any]]) -> bool:
    types = schema.get("type")
    if types is not None and "object" not in ([types] if isinstance(types, str) else types):
        return False
    if any(schema.get(key, True) is not True for key in _REST):
        return False
    names = {name for part in parts for name in _names(part)}
    patterns = any(part.get("patternProperties") for part in parts)
    if names or patterns:
        fewest = max(part.get("minProperties", 0) for part in parts)
        return patterns or fewest <= len(names)
    says_map = (*_REST, "propertyNames", "minProperties")
    is_map = any(key in part for part in parts for key in says_map)
    return not is_map and any(_says_object(part) for part in parts)


def _says_object(part: dict[str, Any]) -> bool:
    return part.get("type") == "object" or bool(part.keys() & _NAMING)


def _names(part: dict[str, Any]) -> Iterator[str]:
    yield from part.get("properties", {})
    yield from part.get("required", [])
    for name, others in part.get("dependentRequired", {}).items():
        yield from (name, *others)


def _with(schema: dict[str, Any], seal: dict[str, Any]) -> dict[str, Any]:
    if not seal:
        return schema
    properties = {**schema.get("properties", {}), **seal["properties"]}
    result = {**schema, **seal, "properties": properties}
    return result if properties else {k: v for k, v in result.items() if k != "properties"}
