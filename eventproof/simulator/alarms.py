"""Alarms: after which commits a property may have broken, told from sums that are kept up to date.

To ask a property costs as much as there are rows. An `Alarm` splits it into groups of rows (a
product, an order) and says which sums over a group are wrong; a changed row changes the sums of
its own groups, so that a commit costs what it writes, however large the data are. Only where an
alarm rings is the property itself asked, so it decides, and an alarm may ring in vain.

What could be wrong: an alarm that does not ring where its property is broken (held against it, row
by row, by a test), one that rings in vain again and again (then it is as dear as asking), and sums
of groups that are long done (a group of nothing but zeros is forgotten).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eventproof.simulator.tables import Key, Row

Part = tuple[Hashable, Hashable, int]
"""Of which group which sum becomes larger by how much."""

Change = Callable[[Any, Any], Iterable[Part]]
"""What a row changes that was the first and is the second; None where there is none."""

Changed = tuple[Key, Row | None, Row | None]
"""A row that a commit has written: what it was and what it is."""

Sums = Mapping[Hashable, int]
"""Those of a group; what is not named is 0."""


@dataclass(frozen=True)
class Alarm:
    """When a property may be broken."""

    changes: Mapping[str, Change]
    """Table -> what its rows change."""
    rings: Callable[[Sums], bool]
    """Whether the sums of a group are wrong."""


def adding(part_of: Callable[[Any], Iterable[Part]]) -> Change:
    """The change of rows each of which adds the same as long as it is there."""

    def change(before: Any, after: Any) -> Iterable[Part]:
        if before is not None:
            for group, name, units in part_of(before):
                yield group, name, -units
        if after is not None:
            yield from part_of(after)

    return change


class Standing:
    """The sums of several alarms; they go by the numbers of their places."""

    def __init__(self, alarms: Sequence[Alarm], rows: Mapping[Key, Row]) -> None:
        self._alarms = alarms
        self._sums: list[dict[Hashable, dict[Hashable, int]]] = [{} for _ in alarms]
        self._touched: list[set[Hashable]] = [set() for _ in alarms]
        self._of_table: dict[str, list[tuple[int, Change]]] = defaultdict(list)
        for at, alarm in enumerate(alarms):
            for table, change in alarm.changes.items():
                self._of_table[table].append((at, change))
        self._follow((key, None, row) for key, row in rows.items())

    def ringing(self, changed: Iterable[Changed]) -> list[int]:
        """Which alarms ring after those rows have changed."""
        self._follow(changed)
        return [at for at, touched in enumerate(self._touched) if touched and self._rings(at)]

    def _follow(self, changed: Iterable[Changed]) -> None:
        for key, before, after in changed:
            if before is after:  # such as a row that was inserted and deleted at once
                continue
            for at, change in self._of_table.get(key[0], ()):
                sums, touched = self._sums[at], self._touched[at]
                for group, name, units in change(before, after):
                    own = sums.setdefault(group, {})
                    own[name] = own.get(name, 0) + units
                    touched.add(group)

    def _rings(self, at: int) -> bool:
        sums, touched, rings = self._sums[at], self._touched[at], self._alarms[at].rings
        found = False
        for group in touched:
            own = sums[group]
            found = found or rings(own)
            if not any(own.values()):
                del sums[group]
        touched.clear()
        return found


__all__ = ["Alarm", "Change", "Changed", "Part", "Standing", "Sums", "adding"]
