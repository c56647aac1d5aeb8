"""The rows that a process can reach: those of its own actor and the shared ones, as one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from typing import NamedTuple

from eventproof.simulator.tables import Key, Row
from eventproof.simulator.transactions import Rows, Snapshot


class Reach(NamedTuple):
    """The rows that a process of an actor can reach: the actor's own and the shared ones."""

    own: Rows
    shared: Rows
    is_own: Callable[[Key], bool]

    def get(self, key: Key) -> Row | None:
        """The row, from where it is kept."""
        return (self.own if self.is_own(key) else self.shared).get(key)

    def scan(self, table: str) -> Iterable[tuple[Key, Row]]:
        """The rows of a table, from both."""
        return chain(self.own.scan(table), self.shared.scan(table))

    def snapshot(self) -> Snapshot:
        """Both kinds of rows as they are now."""
        return ReachSnapshot(self.own.snapshot(), self.shared.snapshot(), self.is_own)


class ReachSnapshot(NamedTuple):
    """Both kinds of rows as they were at one moment."""

    own: Snapshot
    shared: Snapshot
    is_own: Callable[[Key], bool]

    def get(self, key: Key) -> Row | None:
        """The row, from where it is kept."""
        return (self.own if self.is_own(key) else self.shared).get(key)

    def scan(self, table: str) -> Iterable[tuple[Key, Row]]:
        """The rows of a table, from both."""
        return chain(self.own.scan(table), self.shared.scan(table))

    def changed(self, key: Key) -> bool:
        """Whether the row was written since."""
        return (self.own if self.is_own(key) else self.shared).changed(key)

    def noticing(self, keys: frozenset[Key]) -> ReachSnapshot:
        """After somebody committed changes to `keys`."""
        return self._replace(own=self.own.noticing(keys), shared=self.shared.noticing(keys))
