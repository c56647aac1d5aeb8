"""Rows for exploring: immutable, and interned so that equal contents are one object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from eventproof.simulator.actors import Writes
from eventproof.simulator.tables import Key, Row


class FrozenRows:
    """Some committed rows. Compared by identity, which interning makes the same as by content."""

    __slots__ = ("_interned", "number", "rows")

    def __init__(
        self,
        rows: Mapping[Key, Row],
        interned: dict[frozenset[tuple[Key, Row]], FrozenRows],
    ) -> None:
        self.rows = rows
        self.number = len(interned)
        """Counts the distinct contents met, in the order in which they were met."""
        self._interned = interned

    def get(self, key: Key) -> Row | None:
        """The row, or None."""
        return self.rows.get(key)

    def snapshot(self) -> FrozenSnapshot:
        """These rows, to which changes will be noted."""
        return FrozenSnapshot(self, frozenset())

    def with_writes(self, writes: Writes) -> FrozenRows:
        """With new versions of some rows."""
        return intern_rows({**self.rows, **dict(writes)}, self._interned)


class FrozenSnapshot(NamedTuple):
    """Rows as they were, and which of them have been written since.

    That a row was written cannot be read off its value, which may have come back.
    """

    rows: FrozenRows
    written_since: frozenset[Key]

    def get(self, key: Key) -> Row | None:
        """The row as it was."""
        return self.rows.get(key)

    def changed(self, key: Key) -> bool:
        """Whether the row was written since."""
        return key in self.written_since

    def noticing(self, keys: frozenset[Key]) -> FrozenSnapshot:
        """After somebody committed changes to `keys`."""
        return FrozenSnapshot(self.rows, self.written_since | keys)


def intern_rows(
    rows: Mapping[Key, Row], interned: dict[frozenset[tuple[Key, Row]], FrozenRows]
) -> FrozenRows:
    """The one object that stands for these contents."""
    content = frozenset(rows.items())
    found = interned.get(content)
    if found is None:
        found = interned[content] = FrozenRows(rows, interned)
    return found
