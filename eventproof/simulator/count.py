"""How many interleavings there are, and how many of them violate: exact, by adding up paths.

An interleaving is one complete order of the steps that others can notice, with one outcome for
each choice. Where interchangeable customers were explored under one name, a move that several of
them could make counts once for each.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from eventproof.simulator.space import Space, State


@dataclass(frozen=True, slots=True)
class Count:
    """Numbers of interleavings."""

    total: int
    violating: int

    @property
    def fraction(self) -> float:
        """The share that violates."""
        return self.violating / self.total if self.total else 0.0


def count_interleavings(space: Space, violating: Collection[State]) -> Count | None:
    """Add up the paths from the first state; None where they are without number (a circle)."""
    counted: dict[State, Count] = {}
    open_states: set[State] = set()
    stack = [space.initial]
    while stack:
        state = stack[-1]
        if state in counted:
            stack.pop()
            continue
        ways = space.transitions(state)
        missing = [way.state for way in ways if way.state not in counted]
        if not missing:
            counted[state] = _sum(
                [(way.weight, counted[way.state]) for way in ways], state in violating
            )
            open_states.discard(state)
            stack.pop()
            continue
        open_states.add(state)
        if any(following in open_states for following in missing):
            return None
        stack.extend(missing)
    return counted[space.initial]


def _sum(ways: list[tuple[int, Count]], violating: bool) -> Count:
    if not ways:
        return Count(1, 1 if violating else 0)
    total = sum(weight * count.total for weight, count in ways)
    bad = total if violating else sum(weight * count.violating for weight, count in ways)
    return Count(total, bad)
