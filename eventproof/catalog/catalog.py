"""Catalog: everything that was read from one folder, and how to ask for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from eventproof.catalog.layout import PAGE_ENDINGS, PEOPLE
from eventproof.catalog.likeness import Likeness
from eventproof.catalog.locating import Locator
from eventproof.catalog.participants import Link, links_of
from eventproof.catalog.references import Followed, doubtful_in
from eventproof.catalog.resolution import Resolution, choose, current
from eventproof.catalog.resources import (
    MESSAGE_TYPES,
    PARTICIPANT_TYPES,
    Dependency,
    Document,
    Resource,
)
from eventproof.catalog.shapes import Shaped, shapes_of
from eventproof.catalog.topology import Traffic, traffic_of
from eventproof.catalog.versions import sort_key
from eventproof.findings import Finding, Location

_UNREAD = frozenset({"CAT101", "CAT102"})
"""The rules of the reader whose pages may hold what seems to be missing."""


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
    """Index files that are neither resources nor documents, by their place."""
    documents: tuple[Document, ...] = field(default=(), repr=False)
    """Changelogs, dictionaries and documentation, which are no resources."""
    dependencies: tuple[Dependency, ...] = field(default=(), repr=False)
    """What `eventcatalog.config.js` takes over from other catalogs."""
    core: int | None = None
    """The major version of EventCatalog that `package.json` asks for; None where it is silent."""
    locator: Locator = field(default_factory=Locator, repr=False, compare=False)

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
        """Whether owners can be looked up: some catalogs describe nobody.

        Version 1 keeps its people in the configuration, whatever lies in a folder `users`.
        """
        return any(
            self.layout != "v1" or not one.absolute.endswith(PAGE_ENDINGS)
            for one in self.of_type(*PEOPLE.values())
        )

    def of_type(self, *types: str) -> tuple[Resource, ...]:
        """All resources of these types."""
        return tuple([resource for resource in self.resources if resource.type in types])

    def versions(self, id: str, types: Collection[str] | None = None) -> tuple[Resource, ...]:  # noqa: A002 - the field's own name
        """All versions of an id, highest first; of any type unless `types` says which."""
        known = self._by_id.get(id, ())
        return known if types is None else tuple([one for one in known if one.type in types])

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

    def is_dependency(self, id: str, types: Collection[str] | None = None) -> bool:  # noqa: A002 - the field's own name
        """Whether an id is that of a resource which another catalog describes."""
        return any(types is None or type_ in types for type_ in self._depended_on.get(id, ()))

    def likely(self, id: str, types: Collection[str]) -> str | None:  # noqa: A002 - the field's own name
        """Return the id of a resource of these types that was probably meant by another one."""
        key = tuple(types)
        if key not in self._likenesses:
            self._likenesses[key] = Likeness(one.id for one in self.of_type(*types))
        return self._likenesses[key].nearest(id)

    def inside(self, file: str) -> str:
        """Return a file as seen from the catalog's root."""
        return file.removeprefix(self.shown).lstrip("/") if self.shown else file

    def parts(self, resource: Resource) -> tuple[str, ...]:
        """Return the path of a resource's file below the root, taken apart."""
        return tuple(self.inside(resource.file).split("/"))

    def locate(
        self,
        resource: Resource | Document,
        path: tuple[str | int, ...] = (),
        *,
        at_key: bool = False,
    ) -> Location:
        """Return the line and column of the frontmatter value at `path`, or of what encloses it.

        With `at_key`, of the key that names the value. Of a file that has gone meanwhile, only its
        name is known.
        """
        return self.locator.locate(resource.absolute, resource.file, path, at_key=at_key)

    @cached_property
    def links(self) -> Mapping[str, tuple[Link, ...]]:
        """Who sends and receives each message version, by the message's key."""
        return links_of(self)

    @cached_property
    def unread(self) -> Mapping[str, str]:
        """The pages that could not be read, by each folder on the way to them."""
        found: dict[str, str] = {}
        for problem in self.problems:
            if problem.rule in _UNREAD:
                for folder in problem.location.file.split("/"):
                    found.setdefault(folder, problem.location.file)
        return found

    @cached_property
    def dangling(self) -> tuple[Followed, ...]:
        """The references that lead to no resource of the catalog."""
        return tuple(one for one in self._doubtful if one.resolution.resource is None)

    @cached_property
    def guessed(self) -> tuple[Followed, ...]:
        """The references whose version had to be guessed."""
        return tuple(one for one in self._doubtful if one.resolution.guess)

    @cached_property
    def shapes(self) -> tuple[Shaped, ...]:
        """The pages that do not fit the schemas of their types."""
        return shapes_of(self)

    @cached_property
    def resolutions(self) -> dict[tuple[str, str | None, tuple[str, ...]], Resolution]:
        """What pointers were found to mean, by id, pin and types: most are asked for often."""
        return {}

    @cached_property
    def traffic(self) -> tuple[Traffic, ...]:
        """Who sends and receives each message, whatever the version."""
        return traffic_of(self)

    @cached_property
    def _doubtful(self) -> tuple[Followed, ...]:
        return doubtful_in(self)

    @cached_property
    def _likenesses(self) -> dict[tuple[str, ...], Likeness]:
        return {}

    @cached_property
    def _depended_on(self) -> Mapping[str, tuple[str, ...]]:
        types: dict[str, tuple[str, ...]] = {}
        for one in self.dependencies:
            types[one.id] = (*types.get(one.id, ()), one.type)
        return types

    @cached_property
    def _by_id(self) -> Mapping[str, tuple[Resource, ...]]:
        groups: dict[str, list[Resource]] = defaultdict(list)
        for resource in self.resources:
            groups[resource.id].append(resource)
        return {
            id_: tuple(sorted(group, key=lambda one: sort_key(one.version), reverse=True))
            for id_, group in groups.items()
        }
