"""Resolution: which resource a pointer means. The rules of choice are those of `versions`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from eventproof.catalog.guesses import guess
from eventproof.catalog.resources import MESSAGE_TYPES, Pointer, Resource
from eventproof.catalog.versions import pick

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

Status = Literal["resolved", "unresolved-version", "unknown-id", "external"]


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a pointer leads to."""

    status: Status
    """`external` for what another catalog describes, as the configuration says."""
    resource: Resource | None
    """The resource meant, when the status is `resolved`."""
    candidates: tuple[Resource, ...]
    """Every version that there is of that id, highest first."""
    guess: str | None = None
    """What had to be guessed, as the rest of a sentence; None where the pin is plain."""


def resolve(
    catalog: Catalog, pointer: Pointer, types: Collection[str] = MESSAGE_TYPES
) -> Resolution:
    """Find what a pointer means among the resources of some types."""
    key = (pointer.id, pointer.version, tuple(types))
    known = catalog.resolutions.get(key)
    if known is None:
        known = catalog.resolutions[key] = _resolved(catalog, pointer, types)
    return known


def _resolved(catalog: Catalog, pointer: Pointer, types: Collection[str]) -> Resolution:
    candidates = catalog.versions(pointer.id, types)
    if not candidates:
        elsewhere = catalog.is_dependency(pointer.id, types)
        return Resolution("external" if elsewhere else "unknown-id", None, ())
    versions = tuple([one.version for one in candidates])
    index = pick(versions, pointer.version)
    if index is None:
        return Resolution("unresolved-version", None, candidates)
    chosen = candidates[index]
    guessed = guess(versions, pointer.version, chosen.version)
    return Resolution("resolved", chosen, candidates, guessed)


def choose(candidates: Sequence[Resource], pin: str | None) -> Resource | None:
    """Return the version that a pin chooses; the first of two that have the same."""
    index = pick([candidate.version for candidate in candidates], pin)
    return None if index is None else candidates[index]


def current(resources: Iterable[Resource]) -> tuple[Resource, ...]:
    """Return the latest version of each by number, in order of appearance: what runs today."""
    versions: dict[tuple[str, str], list[Resource]] = {}
    for resource in resources:
        versions.setdefault((resource.type, resource.id), []).append(resource)
    chosen = (choose(candidates, None) for candidates in versions.values())
    return tuple(resource for resource in chosen if resource is not None)
