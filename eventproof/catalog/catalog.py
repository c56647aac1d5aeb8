"""Catalog: everything that was read from one folder, and how to ask for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from eventproof.catalog.frontmatter import place
from eventproof.catalog.layout import PEOPLE
from eventproof.catalog.participants import Link, links_of
from eventproof.catalog.resolution import choose, current
from eventproof.catalog.resources import MESSAGE_TYPES, PARTICIPANT_TYPES, Resource
from eventproof.catalog.versions import sort_key
from eventproof.catalog.walk import FILE_BYTES_MAX
from eventproof.findings import Finding, Location


@dataclass(frozen=True)  # no slots: the indexes below are worked out once, when first asked for
class Catalog:
    """The resources of one catalog, and what was wrong with the files that hold them."""

    root: Path
    """Absolute, with links resolved."""
    shown: str
    """The path as the user typed it; empty for the current folder."""
    layout: str
    """The format it was read as: `v1`, `v2`, `v4` or `hybrid`. `layout.format_of` says which is
    which."""
    resources: tuple[Resource, ...] = field(repr=False)
    """Sorted by file."""
    files: int
    """How many index files there are, whatever they hold."""
    problems: tuple[Finding, ...] = field(default=(), repr=False)
    """What was found amiss while reading (CAT101 to CAT104)."""
    digest: str = ""
    """SHA-256 in hexadecimal over the path and the bytes of every file read."""
    pages: tuple[str, ...] = field(default=(), repr=False)
    """Index files that are no resources by their place, such as documentation."""

    @property
    def messages(self) -> tuple[Resource, ...]:
        """All versions of all commands, events and queries."""
        return self.of_type(*MESSAGE_TYPES)

    @property
    def services(self) -> tuple[Resource, ...]:
        """All versions of all services."""
        return self.of_type("service")

    @cached_property
    def participants(self) -> tuple[Resource, ...]:
        """The latest version of everything that may send and receive messages."""
        return current(self.of_type(*PARTICIPANT_TYPES))

    @cached_property
    def describes_people(self) -> bool:
        """Whether owners can be looked up: version 1 keeps them in a configuration file."""
        return self.layout != "v1" and bool(self.of_type(*PEOPLE.values()))

    def of_type(self, *types: str) -> tuple[Resource, ...]:
        """All resources of these types."""
        return tuple(resource for resource in self.resources if resource.type in types)

    def versions(self, id: str, types: Collection[str] | None = None) -> tuple[Resource, ...]:  # noqa: A002 - the field's own name
        """All versions of an id, highest first; of any type unless `types` says which."""
        known = self._by_id.get(id, ())
        return known if types is None else tuple(one for one in known if one.type in types)

    def find(
        self,
        id: str,  # noqa: A002 - the field's own name
        version: str | None = None,
        types: Collection[str] | None = None,
    ) -> Resource | None:
        """Return the resource that an id and a pin mean, or None. No pin means the latest."""
        return choose(self.versions(id, types), version)

    def is_superseded(self, resource: Resource) -> bool:
        """Whether a later version of the same resource stands beside it."""
        latest = self.find(resource.id, types=(resource.type,))
        return latest is not None and latest.version != resource.version

    def locate(self, resource: Resource, path: tuple[str | int, ...] = ()) -> Location:
        """Return the line and column of the frontmatter value at `path`, or of what encloses it.

        Reads the file again, since only findings need places. Never raises: of a file that has
        gone meanwhile, only its name is known.
        """
        try:
            with resource.path.open("rb") as stream:
                text = stream.read(FILE_BYTES_MAX).decode(errors="replace")
        except OSError:
            return Location(resource.file)
        mark = place(text, path)
        return Location(resource.file, mark.line, mark.column) if mark else Location(resource.file)

    @cached_property
    def links(self) -> Mapping[str, tuple[Link, ...]]:
        """Who sends and receives each message version, by the message's key."""
        return links_of(self)

    @cached_property
    def _by_id(self) -> Mapping[str, tuple[Resource, ...]]:
        groups: dict[str, list[Resource]] = defaultdict(list)
        for resource in self.resources:
            groups[resource.id].append(resource)
        return {
            id_: tuple(sorted(group, key=lambda one: sort_key(one.version), reverse=True))
            for id_, group in groups.items()
        }
