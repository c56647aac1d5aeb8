"""The records that a catalog is made of: resources, and the pointers between them.

Everything is frozen. A resource keeps its frontmatter as it was read, so that a rule can look at
a key that no field stands for; line and column are worked out only when a finding needs them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eventproof.findings import ResourceRef

MESSAGE_TYPES = ("command", "event", "query")
"""The resource types that travel between services and have a contract."""

PARTICIPANT_TYPES = ("service", "agent", "domain", "data-product")
"""The resource types that may send and receive messages."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """A reference in a resource's frontmatter, such as one entry of `receives`."""

    id: str
    version: str | None = None
    """The pin as written; None when absent or `latest`, which mean the same."""
    path: tuple[str | int, ...] = ()
    """Where it stands in the frontmatter, such as ("receives", 0)."""
    channels: tuple[Pointer, ...] = ()
    """The entries of `to` or `from`."""
    triggers: tuple[Pointer, ...] = ()
    """What receiving the message makes the service send (EventCatalog 4, `receives` only)."""
    condition: str | None = None
    """When a trigger fires, in prose (a trigger only)."""

    def __str__(self) -> str:
        return f"{self.id} {self.version}" if self.version else self.id


@dataclass(frozen=True, slots=True)
class Resource:
    """One index file: a service, a message, a channel, an owner."""

    type: str
    """EventCatalog's singular type, such as service, event, container, user."""
    id: str
    version: str | None
    """None for users and teams, which have none."""
    name: str
    file: str
    """Path as the user would type it, with forward slashes."""
    absolute: str
    """Absolute path of the file: as text it is made and kept at a fraction of a path's cost."""
    frontmatter: Mapping[str, Any] = field(repr=False)
    body: str = field(repr=False, default="")
    owners: tuple[str, ...] = ()
    sends: tuple[Pointer, ...] = ()
    receives: tuple[Pointer, ...] = ()
    writes_to: tuple[Pointer, ...] = ()
    reads_from: tuple[Pointer, ...] = ()
    channels: tuple[Pointer, ...] = ()
    """Channels that a message names itself (the way before `to` and `from`)."""
    members: tuple[tuple[str, Pointer], ...] = ()
    """What a domain or system contains: pairs of resource type and pointer."""

    @property
    def path(self) -> Path:
        """Absolute path of the file."""
        return Path(self.absolute)

    @property
    def folder(self) -> str:
        """The folder of its page, as text: asked of every message."""
        return self.absolute[: self.absolute.rfind(os.sep)]

    @property
    def ref(self) -> ResourceRef:
        """The resource's name, for findings."""
        return ResourceRef(self.type, self.id, self.version)

    @property
    def key(self) -> str:
        """The resource's key in the graph: `type:id@version`."""
        return (
            f"{self.type}:{self.id}@{self.version}" if self.version else f"{self.type}:{self.id}"
        )

    def __str__(self) -> str:
        return f"{self.id} {self.version}" if self.version else self.id


@dataclass(frozen=True, slots=True)
class Document:
    """A page that is no resource and says something of some: a changelog, a guide."""

    type: str
    """`changelog`, `ubiquitous-language` or `doc`."""
    file: str
    """Path as the user would type it, with forward slashes."""
    absolute: str
    frontmatter: Mapping[str, Any] = field(repr=False)
    body: str = field(repr=False, default="")

    @property
    def path(self) -> Path:
        """Absolute path of the file."""
        return Path(self.absolute)


@dataclass(frozen=True, slots=True)
class Dependency:
    """A resource of another catalog, which `eventcatalog.config.js` names."""

    type: str
    id: str
    version: str
