"""Who waits for whom: finds the processes that wait for each other in a circle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from eventproof.simulator.actors import Actor
from eventproof.simulator.tables import Key

Place = tuple[int, int]
"""(position of the actor, slot of the process)."""


def in_cycles(
    blocked: Iterable[tuple[int, int, Key]],
    actors: Sequence[Actor],
    is_own: Callable[[Key], bool],
) -> tuple[Place, ...]:
    """The blocked processes that wait, directly or over others, for themselves; in order.

    `is_own` says which rows each actor has one of for itself, under the same key as the others.
    """
    waits_for: dict[Place, Place | None] = {}
    for position, slot, key in blocked:
        among = (position,) if is_own(key) else range(len(actors))
        waits_for[(position, slot)] = _holder(key, (position, slot), actors, among)
    return tuple(place for place in waits_for if _comes_back(place, waits_for))


def _holder(
    key: Key, waiter: Place, actors: Sequence[Actor], among: Iterable[int]
) -> Place | None:
    for position in among:
        for process in actors[position].processes:
            place = (position, process.slot)
            if place != waiter and process.tx is not None and process.tx.holds(key):
                return place
    return None


def _comes_back(place: Place, waits_for: dict[Place, Place | None]) -> bool:
    # A row has one holder, so there is one way to follow; it is at most as long as the list.
    at: Place | None = place
    for _ in waits_for:
        at = waits_for.get(at) if at is not None else None
        if at == place:
            return True
    return False
