"""From a JSON Schema (draft 2020-12) to the dataclasses of its objects.

What has an exact counterpart in Python gets it; everything else is `Any`, since a wrong type is
worse than none. The contract itself is checked where the message travels, not by these classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from eventproof.generators.names import class_name, distinct_names, free_name, literal, singular
from eventproof.generators.shapes import ANY, Field, Model, Shape

NESTING_LEVELS = 24
"""Objects and lists nested deeper than this are `Any`."""

FIELD_RESERVED = frozenset(
    # Names that the class body itself uses; a field so called would hide them.
    {"bool", "classmethod", "dict", "float", "int", "str", "tuple"}
    | {"cls", "from_payload", "self", "to_payload"}
)

_SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}

Schema = Mapping[str, Any]


class Models:
    """Collects the dataclasses of one generated module, whose names it keeps apart."""

    def __init__(self, reserved: frozenset[str]) -> None:
        self._taken = set(reserved)
        self._models: list[Model] = []

    @property
    def models(self) -> tuple[Model, ...]:
        """In the order of definition: a nested class stands before the one that holds it."""
        return tuple(self._models)

    def claim(self, wanted: str) -> str:
        """Take a class name like `wanted` that nobody else in the module has."""
        name = free_name(wanted, self._taken)
        self._taken.add(name)
        return name

    def add(self, model: Model) -> None:
        """Define `model` after all those that are defined by now."""
        self._models.append(model)

    def add_message(
        self,
        schema: Schema | None,
        *,
        name: str,
        doc: tuple[str, ...],
        message: tuple[str, str] | None = None,
    ) -> None:
        """Define the class `name` for a whole payload. None stands for a payload unknown."""
        if schema is None:
            self.add(Model(name, doc, message=message))
            return
        reading = _Reading(self, schema, prefix=name)
        root = reading.object_of(schema)
        if root is None and _says_nothing(schema):
            root = {}
        if root is None:
            whole = reading.shape(schema, owner=name, name="entries")
            self.add(Model(name, doc, message=message, whole=whole))
        else:
            self.add(Model(name, doc, reading.fields(root, owner=name), message))


class _Reading:
    """One document being read: its references, and the classes they became."""

    def __init__(self, models: Models, document: Schema, *, prefix: str) -> None:
        self._models = models
        self._document = document
        self._prefix = prefix
        self._referenced: dict[str, Shape] = {"#": Shape(prefix, "model")}
        self._objects: dict[str, Schema | None] = {}
        self._levels = 0

    def shape(self, schema: Any, *, owner: str, name: str) -> Shape:
        """Find the Python type of `schema`, the property `name` of the class `owner`."""
        if not isinstance(schema, Mapping) or self._levels >= NESTING_LEVELS:
            return ANY
        self._levels += 1
        try:
            return self._shape(schema, owner=owner, name=name)
        finally:
            self._levels -= 1

    def _shape(self, schema: Schema, *, owner: str, name: str) -> Shape:
        if "$ref" in schema:
            return self._reference(schema["$ref"])
        if "const" in schema or "enum" in schema:
            return _literal_shape([schema["const"]] if "const" in schema else schema["enum"])
        branches = schema.get("anyOf", schema.get("oneOf"))
        kinds = schema.get("type")
        if branches is None and isinstance(kinds, list):
            branches = [{**schema, "type": kind} for kind in kinds]
        if branches is not None:
            return self._union(branches, owner=owner, name=name)
        if kinds == "array":
            return self._list(schema, owner=owner, name=name)
        found = self.object_of(schema)
        if found is not None:
            return self._nested(found, wanted=owner + class_name(name))
        return _scalar(kinds)

    def object_of(self, schema: Schema, *, level: int = 0) -> Schema | None:
        """Gather properties and required names through references and `allOf`; else None."""
        merged: dict[str, Any] = {"properties": {}, "required": []}
        _merge(merged, schema)
        parts = [schema["$ref"]] if "$ref" in schema else []
        parts += schema["allOf"] if isinstance(schema.get("allOf"), list) else []
        for part in parts if level < NESTING_LEVELS else ():
            found = None
            if isinstance(part, str):
                found = self._referenced_object(part, level=level + 1)
            elif isinstance(part, Mapping):
                found = self.object_of(part, level=level + 1)
            _merge(merged, found or {})
        is_object = schema.get("type", "object") == "object" and merged["properties"]
        return merged if is_object else None

    def _referenced_object(self, reference: str, *, level: int) -> Schema | None:
        """Find the object behind a reference, looked at once: references may form circles."""
        if reference not in self._objects:
            self._objects[reference] = None
            target = self._target(reference)
            self._objects[reference] = target and self.object_of(target, level=level)
        return self._objects[reference]

    def fields(self, found: Schema, *, owner: str) -> tuple[Field, ...]:
        """Read the attributes of the class `owner`: required ones first, else as authored."""
        properties = found.get("properties", {})
        required = found.get("required", [])
        names = distinct_names(properties, reserved=FIELD_RESERVED)
        fields = [
            Field(
                name=names[key],
                key=key,
                shape=self.shape(schema, owner=owner, name=key),
                required=key in required,
                doc=_description(schema),
            )
            for key, schema in properties.items()
        ]
        return tuple(sorted(fields, key=lambda field: not field.required))

    def _list(self, schema: Schema, *, owner: str, name: str) -> Shape:
        entry = ANY
        if "prefixItems" not in schema:
            entry = self.shape(schema.get("items"), owner=owner, name=singular(name))
        return Shape(f"tuple[{entry.annotation}, ...]", "list", entry)

    def _union(self, branches: Any, *, owner: str, name: str) -> Shape:
        """Unite types that are the same in JSON, or take any one type, and perhaps null."""
        if not isinstance(branches, list):
            return ANY
        others = [branch for branch in branches if not _is_null(branch)]
        if len(others) > 1 and not all(self._is_plain(branch) for branch in others):
            return ANY
        nullable = len(others) < len(branches)
        return _united([self.shape(b, owner=owner, name=name) for b in others], nullable=nullable)

    def _is_plain(self, schema: Any) -> bool:
        """Whether the schema means strings, numbers, booleans or fixed values only."""
        if isinstance(schema, Mapping) and isinstance(schema.get("$ref"), str):
            schema = self._target(schema["$ref"])
        if not isinstance(schema, Mapping):
            return False
        kind = schema.get("type")
        scalar = isinstance(kind, str) and kind in _SCALARS
        return scalar or "const" in schema or "enum" in schema

    def _nested(self, found: Schema, *, wanted: str, reference: str | None = None) -> Shape:
        name = self._models.claim(wanted)
        if reference is not None:
            # Known before its fields are read, since one of them may refer back to it.
            self._referenced[reference] = Shape(name, "model")
        fields = self.fields(found, owner=name)
        self._models.add(Model(name, (f"An object within {self._prefix}.",), fields))
        return Shape(name, "model")

    def _reference(self, reference: Any) -> Shape:
        if not isinstance(reference, str):
            return ANY
        if reference in self._referenced:
            return self._referenced[reference]
        target = self._target(reference)
        if target is None:
            return ANY
        found = self.object_of(target)
        wanted = class_name(unquote(reference.rsplit("/", 1)[-1]))
        if found is None:
            # A recursive type that is no object has no name in Python: it ends in Any.
            self._referenced[reference] = ANY
            shape = self.shape(target, owner=self._prefix, name=wanted)
        else:
            shape = self._nested(found, wanted=self._prefix + wanted, reference=reference)
        self._referenced[reference] = shape
        return shape

    def _target(self, reference: str) -> Schema | None:
        """Follow a reference within the document; None where it leaves it."""
        if not reference.startswith("#"):
            return None
        place: Any = self._document
        for part in unquote(reference[1:]).split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            if isinstance(place, list):
                place = place[int(key)] if key.isdecimal() and int(key) < len(place) else None
            else:
                place = place.get(key) if isinstance(place, Mapping) else None
        return place if isinstance(place, Mapping) else None


def _merge(merged: dict[str, Any], found: Schema) -> None:
    properties, required = found.get("properties"), found.get("required")
    if isinstance(properties, Mapping):
        merged["properties"].update({k: v for k, v in properties.items() if isinstance(k, str)})
    if isinstance(required, list):
        names = [name for name in required if isinstance(name, str)]
        merged["required"] += names
        # A property may be required and nowhere described; it still has to be sent.
        for name in names:
            merged["properties"].setdefault(name, True)


def _scalar(kind: Any) -> Shape:
    if kind == "null":
        return Shape("None", nullable=True)
    return Shape(_SCALARS[kind]) if isinstance(kind, str) and kind in _SCALARS else ANY


def _literal_shape(values: Any) -> Shape:
    """Write `Literal[...]` of strings, integers and booleans; null makes it optional."""
    if not isinstance(values, list) or not values:
        return ANY
    others = [value for value in values if value is not None]
    if not all(isinstance(value, str | bool | int) for value in others):
        return ANY
    if not others:
        return Shape("None", nullable=True)
    listed = ",\n    ".join(dict.fromkeys(map(literal, others)))
    shape = Shape(f"Literal[\n    {listed}\n]")
    return shape.or_none() if None in values else shape


def _is_null(schema: Any) -> bool:
    return isinstance(schema, Mapping) and schema.get("type") == "null"


def _united(shapes: list[Shape], *, nullable: bool) -> Shape:
    """Find one type for all `shapes`, of which none but a lone one is a class or a list."""
    if ANY in shapes:
        return ANY
    if not shapes:
        return Shape("None", nullable=True) if nullable else ANY
    if len(shapes) == 1:
        return shapes[0].or_none() if nullable else shapes[0]
    parts = dict.fromkeys(shape.annotation.removesuffix(" | None") for shape in shapes)
    union = Shape(" | ".join(part for part in parts if part != "None"))
    return union.or_none() if nullable or any(shape.nullable for shape in shapes) else union


def _says_nothing(schema: Schema) -> bool:
    """Whether a payload may be an object of which nothing is known."""
    shaping = {"type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref", "items"}
    return schema.get("type") == "object" or not shaping & set(schema)


def _description(schema: Any) -> str:
    text = schema.get("description") if isinstance(schema, Mapping) else None
    return " ".join(text.split()) if isinstance(text, str) else ""
