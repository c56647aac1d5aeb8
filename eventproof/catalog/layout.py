"""Layout: what a file is by the folder it lies in, and which format a catalog is written in.

Follows EventCatalog's collection globs as far as a folder's name decides: a resource is an index
file one folder below `services`, `events` and so on; some collections are read at any depth. Users
and teams are flat files. Documentation, pages and build output are not resources.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

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

INDEX_FILES = frozenset({"index.md", "index.mdx"})

_ANY_DEPTH = frozenset({"channel", "container", "diagram", "flow", "system"})
_DOCUMENTATION = frozenset({"docs", "pages"})
_NEVER_ENTERED = frozenset({"node_modules", "dist"})


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file's place says of it."""

    type: str
    certain: bool = True
    """False where EventCatalog itself would not read the file, so its content must decide."""


def is_index(name: str) -> bool:
    """Whether a file name is that of a resource's page."""
    return name in INDEX_FILES


def is_entered(folder: PurePosixPath) -> bool:
    """Whether a folder may hold resources: not hidden, not installed or built."""
    if folder.name.startswith("."):
        return False
    # A service may well be called dist; what a build wrote does not lie beneath `services`.
    return folder.name not in _NEVER_ENTERED or folder.parent.name in COLLECTIONS


def kind_of(file: PurePosixPath) -> Kind | None:
    """Return what the file at this path below the root is; None for what is no resource."""
    folders = file.parts[:-1]
    if _is_documentation(folders):
        return None
    if is_index(file.name):
        kind = _index_kind(folders)
        if kind is not None:
            return kind
    return _person_kind(file)


def owner_folder(file: PurePosixPath) -> str:
    """Return the folder that a resource is called after: the one above any `versioned`."""
    folders = _unversioned(file.parts[:-1])
    return folders[-1] if folders else file.stem


def is_old_copy(file: str) -> bool:
    """Whether a file lies in a `versioned` folder, where superseded versions are kept."""
    return "versioned" in file.split("/")[:-1]


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
        return Kind(COLLECTIONS[above[-1]])
    if own[-1] in COLLECTIONS:
        # The page of a whole collection: mostly a list, but `channels/index` may be a channel.
        type_ = COLLECTIONS[own[-1]]
        return Kind(type_, certain=False) if type_ in _ANY_DEPTH else None
    nearest = next((folder for folder in reversed(above) if folder in COLLECTIONS), None)
    if nearest is None:
        return None
    type_ = COLLECTIONS[nearest]
    return Kind(type_, certain=type_ in _ANY_DEPTH)


def _person_kind(file: PurePosixPath) -> Kind | None:
    folders = file.parts[:-1]
    if not folders or folders[-1] not in PEOPLE or file.suffix not in (".md", ".mdx"):
        return None
    if any(folder in COLLECTIONS for folder in folders):
        return None
    return Kind(PEOPLE[folders[-1]])
