"""How many interleavings there are, and how many of them violate: exact, by adding up paths.

An interleaving is one complete order of the steps that others can notice, with one outcome for
each choice. Where interchangeable customers were explored under one name, a move that several of
them could make counts once for each.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Count:
    """Numbers of interleavings."""

    total: int
    violating: int

    @property
    def fraction(self) -> float:
        """The share that violates."""
        return self.violating / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True)
class Ways:
    """The transitions between states, by number, as compactly as can be: grows state by state."""

    first: array[int] = field(default_factory=lambda: array("Q", [0]))
    """Where the transitions of each state begin; one more than there are states."""
    target: array[int] = field(default_factory=lambda: array("Q"))
    weight: array[int] = field(default_factory=lambda: array("Q"))

    def add(self, ways: Iterable[tuple[int, int]]) -> None:
        """The next state's transitions: pairs of target and weight."""
        for target, weight in ways:
            self.target.append(target)
            self.weight.append(weight)
        self.first.append(len(self.target))

    def of(self, state: int) -> range:
        """The places of a state's transitions."""
        return range(self.first[state], self.first[state + 1])


def count_interleavings(ways: Ways, violating: Collection[int]) -> Count | None:
    """Add up the paths from state 0; None where they are without number (a circle)."""
    order = _targets_first(ways)
    if order is None:
        return None
    total: dict[int, int] = {}
    bad: dict[int, int] = {}
    for state in order:
        places = ways.of(state)
        total[state] = sum(ways.weight[at] * total[ways.target[at]] for at in places) or 1
        if state in violating:
            bad[state] = total[state]
        else:
            bad[state] = sum(ways.weight[at] * bad[ways.target[at]] for at in places)
    return Count(total[0], bad[0])


def _targets_first(ways: Ways) -> list[int] | None:
    """All states, each after those it leads to; None where some lead to themselves."""
    order: list[int] = []
    entered: dict[int, int] = {0: ways.first[0]}
    finished: set[int] = set()
    path = [0]
    while path:
        state = path[-1]
        at = entered[state]
        if at == ways.first[state + 1]:
            finished.add(state)
            order.append(path.pop())
            continue
        entered[state] = at + 1
        target = ways.target[at]
        if target in finished:
            continue
        if target in entered:
            return None
        entered[target] = ways.first[target]
        path.append(target)
    return order
