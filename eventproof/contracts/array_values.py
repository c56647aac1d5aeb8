"""Arrays: what stands at which place, how many items meet something, and whether items repeat.

Places before `width` have rules of their own; all places behind it are alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from eventproof.contracts import atoms
from eventproof.contracts.atoms import ARRAY, Atom, Literal
from eventproof.contracts.found import NONE, UNSURE, Asker, Found, Goal, a_value
from eventproof.contracts.string_values import extent

LENGTH_LIMIT = 2_500
"""The longest array that is built."""

DISTINCT_LIMIT = 40
"""How many items that all differ are looked for."""

_WIDTH_LIMIT = 40
_PAIRS_LIMIT = 12


def array(parts: Sequence[Atom], asker: Asker) -> Found:
    """Look for an array."""
    return _Array(parts, asker).found()


@dataclass(slots=True)
class _Array:
    parts: Sequence[Atom]
    asker: Asker
    rows: list[atoms.Row] = field(default_factory=list)
    asked: dict[int, set[Literal]] = field(default_factory=dict)
    width: int = 0
    length: int = 0
    """How long the array has to be, as far as is known."""
    limit: int | None = None
    """How long it can be at most."""
    unsure: bool = False

    def found(self) -> Found:
        """Look for the array: first each part alone, then all of them together."""
        self._sort()
        if self.width > _WIDTH_LIMIT:
            return UNSURE
        if self.limit is not None and self.length > self.limit:
            return NONE
        if not self._reachable() or {atoms.Unique(True), atoms.Unique(False)} <= self._demands():
            return NONE
        if self._counts_collide():
            return NONE
        asking = [part for part in self.parts if _asks_for_some(part)]
        if len(asking) > 1 and not all(self._alone()._placed(part) for part in asking):
            return NONE
        for part in asking:
            if not self._placed(part):
                return NONE if len(asking) == 1 else UNSURE
        if self.length > LENGTH_LIMIT:
            return UNSURE
        wants_distinct = atoms.Unique(True) in self.parts
        return self._distinct() if wants_distinct else self._built()

    def _sort(self) -> None:
        self.length, self.limit = extent(self.parts, ARRAY)
        for part in self.parts:
            if isinstance(part, atoms.Row):
                self.rows.append(part)
                self.width = max(self.width, len(part.prefix))
            elif isinstance(part, atoms.Item) and not part.open:
                self.asked.setdefault(part.index, set()).add(part.literal)
                self.width = max(self.width, part.index + 1)
                self.length = max(self.length, part.index + 1)
            elif isinstance(part, atoms.Item):
                self.width = max(self.width, part.index)

    def _demands(self) -> set[Atom]:
        return {part for part in self.parts if isinstance(part, atoms.Unique)}

    def _goal(self, place: int, *more: Literal) -> Goal:
        goal = {*more, *self.asked.get(place, ())}
        for row in self.rows:
            goal.add(row.prefix[place] if place < len(row.prefix) else row.rest)
        return frozenset(goal)

    def _reachable(self) -> bool:
        """Shorten the limit to the first place for which there is no item."""
        for place in range(self.width + 1):
            if self.limit is not None and place >= self.limit:
                break
            if self.asker.ask(self._goal(place)).is_none:
                self.limit = place
                break
        return self.limit is None or self.length <= self.limit

    def _places(self, begin: int = 0) -> list[int]:
        """Return the places that may be used; the last one stands for all behind it."""
        end = self.width + 1 if self.limit is None else min(self.width + 1, self.limit)
        return list(range(min(begin, self.width), end))

    def _alone(self) -> _Array:
        """Return the same question before anything was placed."""
        fresh = _Array(self.parts, self.asker)
        fresh._sort()
        fresh._reachable()
        return fresh

    def _placed(self, part: Atom) -> bool:
        """Meet what asks for some items; False where it is proved to be impossible."""
        if isinstance(part, atoms.Item):
            return self._place(part)
        return self._counted(part) if isinstance(part, atoms.Count) else self._repeated()

    def _place(self, part: atoms.Item) -> bool:
        possible = False
        for place in self._places(part.index):
            found = self.asker.ask(self._goal(place, part.literal))
            if found.outcome == "value":
                self._ask(place, part.literal)
                return True
            possible = possible or not found.is_none
        self.unsure = self.unsure or possible
        return possible

    def _ask(self, place: int, literal: Literal) -> None:
        """Ask for more at a place; one that had been like all behind it gets rules of its own."""
        self.asked.setdefault(place, set()).add(literal)
        self.length = max(self.length, place + 1)
        if place >= self.width:
            self.width = place + 1

    def _counted(self, part: atoms.Count) -> bool:
        """Make so many items meet a literal; False where it is proved to be impossible."""
        if part.most is not None and self._forced(part) > part.most:
            return False
        possible = self._candidates(part.literal)
        endless = bool(possible) and possible[-1] >= self.width
        room = len(possible)
        if endless:
            room += part.least if self.limit is None else self.limit - self.width - 1
        if room < part.least:
            return False
        if part.most is not None:
            self.unsure = True  # the count is tried, and checked by the validators
        last = possible[-1] if possible else 0
        while len(possible) < min(part.least, LENGTH_LIMIT):
            last += 1
            possible.append(last)
        for place in possible[: part.least]:
            self._ask(place, part.literal)
        if part.most is not None:
            self._avoid(part.literal)
        return True

    def _candidates(self, literal: Literal) -> list[int]:
        places = self._places()
        return [p for p in places if not self.asker.ask(self._goal(p, literal)).is_none]

    def _counts_collide(self) -> bool:
        """Whether more items must meet one literal than may meet a wider one."""
        counts = [part for part in self.parts if isinstance(part, atoms.Count)]
        return any(
            other.most is not None
            and one.least > other.most
            and self.asker.ask(frozenset([one.literal, -other.literal])).is_none
            for one in counts
            for other in counts
        )

    def _forced(self, part: atoms.Count) -> int:
        """Count the items that cannot but meet a literal."""
        count = 0
        for place in self._places():
            if place < self.length and self.asker.ask(self._goal(place, -part.literal)).is_none:
                count += 1 if place < self.width else self.length - self.width
        return count

    def _avoid(self, literal: Literal) -> None:
        for place in range(min(self.length, LENGTH_LIMIT)):
            if literal in self.asked.get(place, ()):
                continue
            if not self.asker.ask(self._goal(place, -literal)).is_none:
                self.asked.setdefault(place, set()).add(-literal)
                self.width = max(self.width, place + 1)

    def _repeated(self) -> bool:
        """Make two items the same; False where it is proved to be impossible."""
        places = self._places()
        if self.limit is None or self.limit > self.width + 1:
            places.append(self.width + 1)
        if len(places) > _PAIRS_LIMIT:
            self.unsure = True
            return True
        possible = False
        for index, later in enumerate(places):
            for earlier in places[:index]:
                goal = self._goal(earlier) | self._goal(later)
                found = self.asker.ask(goal)
                if found.outcome == "value":
                    self._same(earlier, later, goal)
                    return True
                possible = possible or not found.is_none
        self.unsure = self.unsure or possible
        return possible

    def _same(self, earlier: int, later: int, goal: Goal) -> None:
        for place in (earlier, later):
            for literal in goal | {atoms.TRUE}:
                self._ask(place, literal)

    def _built(self) -> Found:
        items: list[Any] = []
        size = 1
        alike: Found | None = None
        for place in range(self.length):
            found = alike or self.asker.ask(self._goal(place))
            if found.is_none:
                return UNSURE  # each part alone has an item here, and all together have none
            if found.outcome == "unsure":
                return UNSURE
            alike = found if place >= self.width else None
            items.append(found.value)
            size += found.size
        return Found("unsure", items, size) if self.unsure else a_value(items, size)

    def _distinct(self) -> Found:
        """Build items that all differ; where all places are alike, too few of them is a proof."""
        alike = self.width == 0
        if self.length > DISTINCT_LIMIT:
            return UNSURE
        items: list[Any] = []
        size = 1
        for place in range(self.length):
            others = [self.asker.excluding(item) for item in items]
            found = self.asker.ask(self._goal(place, *others))
            if found.outcome != "value":
                return NONE if found.is_none and alike and not self.unsure else UNSURE
            items.append(found.value)
            size += found.size
        return Found("unsure", items, size) if self.unsure else a_value(items, size)


def _asks_for_some(part: Atom) -> bool:
    open_item = isinstance(part, atoms.Item) and part.open
    return open_item or isinstance(part, atoms.Count) or part == atoms.Unique(False)
