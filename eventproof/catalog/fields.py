"""Fields: what a page's frontmatter means. Reads it into a `Resource`, and says what is amiss.

A missing or misshapen field costs as little as it can: the resource is kept with what is certain,
or with the guess that the fault names, so that one mistake does not make a hundred others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from eventproof.catalog.frontmatter import Page, Unquoted
from eventproof.catalog.layout import PEOPLE
from eventproof.catalog.resources import Pointer, Resource
from eventproof.catalog.versions import LATEST
from eventproof.catalog.yaml_text import Mark

MEMBERS: Mapping[str, str] = {
    "services": "service",
    "agents": "agent",
    "domains": "domain",
    "subdomains": "domain",
    "systems": "system",
    "entities": "entity",
    "flows": "flow",
    "containers": "container",
    "data-products": "data-product",
    "dataProducts": "data-product",
    "diagrams": "diagram",
}
"""The keys under which a resource lists what belongs to it, and the type of what they list."""

_WHOLES = frozenset({"domain", "system", "service", "agent"})
_UNVERSIONED = frozenset(PEOPLE.values())


@dataclass(frozen=True, slots=True)
class Fault:
    """Something amiss in a field. `sentence` is a predicate without its subject."""

    sentence: str
    path: tuple[str | int, ...] = ()
    is_version: bool = False
    """Whether it is about a version that is no text, which has its own rule."""
    mark: Mark | None = None
    """Where it stands, where that is known already."""
    written: str = ""
    """The scalar as it is written, where quotes around it are the whole mend."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page lies and what its place says of it."""

    type: str
    file: str
    path: str
    folder: str
    """The folder that the resource is called after, or the file's stem for a user or team."""
    by_name: bool
    """Whether identity is the name, as in version 1."""


def resource_of(page: Page, place: Place) -> tuple[Resource, tuple[Fault, ...]]:
    """Return the resource that a page describes, and the faults of its fields."""
    faults = [_unquoted(one) for one in page.unquoted]
    data = page.metadata
    id_, version, name = _identity(data, place, faults)
    sends, receives = (
        ("outputs", "inputs") if place.type == "data-product" else ("sends", "receives")
    )
    resource = Resource(
        type=place.type,
        id=id_,
        version=version,
        name=name,
        file=place.file,
        absolute=place.path,
        frontmatter=data,
        body=page.body,
        owners=_owners(data, faults),
        sends=_pointers(data, sends, faults),
        receives=_pointers(data, receives, faults),
        writes_to=_pointers(data, "writesTo", faults),
        reads_from=_pointers(data, "readsFrom", faults),
        channels=_pointers(data, "channels", faults),
        members=tuple(_members(data, place.type, faults)),
    )
    return resource, tuple(faults)


def pointers(data: Mapping[str, Any], key: str) -> tuple[Pointer, ...]:
    """Return the pointers under a key that no field of `Resource` stands for, such as `routes`."""
    return _pointers(data, key, [])


def names_in(data: Mapping[str, Any], key: str) -> tuple[Pointer, ...]:
    """Return the entries of a list of names, such as the `producers` of an event in version 1."""
    entries = data.get(key)
    if not isinstance(entries, list):
        return ()
    found = []
    for index, entry in enumerate(entries):
        id_ = entry.get("id") if isinstance(entry, dict) else entry
        if isinstance(id_, str) and id_.strip():
            found.append(Pointer(id_.strip(), path=(key, index)))
    return tuple(found)


def _identity(
    data: Mapping[str, Any], place: Place, faults: list[Fault]
) -> tuple[str, str | None, str]:
    name = _text(data, "name", faults)
    if place.by_name:
        if name is None:
            faults.append(Fault(f"has no name; it is read as {place.folder}, its folder's name"))
        return name or place.folder, _text(data, "version", faults), name or place.folder
    id_ = _text(data, "id", faults)
    if id_ is None:
        faults.append(
            Fault(f"has no usable id; it is read as {place.folder}, by its place", ("id",))
        )
    if name is None:
        faults.append(Fault("has no usable name", ("name",)))
    version = None
    if place.type not in _UNVERSIONED:
        version = _text(data, "version", faults)
        if version is None:
            faults.append(Fault("has no usable version", ("version",)))
    return id_ or place.folder, version, name or id_ or place.folder


def _text(data: Mapping[str, Any], key: str, faults: list[Fault]) -> str | None:
    value = data.get(key)
    if isinstance(value, str):
        return value.strip() or None
    if value is not None:
        sentence = f"has {kind_of_value(value)} for its {key}, which must be text"
        faults.append(Fault(sentence, (key,), is_version=key == "version"))
    return None


def _unquoted(one: Unquoted) -> Fault:
    field = str(one.path[-1])
    where = f" in {spelled(one.path[:-1])}" if len(one.path) > 1 else ""
    sentence = f'writes its {field}{where} as {one.kind}; quote it: {field}: "{one.text}"'
    return Fault(sentence, one.path, field == "version", mark=one.mark, written=one.text)


def _owners(data: Mapping[str, Any], faults: list[Fault]) -> tuple[str, ...]:
    """Owners as ids, in their order; EventCatalog writes an owner as text or as `{id: ...}`."""
    value = data.get("owners")
    if value is None:
        return ()
    if not isinstance(value, list):
        faults.append(
            Fault(f"has {kind_of_value(value)} for its owners, which must be a list", ("owners",))
        )
        value = [value]
    owners = [one.get("id") if isinstance(one, dict) else one for one in value]
    for index, owner in enumerate(owners):
        if not isinstance(owner, str):
            faults.append(Fault("has an owner that is no name", ("owners", index)))
    return tuple(owner for owner in owners if isinstance(owner, str))


def _members(
    data: Mapping[str, Any], type_: str, faults: list[Fault]
) -> Iterator[tuple[str, Pointer]]:
    for key, member_type in () if MEMBERS.keys().isdisjoint(data) else MEMBERS.items():
        # Entities and containers list those who use them under the same keys.
        if type_ in _WHOLES or key == "diagrams":
            for pointer in _pointers(data, key, faults):
                yield member_type, pointer


def _pointers(
    data: Mapping[str, Any],
    key: str,
    faults: list[Fault],
    above: tuple[str | int, ...] = (),
) -> tuple[Pointer, ...]:
    value = data.get(key)
    if value is None:
        return ()
    path = (*above, key)
    if not isinstance(value, list):
        sentence = f"has {kind_of_value(value)} for its {spelled(path)}, which must be a list"
        faults.append(Fault(sentence, path))
        return ()
    found = (_pointer(entry, (*path, index), faults) for index, entry in enumerate(value))
    return tuple(pointer for pointer in found if pointer is not None)


def _pointer(entry: Any, path: tuple[str | int, ...], faults: list[Fault]) -> Pointer | None:
    if isinstance(entry, str) and entry.strip():
        sentence = f"writes {spelled(path)} as plain text; write it as - id: {entry.strip()}"
        faults.append(Fault(sentence, path))
        return Pointer(entry.strip(), path=path)
    id_ = entry.get("id") if isinstance(entry, dict) else None
    if not isinstance(id_, str) or not id_.strip():
        faults.append(Fault(f"has no usable id in {spelled(path)}", path))
        return None
    condition = entry.get("condition")
    return Pointer(
        id=id_.strip(),
        version=_pin(entry, path, faults),
        path=path,
        channels=_pointers(entry, "to", faults, path) + _pointers(entry, "from", faults, path),
        triggers=_pointers(entry, "triggers", faults, path),
        condition=condition if isinstance(condition, str) else None,
    )


def _pin(entry: Mapping[str, Any], path: tuple[str | int, ...], faults: list[Fault]) -> str | None:
    pin = entry.get("version")
    if isinstance(pin, str):
        return pin.strip() if pin.strip() not in ("", LATEST) else None
    if pin is not None:
        sentence = (
            f"has {kind_of_value(pin)} for the version in {spelled(path)}, which must be text"
        )
        faults.append(Fault(sentence, (*path, "version"), is_version=True))
    return None


def spelled(path: tuple[str | int, ...]) -> str:
    """Return a path as people read it: entry 2 of receives."""
    words = ""
    for step in path:
        if isinstance(step, int):
            words = f"entry {step + 1} of {words}"
        else:
            words = f"{step} of {words}" if words else step
    return words


def kind_of_value(value: Any) -> str:
    """Return what a value is, with its article, as a sentence says it."""
    kinds = {dict: "a mapping", list: "a list", bool: "true or false", str: "text"}
    return kinds.get(type(value), "a number" if isinstance(value, int | float) else "a value")
