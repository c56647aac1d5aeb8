"""Who waits for whom: finds the processes that wait for each other in a circle.

A statement waits for the holder of its row, unless somebody stands before it in the row's queue:
the first of the queue keeps the others waiting for itself, on the server. So whoever stands before
one of a circle is part of the circle, and can be the victim too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from eventproof.simulator.actors import Actor
from eventproof.simulator.tables import Key
from eventproof.simulator.transitions import Wait

Place = tuple[int, int]
"""(position of the actor, slot of the process)."""


def in_cycles(
    blocked: Sequence[tuple[int, Wait]],
    actors: Sequence[Actor],
    is_own: Callable[[Key], bool],
) -> tuple[Place, ...]:
    """The blocked processes that wait, directly or over others, for themselves; in order.

    `is_own` says which rows each actor has one of for itself, under the same key as the others.
    """
    waits_for: dict[Place, Place | None] = {}
    for position, wait in blocked:
        among = (position,) if is_own(wait.key) else range(len(actors))
        place = (position, wait.slot)
        waits_for[place] = _holder(wait.key, place, actors, among)
    circle = {place for place in waits_for if _comes_back(place, waits_for)}
    if not circle:
        return ()
    circle |= {
        (position, wait.slot)
        for position, wait in blocked
        for other_position, other in blocked
        if (other_position, other.slot) in circle and _is_before(wait, other)
        if position == other_position or not is_own(wait.key)
    }
    return tuple(place for place in waits_for if place in circle)


def _is_before(wait: Wait, other: Wait) -> bool:
    """Whether `wait` stands before `other` in one queue, or may do so as far as anybody knows."""
    before = not wait.rank or not other.rank or wait.rank < other.rank
    return wait.key == other.key and wait.in_line and other.in_line and before


def _holder(
    key: Key, waiter: Place, actors: Sequence[Actor], among: Iterable[int]
) -> Place | None:
    for position in among:
        for process in actors[position].processes:
            place = (position, process.slot)
            if place != waiter and process.tx is not None and process.tx.holds(key):
                return place
    return None


def _comes_back(place: Place, waits_for: Mapping[Place, Place | None]) -> bool:
    # A row has one holder, so there is one way to follow; it is at most as long as the list.
    at: Place | None = place
    for _ in waits_for:
        at = waits_for.get(at) if at is not None else None
        if at == place:
            return True
    return False
