"""Topology: who sends and who receives a message, in whichever version.

`participants` answers for one version. These records answer for all versions of a message at
once: where producer and consumer merely disagree on the version, other rules say so. Only the
latest version of each participant counts, as everywhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eventproof.catalog.fields import names_in
from eventproof.catalog.resolution import current
from eventproof.catalog.resources import PARTICIPANT_TYPES, Resource

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

_FORMER_MAX = 3

ACTOR_TYPES = ("service", "agent")
"""Who does the sending and handling. A domain or data product only says what its parts do."""

_UNREAD = frozenset({"CAT101", "CAT102"})


@dataclass(frozen=True, slots=True)
class Traffic:
    """A message in its latest version, and everybody who sends or receives any version of it."""

    message: Resource
    producers: tuple[Resource, ...]
    consumers: tuple[Resource, ...]
    named: frozenset[str] = frozenset()
    """`producers` and `consumers`, where some version's own page names any (version 1)."""

    former: tuple[Resource, ...] = ()
    """Superseded versions of participants that name it, while no current one of theirs does."""

    @property
    def history(self) -> tuple[str, ...]:
        """A sentence on who named it once, for the details of a finding; none where nobody did."""
        names = [str(one) for one in self.former]
        if not names:
            return ()
        more = f" and {len(names) - _FORMER_MAX} more" if len(names) > _FORMER_MAX else ""
        what = "a superseded version" if len(names) == 1 else "superseded versions"
        return (f"Only {what} named it: {', '.join(names[:_FORMER_MAX])}{more}.",)

    @property
    def is_sent(self) -> bool:
        """Whether somebody sends it, described in the catalog or not."""
        return bool(self.producers) or "producers" in self.named

    @property
    def is_received(self) -> bool:
        """Whether somebody receives it, described in the catalog or not."""
        return bool(self.consumers) or "consumers" in self.named


def traffic_of(catalog: Catalog) -> tuple[Traffic, ...]:
    """Return the traffic of each message of a catalog, in the order of its messages."""
    producers: dict[str, list[Resource]] = defaultdict(list)
    consumers: dict[str, list[Resource]] = defaultdict(list)
    for participant in catalog.participants:
        for id_ in dict.fromkeys(pointer.id for pointer in participant.sends):
            producers[id_].append(participant)
        for id_ in dict.fromkeys(pointer.id for pointer in participant.receives):
            consumers[id_].append(participant)
    former = _former(catalog)
    messages = catalog.messages
    named = _named(messages)
    return tuple(
        Traffic(
            message,
            tuple(producers.get(message.id, ())),
            tuple(consumers.get(message.id, ())),
            named.get(message.id, frozenset()),
            tuple(former.get(message.id, ())),
        )
        for message in current(messages)
    )


def _former(catalog: Catalog) -> Mapping[str, list[Resource]]:
    """Return the superseded participants by the messages that their later versions leave out."""
    latest = {(one.type, one.id): _ids(one) for one in catalog.participants}
    former: dict[str, list[Resource]] = defaultdict(list)
    for resource in catalog.of_type(*PARTICIPANT_TYPES):
        known = latest.get((resource.type, resource.id), frozenset())
        for id_ in sorted(_ids(resource) - known):
            former[id_].append(resource)
    return former


def _ids(participant: Resource) -> frozenset[str]:
    return frozenset(one.id for one in (*participant.sends, *participant.receives))


def _named(messages: Sequence[Resource]) -> Mapping[str, frozenset[str]]:
    named: dict[str, frozenset[str]] = {}
    for message in messages:
        keys = {key for key in ("producers", "consumers") if names_in(message.frontmatter, key)}
        if keys:
            named[message.id] = named.get(message.id, frozenset()) | keys
    return named


def has_outside(catalog: Catalog) -> bool:
    """Whether the catalog describes systems that are not the team's own, and so not in full."""
    return any(is_outside(one) for one in catalog.of_type("service", "system"))


def is_outside(resource: Resource) -> bool:
    """Whether a service or system is somebody else's (`externalSystem`, `scope: external`)."""
    data = resource.frontmatter
    return data.get("externalSystem") is True or data.get("scope") == "external"


def is_draft(resource: Resource) -> bool:
    """Whether a resource is announced and not yet there."""
    return bool(resource.frontmatter.get("draft"))


def is_deprecated(resource: Resource) -> bool:
    """Whether a resource is on its way out."""
    return bool(resource.frontmatter.get("deprecated"))


def written(resource: Resource, path: Sequence[str | int]) -> Any:
    """Return the frontmatter's value at a path as it was read, or None where there is none."""
    value: Any = resource.frontmatter
    for step in path:
        is_key = isinstance(value, dict) and step in value
        is_index = isinstance(value, list) and isinstance(step, int) and step < len(value)
        if not (is_key or is_index):
            return None
        value = value[step]
    return value


def unread_note(catalog: Catalog) -> Iterator[str]:
    """Say that pages are missing from the picture, where a rule speaks of what nobody does."""
    count = sum(problem.rule in _UNREAD for problem in catalog.problems)
    if count:
        pages = "1 page" if count == 1 else f"{count} pages"
        yield f"{pages} could not be read and may say otherwise."
