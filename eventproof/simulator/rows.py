"""Rows for exploring: immutable, and interned so that equal contents are one object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from eventproof.simulator.conflicts import NO_CONFLICTS, Conflicts
from eventproof.simulator.tables import Key, Row
from eventproof.simulator.tickets import EMPTY, Lines, Standing
from eventproof.simulator.transactions import Writes

Interned = dict[Any, "FrozenRows"]

NO_LINES: Mapping[Key, Standing] = {}


class FrozenRows:
    """Some committed rows. Compared by identity, which interning makes the same as by content."""

    __slots__ = ("_by_table", "_interned", "conflicts", "lines", "number", "rows")

    def __init__(
        self,
        rows: Mapping[Key, Row],
        interned: Interned,
        conflicts: Conflicts,
        lines: Mapping[Key, Standing],
    ) -> None:
        self.rows = rows
        self.conflicts = conflicts
        """Of the serializable transactions that are at work on them."""
        self.lines = lines
        """Lines of messages in which somebody stands."""
        self.number = len(interned)
        """Counts the distinct contents met, in the order in which they were met."""
        self._interned = interned
        self._by_table: dict[str, tuple[tuple[Key, Row], ...]] = {}

    def get(self, key: Key) -> Row | None:
        """The row, or None."""
        return self.rows.get(key)

    def scan(self, table: str) -> Iterable[tuple[Key, Row]]:
        """The rows of a table."""
        found = self._by_table.get(table)
        if found is None:
            found = tuple(item for item in self.rows.items() if item[0][0] == table)
            self._by_table[table] = found
        return found

    def snapshot(self) -> FrozenSnapshot:
        """These rows, to which changes will be noted."""
        return FrozenSnapshot(self, frozenset())

    def with_writes(self, writes: Writes) -> FrozenRows:
        """With new versions of some rows, and without those that are deleted."""
        rows = dict(self.rows)
        for key, row in writes:
            if row is not None:
                rows[key] = row
            else:
                rows.pop(key, None)
        return intern_rows(rows, self._interned, self.conflicts, self.lines)

    def with_conflicts(self, conflicts: Conflicts) -> FrozenRows:
        """With what is now known of conflicts."""
        return intern_rows(self.rows, self._interned, conflicts, self.lines)

    def standing(self, line: Key) -> Standing:
        """How a line stands."""
        return self.lines.get(line, EMPTY)

    def with_lines(self, changed: Lines) -> FrozenRows:
        """With lines that stand otherwise now."""
        lines = {
            line: now for line, now in {**self.lines, **dict(changed)}.items() if now != EMPTY
        }
        return intern_rows(self.rows, self._interned, self.conflicts, lines)


class FrozenSnapshot(NamedTuple):
    """Rows as they were, and which of them have been written since.

    That a row was written cannot be read off its value, which may have come back.
    """

    rows: FrozenRows
    written_since: frozenset[Key]

    def get(self, key: Key) -> Row | None:
        """The row as it was."""
        return self.rows.get(key)

    def scan(self, table: str) -> Iterable[tuple[Key, Row]]:
        """The rows of a table as they were."""
        return self.rows.scan(table)

    def changed(self, key: Key) -> bool:
        """Whether the row was written since."""
        return key in self.written_since

    def noticing(self, keys: frozenset[Key]) -> FrozenSnapshot:
        """After somebody committed changes to `keys`."""
        return FrozenSnapshot(self.rows, self.written_since | keys)


def intern_rows(
    rows: Mapping[Key, Row],
    interned: Interned,
    conflicts: Conflicts = NO_CONFLICTS,
    lines: Mapping[Key, Standing] = NO_LINES,
) -> FrozenRows:
    """The one object that stands for these contents."""
    content = (frozenset(rows.items()), conflicts, frozenset(lines.items()))
    found = interned.get(content)
    if found is None:
        found = interned[content] = FrozenRows(rows, interned, conflicts, lines)
    return found
