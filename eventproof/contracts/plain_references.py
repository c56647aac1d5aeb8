"""References by identifier, anchor or meta-schema, rewritten as pointers into one document.

`$id`, `$anchor` and `$dynamicAnchor` name places; once every reference says where it leads by a
plain pointer the names are not needed, and a schema may be taken apart or closed without losing
its references. The older meta-schemas become a part of the document. Nothing is fetched, and a
document with a reference that cannot be told at sight stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from urllib.parse import quote, urldefrag, urljoin

from eventproof.contracts.dialects import upgrade
from eventproof.contracts.keywords import (
    Path,
    Schema,
    at,
    children,
    is_schema,
    nodes,
    pointer,
    rebuilt,
    relocated,
    steps,
)

_NAMES = ("$id", "$anchor", "$dynamicAnchor")
_META = "http://json-schema.org/draft-0{}/schema"
_META_DRAFTS = {_META.format(number): f"eventproof-draft-0{number}" for number in (4, 6, 7)}


_UPGRADED = {
    "definitions": "$defs", "additionalItems": "items", "dependencies": "dependentSchemas",
}  # fmt: skip
"""Keywords under which sub-schemas stood before 2020-12, and where they stand since."""


class _OpaqueError(Exception):
    """A reference whose target depends on more than the document shows."""


def plain(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a 2020-12 document with pointers for references; itself where that cannot be."""
    inner = nodes(schema)
    named = any(name in node for node in inner for name in _NAMES)
    if not named and not any(_is_other(node) for node in inner):
        return schema
    try:
        return _Addresses.of(schema).rewritten()
    except _OpaqueError:
        return schema


def _is_other(node: dict[str, Any]) -> bool:
    reference = node.get("$ref")
    if "$dynamicRef" in node:
        return True
    return isinstance(reference, str) and reference != "#" and not reference.startswith("#/")


@dataclass(slots=True)
class _Addresses:
    """Where every name of a document stands."""

    document: dict[str, Any]
    resources: dict[str, Path] = field(default_factory=dict)
    anchors: dict[tuple[str, str], Path] = field(default_factory=dict)
    dynamic: dict[str, list[Path]] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, document: dict[str, Any]) -> _Addresses:
        addresses = cls(document)
        for path, node, base in _based(document, (), ""):
            if "$id" in node or not path:
                known = addresses.resources.setdefault(base, path)
                if at(document, known) != node:
                    raise _OpaqueError  # two different schemas of the same name
            for key in ("$anchor", "$dynamicAnchor"):
                if isinstance(node.get(key), str):
                    addresses.anchors.setdefault((base, node[key]), path)
            if isinstance(node.get("$dynamicAnchor"), str):
                addresses.dynamic.setdefault(node["$dynamicAnchor"], []).append(path)
        return addresses

    def rewritten(self) -> dict[str, Any]:
        """Return the document with pointers only. Raises `_OpaqueError`."""
        root = self._copy(self.document, "")
        assert isinstance(root, dict)
        if self.meta:
            root = {**root, "$defs": {**root.get("$defs", {}), **self.meta}}
        return root

    def _copy(self, node: Schema, base: str) -> Schema:
        if not isinstance(node, dict):
            return node
        base = _base(node, base)
        result = rebuilt(node, lambda sub: self._copy(sub, base))
        for key in ("$ref", "$dynamicRef"):
            if isinstance(node.get(key), str):
                target = self._target(node[key], base, is_dynamic=key == "$dynamicRef")
                if key == "$dynamicRef" and "$ref" in node:
                    raise _OpaqueError
                del result[key]
                result["$ref"] = target
        return {key: value for key, value in result.items() if key not in _NAMES}

    def _target(self, reference: str, base: str, *, is_dynamic: bool) -> str:
        url, fragment = urldefrag(_joined(base, reference))
        if url in _META_DRAFTS and url not in self.resources:
            return self._meta(url, fragment)
        if url not in self.resources:
            raise _OpaqueError
        if fragment and not fragment.startswith("/"):
            path = self.anchors.get((url, fragment))
            if path is None or (is_dynamic and len(self.dynamic.get(fragment, ())) > 1):
                raise _OpaqueError
            return _fragment(path)
        resource = self.resources[url]
        return _fragment((*resource, *_pointed(at(self.document, resource), fragment)))

    def _meta(self, url: str, fragment: str) -> str:
        from jsonschema_specifications import (  # type: ignore[import-untyped] # ships no types
            REGISTRY,
        )

        name = _META_DRAFTS[url]
        if fragment and not fragment.startswith("/"):
            raise _OpaqueError
        if name not in self.meta:
            meta = upgrade(REGISTRY.contents(f"{url}#"))
            moved = relocated(meta, f"#/$defs/{name}")
            assert isinstance(moved, dict)
            self.meta[name] = {k: v for k, v in moved.items() if k not in ("$id", "$schema")}
        return _fragment(("$defs", name, *_pointed(self.meta[name], fragment)))


def _pointed(resource: Schema, fragment: str) -> Path:
    """Return the path of a pointer within a resource, which may have been upgraded since.

    Raises `_OpaqueError` where no schema stands there.
    """
    node: Any = resource
    path: list[str] = []
    for step, following in pairwise((*steps(fragment), "")):
        path.append(_today(node, step, following) if isinstance(node, dict) else step)
        try:
            node = at(node, (path[-1],))
        except LookupError as error:
            raise _OpaqueError from error
    if not is_schema(node):
        raise _OpaqueError
    return tuple(path)


def _today(node: dict[str, Any], step: str, following: str) -> str:
    """Return what a step of a pointer is called now that the document is upgraded."""
    if step == "items" and following.isdigit() and "prefixItems" in node:
        return "prefixItems"
    return step if step in node else _UPGRADED.get(step, step)


def _based(node: Schema, path: Path, base: str) -> Iterator[tuple[Path, dict[str, Any], str]]:
    if not isinstance(node, dict):
        return
    base = _base(node, base)
    yield path, node, base
    for more, sub in children(node):
        yield from _based(sub, (*path, *more), base)


def _base(node: dict[str, Any], base: str) -> str:
    identity = node.get("$id")
    return urldefrag(_joined(base, identity))[0] if isinstance(identity, str) else base


def _joined(base: str, reference: str) -> str:
    """Return an absolute reference; a fragment belongs to its base, whatever its scheme."""
    if reference.startswith("#"):
        return base + reference
    return urljoin(base, reference) or base


def _fragment(path: Path) -> str:
    return "#" + quote(pointer(path), safe="/~$")
