"""Layout: what a file is by the folder it lies in, and which format a catalog is written in.

Follows EventCatalog's collection globs as far as a folder's name decides: a resource is an index
file one folder below `services`, `events` and so on; some collections are read at any depth. Users
and teams are flat files. Documentation, pages and build output are not resources.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Parts = tuple[str, ...]
"""A path below the root, taken apart: much cheaper than a path object, at thousands of files."""

COLLECTIONS: Mapping[str, str] = {
    "adrs": "adr",
    "agents": "agent",
    "channels": "channel",
    "commands": "command",
    "containers": "container",
    "data-products": "data-product",
    "diagrams": "diagram",
    "domains": "domain",
    "entities": "entity",
    "events": "event",
    "flows": "flow",
    "queries": "query",
    "services": "service",
    "subdomains": "domain",
    "systems": "system",
}
"""The folder of each resource type that has index files."""

PEOPLE: Mapping[str, str] = {"users": "user", "teams": "team"}
"""The folders of the types that are flat files without a version."""

PAGE_ENDINGS = (".md", ".mdx")
INDEX_FILES = frozenset({"index.md", "index.mdx"})

_DOCUMENTS = {
    f"{stem}.{ending}": stem
    for stem in ("changelog", "ubiquitous-language")
    for ending in ("md", "mdx")
}
_ANY_DEPTH = frozenset({"channel", "container", "diagram", "flow", "system"})
_PATTERNS: Mapping[str, frozenset[str]] = {
    "domain": frozenset({"domains", "domains/subdomains"}),
    "service": frozenset(
        {
            "services", "domains/services", "domains/subdomains/services", "systems/services",
            "domains/systems/services", "domains/subdomains/systems/services",
        }
    ),
}  # fmt: skip
"""The ways to a page that EventCatalog takes, where it does not look at any depth."""
_DOCUMENTATION = frozenset({"docs", "pages"})
_NEVER_ENTERED = frozenset({"node_modules", "dist"})


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file's place says of it."""

    type: str
    certain: bool = True
    """False where EventCatalog itself would not read the file, so its content must decide."""


_CERTAIN = {type_: Kind(type_) for type_ in (*COLLECTIONS.values(), *PEOPLE.values())}


def is_index(name: str) -> bool:
    """Whether a file name is that of a resource's page."""
    return name in INDEX_FILES


def is_entered(folder: Parts) -> bool:
    """Whether a folder may hold resources: not hidden, not installed or built."""
    name = folder[-1]
    if name.startswith("."):
        return False
    # A service may well be called dist; what a build wrote does not lie beneath `services`.
    return name not in _NEVER_ENTERED or (len(folder) > 1 and folder[-2] in COLLECTIONS)


def kind_of(file: Parts) -> Kind | None:
    """Return what the file at this path below the root is; None for what is no resource."""
    folders = file[:-1]
    if _is_documentation(folders):
        return None
    if is_index(file[-1]):
        kind = _index_kind(folders)
        if kind is not None:
            return kind
    return _person_kind(file) or _flat_kind(file)


def document_kind(file: Parts) -> str | None:
    """Return which document the file at this path is, or None.

    EventCatalog shows the documentation at its root and beneath resources, and pages of its own;
    what other folders keep as their documentation is none of the catalog's.
    """
    folders = file[:-1]
    if not _is_documentation(folders):
        return _DOCUMENTS.get(file[-1])
    is_shown = (
        folders[0] == "docs"
        or folders[-1] == "pages"
        or any(folder in COLLECTIONS for folder in folders)
    )
    return "doc" if is_shown and file[-1].endswith(PAGE_ENDINGS) else None


def name_of(file: Parts) -> str:
    """Return what a page is called after: the folder above any `versioned`, or a loose file."""
    folders = _unversioned(file[:-1])
    return folders[-1] if folders and is_index(file[-1]) else file[-1].rpartition(".")[0]


def versioned_folder(file: Parts) -> str | None:
    """Return the version that the folder of an old copy is called after; None where it is none."""
    folders = file[:-1]
    is_copy = len(folders) >= 2 and folders[-2] == "versioned"
    return folders[-1] if is_copy else None


def is_old_copy(file: Parts) -> bool:
    """Whether a file lies in a `versioned` folder, where superseded versions are kept."""
    return "versioned" in file[:-1]


def format_of(pages: Iterable[tuple[str, Mapping[str, Any], str]]) -> str:
    """Return the format that a catalog takes, from each page's type, frontmatter and file name.

    `v1`: identity is the name, events name their producers and consumers. `hybrid`: resources
    have ids and events still name their producers and consumers. `v4`: ids and systems, which
    version 4 brought. `v2`: ids, sends and receives; versions 2 and 3 cannot be told apart.
    """
    seen = [(type_, data, name) for type_, data, name in pages if type_ not in PEOPLE.values()]
    names_parties = any(
        type_ == "event" and (data.get("producers") or data.get("consumers"))
        for type_, data, _ in seen
    )
    if any("id" in data for _, data, _ in seen):
        if names_parties:
            return "hybrid"
        return "v4" if any(type_ == "system" for type_, _, _ in seen) else "v2"
    # A page without an id is a fault of version 2, unless more speaks for version 1.
    all_markdown = bool(seen) and all(name == "index.md" for _, _, name in seen)
    return "v1" if names_parties or all_markdown else "v2"


def _unversioned(folders: tuple[str, ...]) -> tuple[str, ...]:
    return folders[:-2] if len(folders) >= 2 and folders[-2] == "versioned" else folders


def _is_documentation(folders: tuple[str, ...]) -> bool:
    """Whether a path leads through documentation; a service may itself be called docs."""
    if _DOCUMENTATION.isdisjoint(folders):
        return False
    return any(
        folder in _DOCUMENTATION and (above is None or above not in COLLECTIONS)
        for above, folder in zip((None, *folders), folders, strict=False)
    )


def _index_kind(folders: tuple[str, ...]) -> Kind | None:
    own = _unversioned(folders)
    above = own[:-1]
    if not own:
        return None
    if above and above[-1] in COLLECTIONS:
        return _CERTAIN[COLLECTIONS[above[-1]]]
    if own[-1] in COLLECTIONS:
        # The page of a whole collection: mostly a list, but `channels/index` may be a channel.
        type_ = COLLECTIONS[own[-1]]
        return Kind(type_, certain=False) if type_ in _ANY_DEPTH else None
    nearest = next((folder for folder in reversed(above) if folder in COLLECTIONS), None)
    if nearest is None:
        return None
    type_ = COLLECTIONS[nearest]
    return Kind(type_, certain=type_ in _ANY_DEPTH)


def _person_kind(file: Parts) -> Kind | None:
    folders = file[:-1]
    if not folders or folders[-1] not in PEOPLE or not file[-1].endswith(PAGE_ENDINGS):
        return None
    if any(folder in COLLECTIONS for folder in folders):
        return None
    return _CERTAIN[PEOPLE[folders[-1]]]


def _flat_kind(file: Parts) -> Kind | None:
    """A page that lies in a collection without a folder of its own, such as `events/Flat.mdx`."""
    above = file[-2] if len(file) > 1 else ""
    is_own = file[-1].endswith(PAGE_ENDINGS) and not is_index(file[-1])
    if above not in COLLECTIONS or not is_own or document_kind(file):
        return None
    return Kind(COLLECTIONS[above], certain=False)


def base_of(file: Parts) -> Parts:
    """Return the folder in which a resource's outermost collection lies: mostly the root."""
    known = COLLECTIONS.keys() | PEOPLE.keys()
    for index, folder in enumerate(file[:-1]):
        if folder in known:
            outer = file[:index]
            # EventCatalog puts what it takes over from another catalog into such a folder.
            return outer[:-2] if outer[-2:-1] == ("federated",) else outer
    return file[:-1]


def is_read_by_eventcatalog(file: Parts, type_: str) -> bool:
    """Whether EventCatalog's own patterns take in the page at this path below its root.

    They go by the depth of folders: `events/Group/OrderPlaced/index.mdx` is one folder too deep.
    """
    if type_ in PEOPLE.values():
        return True
    if not is_index(file[-1]):
        return False
    folders = _unversioned(file[:-1])
    if folders[:1] == ("federated",):
        folders = folders[2:]
    if type_ in _ANY_DEPTH:
        return any(COLLECTIONS.get(folder) == type_ for folder in folders)
    if type_ in ("service", "domain"):
        return _pattern(folders) in _PATTERNS[type_]
    return len(folders) > 1 and COLLECTIONS.get(folders[-2]) == type_


def _pattern(folders: tuple[str, ...]) -> str:
    """Return the collections that a path leads through, where every other folder is one."""
    is_alternating = len(folders) % 2 == 0
    return "/".join(folders[::2]) if is_alternating else ""
