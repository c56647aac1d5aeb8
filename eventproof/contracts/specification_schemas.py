"""A schema taken out of an OpenAPI or AsyncAPI document, with all that it refers to.

Every part that is referred to becomes one definition, whatever file it stands in, and each is
rewritten from its own dialect. Three things could be wrong: a reference leads nowhere,
a part is no JSON Schema, or there are too many of them: an `UnusableError` each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from eventproof.contracts.dialects import declared_as, declared_dialect, too_old, upgrade
from eventproof.contracts.keywords import Schema, rebuilt
from eventproof.contracts.schema_contents import bad_pattern
from eventproof.contracts.specification_dialects import (
    OPENAPI_3_0,
    Role,
    dialect_in,
    in_json_schema,
)
from eventproof.contracts.specification_files import Fault, Files, Place, UnusableError
from eventproof.contracts.validation import metaschema_error

PARTS_MAX = 1_000
"""How many definitions one schema may lead to."""


def taken_out(files: Files, place: Place, dialect: str, role: Role) -> dict[str, Any]:
    """Return the schema at a place as draft 2020-12, self-contained. Raises `UnusableError`."""
    parts = _Parts(files, dialect, role, {place: "#"})
    root = parts.converted(place)
    definitions: dict[str, Any] = {}
    while parts.waiting:
        name, wanted = parts.waiting.pop(0)
        definitions[name] = parts.converted(wanted)
    return {**root, "$defs": definitions} if definitions else root


@dataclass(slots=True)
class _Parts:
    files: Files
    dialect: str
    role: Role
    names: dict[Place, str]
    """The reference under which each part stands in the result."""
    waiting: list[tuple[str, Place]] = field(default_factory=list)

    def converted(self, place: Place) -> dict[str, Any]:
        raw = self.files.value(place)
        if not isinstance(raw, dict | bool):
            raise UnusableError(Fault(place, "it is no object"))
        content = self.files.known[place.file].content
        old = too_old(raw)
        if old:
            raise UnusableError(Fault(Place(place.file, (*place.path, "$schema")), old))
        dialect = declared_dialect(raw) or dialect_in(content, self.dialect)

        def copy(node: Schema) -> Schema:
            if not isinstance(node, dict):
                return node
            result = rebuilt(in_json_schema(node, dialect, self.role), copy)
            if isinstance(result.get("$ref"), str):
                result["$ref"] = self._reference(result["$ref"], place)
            return result

        return _upgraded(copy(raw), "draft4" if dialect == OPENAPI_3_0 else dialect, place)

    def _reference(self, reference: str, holder: Place) -> str:
        target = self.files.target(reference, holder)
        if target not in self.names:
            if len(self.names) >= PARTS_MAX:
                raise UnusableError(Fault(holder, f"it leads to more than {PARTS_MAX} schemas"))
            name = self._name(target)
            self.names[target] = f"#/$defs/{name}"
            self.waiting.append((name, target))
        return self.names[target]

    def _name(self, target: Place) -> str:
        """Return a name for a definition: its own where it is free, else with a number."""
        last = str(target.path[-1]) if target.path else target.file.rpartition("/")[2]
        name = "".join(c if c.isalnum() or c in "._-" else "_" for c in last)
        taken = {one.removeprefix("#/$defs/") for one in self.names.values()}
        return name if name not in taken else f"{name}-{len(taken)}"


def _upgraded(plain: Schema, draft: str, place: Place) -> dict[str, Any]:
    written = declared_as(plain, draft)
    problem = metaschema_error(written) or bad_pattern(plain)
    if problem:
        path, why = problem
        raise UnusableError(Fault(Place(place.file, (*place.path, *path)), why))
    return {k: v for k, v in upgrade(written).items() if k not in ("$schema", "$id")}
