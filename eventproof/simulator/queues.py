"""The queues in which statements wait for rows: first come, first served.

Most statements that find their row locked need not be told from statements that have not been
issued yet, and the explorer does not tell them. Those that do (a guard was tested, a snapshot was
taken) stand in the row's queue, in the order in which they came; when the row becomes free, the
first of them goes on before anything else moves, as on the server.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from eventproof.simulator.actors import Actor
from eventproof.simulator.moves import Moves
from eventproof.simulator.steps import Get, Insert, Update
from eventproof.simulator.tables import Key


class Waiter(NamedTuple):
    """A process in a queue."""

    key: Key
    rank: int
    slot: int


def waiters_of(actor: Actor, moves: Moves) -> tuple[Waiter, ...]:
    """The processes of an actor that stand in a queue."""
    found = []
    for process in actor.processes:
        if process.tx is not None and process.tx.waited and not process.waiting:
            step = moves.pending(process)
            assert isinstance(step, Get | Update | Insert), "only a statement on a row can wait"
            found.append(Waiter(step.key, process.tx.waited, process.slot))
    return tuple(found)


def at_the_end(actor: Actor, waiter: Waiter, others: Iterable[Waiter]) -> Actor:
    """The actor with one of its waiters behind all `others` of the same row."""
    rank = 1 + max((other.rank for other in others if other.key == waiter.key), default=0)
    return actor._replace(
        processes=tuple(
            process._replace(tx=process.tx._replace(waited=rank))
            if process.slot == waiter.slot and process.tx is not None
            else process
            for process in actor.processes
        )
    )


def first_in_line(
    queues: Sequence[Iterable[Waiter]], held: Iterable[frozenset[Key]]
) -> list[tuple[int, int]]:
    """Who goes on now: (position, slot) of the first waiter of each row that is free."""
    locked = frozenset[Key]().union(*held)
    first: dict[Key, tuple[int, int, int]] = {}
    for position, queue in enumerate(queues):
        for waiter in queue:
            if waiter.key in locked:
                continue
            place = (waiter.rank, position, waiter.slot)
            first[waiter.key] = min(first.get(waiter.key, place), place)
    return [(position, slot) for _, position, slot in first.values()]
