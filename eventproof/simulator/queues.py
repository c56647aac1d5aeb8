"""The queues in which statements wait for rows.

Most statements that find their row locked need not be told from statements that have not been
issued yet, and the explorer does not tell them. Those that do (a guard was tested, a snapshot was
taken, rows were locked on the way) stand in the row's queue, in the order in which they came; when
the row becomes free, one of them goes on before anything else moves, as on the server.

That is mostly the first. But where the row was changed, all of them have to look for its new
version, and the server has been seen to let a later one come to it first; so any of them may. An
insert that finds its key being written waits beside the queue, for the end of whoever writes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from eventproof.simulator.actors import Actor, Process
from eventproof.simulator.moves import Moves
from eventproof.simulator.steps import Delete, Get, Update
from eventproof.simulator.store import Blocked, wait_matters
from eventproof.simulator.tables import Key
from eventproof.simulator.transactions import Hold
from eventproof.simulator.transitions import Wait


class Waiter(NamedTuple):
    """A process that waits for a row."""

    key: Key
    rank: int
    slot: int
    in_line: bool

    def waits_on(self, hold: Hold) -> bool:
        """Whether it still has to wait for a row that is held so.

        Beside the queue that is only while nobody knows whether the row will be there: what
        somebody has merely locked is.
        """
        return hold is Hold.WRITTEN or (self.in_line and hold is Hold.LOCKED)


def waiters_of(actor: Actor) -> tuple[Waiter, ...]:
    """The processes of an actor that have begun to wait."""
    return tuple(
        Waiter(waits.key, waits.rank, process.slot, waits.in_line)
        for process in actor.processes
        if process.tx is not None and not process.waiting
        if (waits := process.tx.under_way) is not None and waits.key is not None
    )


def has_begun_to_wait(process: Process) -> bool:
    """Whether the pending statement of a process has begun to wait before."""
    return process.tx is not None and process.tx.under_way is not None


def wait_of(process: Process, blocked: Blocked) -> Wait:
    """Where a process stands whose statement waits, or would wait if it were issued."""
    before = process.tx.under_way if process.tx else None
    rank = before.rank if before is not None and before.key == blocked.key else 0
    return Wait(process.slot, blocked.key, blocked.in_line, rank)


def wanted_by(actor: Actor, moves: Moves) -> tuple[tuple[int, Key], ...]:
    """The rows that an actor may wait for without having been told from one that does not."""
    return tuple(
        (process.slot, step.key)
        for process in actor.processes
        if not process.waiting and process.tx is not None and not has_begun_to_wait(process)
        if isinstance(step := moves.pending(process), Get | Update | Delete)
        and not wait_matters(step)
        and (step.lock if isinstance(step, Get) else True)
    )


def at_the_end(actor: Actor, waiter: Waiter, others: Iterable[Waiter]) -> Actor:
    """The actor with one of its waiters behind all `others` of the same row."""
    rank = 1 + max((other.rank for other in others if other.key == waiter.key), default=0)
    return actor._replace(
        processes=tuple(
            process._replace(
                tx=process.tx._replace(under_way=process.tx.under_way._replace(rank=rank))
            )
            if process.slot == waiter.slot and process.tx and process.tx.under_way
            else process
            for process in actor.processes
        )
    )
