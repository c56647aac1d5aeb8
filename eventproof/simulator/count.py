"""How many interleavings there are, and how many of them violate: exact, by adding up paths.

An interleaving is one complete order of the steps that others can notice, with one outcome for
each choice. Where interchangeable customers were explored under one name, a move that several of
them could make counts once for each.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection
from dataclasses import dataclass, field
from operator import mul


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

    def end_state(self) -> None:
        """What was added to `target` and `weight` since the last time leads from one state."""
        self.first.append(len(self.target))

    def of(self, state: int) -> range:
        """The places of a state's transitions."""
        return range(self.first[state], self.first[state + 1])


def count_interleavings(ways: Ways, violating: Collection[int]) -> Count | None:
    """Add up the paths from state 0; None where they are without number (a circle)."""
    order = _targets_first(ways)
    if order is None:
        return None
    first, target, weight = ways.first, ways.target.tolist(), ways.weight.tolist()
    total = [1] * len(order)
    bad = [0] * len(order)
    total_of, bad_of = total.__getitem__, bad.__getitem__
    for state in order:
        begin, end = first[state], first[state + 1]
        if begin < end:
            targets, weights = target[begin:end], weight[begin:end]
            total[state] = sum(map(mul, weights, map(total_of, targets)))
            if violating:
                bad[state] = sum(map(mul, weights, map(bad_of, targets)))
        if state in violating:
            bad[state] = total[state]
    return Count(total[0], bad[0])


def _targets_first(ways: Ways) -> list[int] | None:
    """All states, each after those it leads to; None where some lead to themselves."""
    first, target = ways.first.tolist(), ways.target.tolist()
    sources_left = [0] * (len(first) - 1)
    for at in target:
        sources_left[at] += 1
    order = [0] if not sources_left[0] else []
    for state in order:  # grows: whoever has no source left is next
        for at in target[first[state] : first[state + 1]]:
            sources_left[at] -= 1
            if not sources_left[at]:
                order.append(at)
    order.reverse()
    return order if len(order) == len(sources_left) else None
