"""References of one document: which resolve, and how local files become a part of it.

Nothing is ever fetched. A reference to a file next to the schema is followed inside the catalog's
folder only; the meta-schema of draft 2020-12 is known to every validator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from eventproof.contracts.dialects import moved, upgrade
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
    walk,
)

FILES_LIMIT = 100
"""How many files one schema may refer to, directly or not."""


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A reference that leads nowhere."""

    reference: str
    path: Path
    """Where the schema that holds it stands in its document."""
    why: str


class NotReadableError(Exception):
    """A referenced file cannot be read; the message says why."""


def unresolved(schema: Schema) -> tuple[Unresolved, ...]:
    """Return the references of a 2020-12 document that lead nowhere within it."""
    if not any("$ref" in node or "$dynamicRef" in node for node in nodes(schema)):
        return ()
    names = set(_identities(schema))
    found = []
    for path, node in walk(schema):
        for key in ("$ref", "$dynamicRef"):
            reference = node.get(key) if isinstance(node, dict) else None
            if isinstance(reference, str):
                why = _why_not(reference, schema, names)
                if why:
                    found.append(Unresolved(reference, path, why))
    return tuple(found)


def _why_not(reference: str, document: Schema, names: set[str]) -> str | None:
    if reference.startswith("#/") or reference == "#":
        try:
            target = at(document, steps(reference))
        except LookupError:
            return "nothing stands there"
        if not is_schema(target):
            return "no schema stands there"
        return "it leads back to itself" if _is_circle(reference, document) else None
    target_url, fragment = urldefrag(reference)
    if _is_metaschema(reference):
        return None
    if target_url and target_url not in names:
        remote = urlsplit(target_url).scheme in ("http", "https", "ftp")
        return "nothing is fetched from a network" if remote else "it is no part of the schema"
    if fragment and not fragment.startswith("/") and f"#{fragment}" not in names:
        return "no such anchor"
    return None


def _is_circle(reference: Any, document: Schema) -> bool:
    """Whether a reference leads to a reference, and so on, and never to anything else."""
    seen = set()
    while isinstance(reference, str) and (reference == "#" or reference.startswith("#/")):
        if reference in seen:
            return True
        seen.add(reference)
        try:
            target = at(document, steps(reference))
        except LookupError:
            return False  # said of the reference that leads nowhere
        reference = target.get("$ref") if isinstance(target, dict) else None
    return False


def _is_metaschema(reference: str) -> bool:
    return reference.startswith("https://json-schema.org/draft/2020-12/")


def _identities(schema: Schema, base: str = "") -> Iterator[str]:
    """Yield the names under which parts of a document may be referred to: `$id`s and anchors."""
    if isinstance(schema, dict):
        identity = schema.get("$id")
        if isinstance(identity, str):
            base = urljoin(base, identity)
            yield from (identity, base, base.removesuffix("#"))
        yield from (f"#{schema[k]}" for k in ("$anchor", "$dynamicAnchor") if k in schema)
    for _, sub in children(schema):
        yield from _identities(sub, base)


Read = Callable[[str, str], tuple[str, Schema]]
"""`read(file, relative reference)` gives the file that is meant and its schema as written.
Raises `NotReadableError`."""


def bundled(
    schema: dict[str, Any], file: str, read: Read
) -> tuple[dict[str, Any], list[Unresolved]]:
    """Return the document with every local file it refers to placed under `$defs`.

    References by the document's own `$id` become plain pointers. What cannot be read is reported
    and left as it was.
    """
    if not any("$ref" in node or "$dynamicRef" in node for node in nodes(schema)):
        return schema, []
    bundle = _Bundle(read, {file: "#"})
    root = bundle.placed(schema, file, "#")
    assert isinstance(root, dict)
    if bundle.parts:
        root = {**root, "$defs": {**root.get("$defs", {}), **bundle.parts}}
    missing = [Unresolved(ref, _where(schema, ref), why) for ref, why in bundle.missing.items()]
    return root, missing + [u for u in unresolved(root) if u.reference not in bundle.missing]


def _where(schema: Schema, reference: str) -> Path:
    """Return the place of a reference; the root where another file holds it."""
    holders = (p for p, node in walk(schema) if isinstance(node, dict))
    return next((p for p in holders if at(schema, p).get("$ref") == reference), ())


@dataclass(slots=True)
class _Bundle:
    read: Read
    places: dict[str, str]
    """Where each file's schema stands in the bundle, as a reference."""
    parts: dict[str, Any] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    """Why each reference to a file could not be followed."""

    def placed(self, schema: Schema, file: str, home: str) -> Schema:
        """Return a copy whose references to files point into the bundle; `home` is its place."""
        own = _own_id(schema)

        def copy(node: Schema) -> Schema:
            if not isinstance(node, dict):
                return node
            result = rebuilt(node, copy)
            if isinstance(result.get("$ref"), str):
                result["$ref"] = self._target(result["$ref"], file, home, own)
            return result

        return copy(schema)

    def _target(self, reference: str, file: str, home: str, own: str) -> str:
        url, fragment = urldefrag(reference)
        url = _beside(url)
        if own and url == own.removesuffix("#"):
            return home + fragment if not fragment or fragment.startswith("/") else f"#{fragment}"
        if not url or urlsplit(url).scheme or url.startswith("//"):
            return reference
        if own and urljoin(own, url) == own:
            return home + fragment
        try:
            return self._file(unquote(url), file, fragment)
        except NotReadableError as problem:
            self.missing[reference] = str(problem)
            return reference

    def _file(self, url: str, file: str, fragment: str) -> str:
        name, schema = self.read(file, url)
        if name not in self.places:
            if len(self.places) > FILES_LIMIT:
                raise NotReadableError(f"it leads to more than {FILES_LIMIT} files")
            key = f"{name.rsplit('/', 1)[-1]}-{len(self.places)}"
            self.places[name] = "#" + pointer(("$defs", key))
            self.parts[key] = {}
            home = self.places[name]
            placed = self.placed(relocated(upgrade(schema), home), name, home)
            assert isinstance(placed, dict)
            self.parts[key] = {k: v for k, v in placed.items() if k not in ("$schema", "$id")}
        return self.places[name] + moved(f"#{fragment}", schema).removeprefix("#")


def _beside(url: str) -> str:
    """Return `file://other.json`, which has no folder, as the file beside that is meant."""
    parts = urlsplit(url)
    return parts.netloc if parts.scheme == "file" and not parts.path else url


def _own_id(schema: Schema) -> str:
    identity = schema.get("$id") if isinstance(schema, dict) else None
    return identity if isinstance(identity, str) else ""
