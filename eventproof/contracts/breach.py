"""Breach: what a waiver has to name in order to excuse a break, an unknown, or a bad version."""

from __future__ import annotations

from dataclasses import dataclass

from eventproof.contracts.changes import Change
from eventproof.findings import ResourceRef


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason for a breach: a kind of change, and its place in the schema."""

    kind: str
    """A kind of `Change`, or what else is wrong, such as `version.reused`."""
    path: str
    """JSON pointer; empty for the message as a whole."""


@dataclass(frozen=True, slots=True)
class Breach:
    """Something that a waiver may excuse."""

    message: ResourceRef
    """Type and id."""
    versions: frozenset[str]
    """The one or two versions that it is about."""
    causes: tuple[Cause, ...]


def cause_of(change: Change) -> Cause:
    """Return a change as a cause."""
    return Cause(change.kind, change.path)
