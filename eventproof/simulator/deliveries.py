"""Deliveries: what becomes of an actor when one of its processes sends, is answered, or crashes.

A message makes a process of each of its consumers. A requester waits for one of them: for ever, or
until it gives up, which it may do at any moment before the reply. Whoever it asked goes on; the
reply is dropped, since by then nobody waits for it.

Three things could be wrong: a reply that reaches somebody else (a slot is used again), a requester
that gives up after its reply, and a copy of a request that answers a second time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from eventproof.findings import Problem
from eventproof.simulator.actors import (
    CONTRACT_KEPT,
    NOBODY,
    READABLE,
    Actor,
    Cursors,
    Fault,
    Process,
    faulted,
    free_slot,
    with_process,
    without,
)
from eventproof.simulator.attempts import ABANDONED
from eventproof.simulator.errors import TimedOut
from eventproof.simulator.mishaps import delivery_of, noting_failure, unreadable
from eventproof.simulator.network import COPIES, REORDERED, Network, begins_again
from eventproof.simulator.programs import Finished, Routes, Thrown
from eventproof.simulator.steps import Request
from eventproof.simulator.tables import Key
from eventproof.simulator.transactions import Holds
from eventproof.simulator.turns import Standings, Turns, has_begun, takes

AS_BLOCKS = "use each transaction as `async with ctx.transaction() as tx:`"

MESSAGES_BOUND = 2_000
"""Messages that may be under way for one customer at a time, even in a timed run."""


@dataclass(frozen=True)
class Deliveries:
    """The rules of messages for one scenario and one kind of cursor."""

    cursors: Cursors
    routes: Routes
    fault_of: Callable[[Any, str], str | None]
    """What is wrong with a message under its contract of some version, or None."""
    network: Network | None = None
    turns: Turns | None = None

    def published(self, actor: Actor, message: Any, choice: str | None = None) -> Actor:
        """The actor with a handler of the message for each of its consumers."""
        for _ in range(COPIES.get(choice, 1)):
            actor = self._spawned(actor, message, None, out_of_order=choice == REORDERED)
        return actor

    def requested(
        self, actor: Actor, process: Process, step: Request, choice: str | None = None
    ) -> Actor:
        """The actor with a process that waits, and the handler that is to answer it."""
        message, gives_up = step.message, step.timeout_s is not None
        self._demand_one_handler(message)
        actor = with_process(actor, process._replace(waiting=True, may_give_up=gives_up))
        before = {other.slot for other in actor.processes}
        for _ in range(COPIES.get(choice, 1)):
            actor = self._spawned(actor, message, process.slot, out_of_order=choice == REORDERED)
        # An unreadable request has no handler: its sender waits, which is a fault too.
        for slot in [other.slot for other in actor.processes if other.slot not in before]:
            actor = self.settled(actor, slot)
        return actor

    def gave_up(self, actor: Actor, process: Process, step: Request) -> tuple[Actor, Thrown]:
        """The actor after a requester has waited long enough, and what it gets for an answer."""
        thrown = Thrown(TimedOut, (step.message.MESSAGE, step.timeout_s))
        return self._replied(actor, process, thrown), thrown

    def abandoned(self, actor: Actor) -> Actor:
        """The actor whose customer has gone: what its messages have begun goes on, unheard."""
        return _unheard(without(actor, 0), 0)._replace(outcome=ABANDONED)

    def crashed(self, actor: Actor, process: Process, choice: str) -> Actor:
        """The actor after a handler's process has died: it begins again, or is gone."""
        delivery, actor = process.delivery, without(actor, process.slot)
        assert delivery is not None, "only a handler of a message that may fail crashes"
        if not begins_again(delivery, choice):
            return actor
        cursor = self.cursors.start(delivery.program)
        again = Process(process.slot, cursor, parent=process.parent, delivery=delivery)
        if process.turn is None:
            actor = actor._replace(processes=(*actor.processes, again))
        else:  # it stays the first in its line
            again = again._replace(turn=process.turn._replace(taken=None))
            actor = actor._replace(processes=(again, *actor.processes))
        return self.settled(actor, process.slot)

    def settled(self, actor: Actor, slot: int) -> Actor:
        """If the process has finished: hand its reply over, and let it go."""
        process = actor.process(slot)
        ended = self.cursors.pending(process.cursor)
        if not isinstance(ended, Finished) or not has_begun(process):
            return actor
        if process.tx is not None:
            raise at_fault(self.cursors, process, "ends with an open transaction", AS_BLOCKS)
        actor = without(actor, slot)
        if slot == 0:
            return actor._replace(outcome=ended.words)
        if process.parent is None:
            return noting_failure(actor, self.cursors.title(process.cursor), ended)
        if process.parent == NOBODY:
            return actor
        return self._replied(actor, actor.process(process.parent), ended.error or ended.value)

    def _replied(self, actor: Actor, requester: Process, answer: Any) -> Actor:
        """The actor after a requester has got its answer; who else was to answer is not heard."""
        if requester.may_give_up:
            actor = _unheard(actor, requester.slot)
        cursor = self.cursors.advance(requester.cursor, answer)
        going_on = requester._replace(cursor=cursor, waiting=False, may_give_up=False)
        return self.settled(with_process(actor, going_on), requester.slot)

    def received(
        self, actor: Actor, process: Process, hold: Holds, standing: Standings
    ) -> Actor | None:
        """The actor after a handler has begun with its message; None while it must wait."""
        taken = takes(process, actor.processes, hold, standing)
        if taken is None or process.turn is None:
            return None
        begun = process._replace(turn=process.turn._replace(taken=taken))
        return self.settled(with_process(actor, begun), process.slot)

    def joins_a_line(self, message: Any, is_own: Callable[[Key], bool]) -> bool:
        """Whether other actors' messages are handled after this one, or before it."""
        if self.turns is None:
            return False
        services = (route.service for route in self.routes.get(message.MESSAGE, ()))
        lines = (self.turns.line(service, message) for service in services)
        return any(line is not None and not is_own(line) for line in lines)

    def _spawned(
        self, actor: Actor, message: Any, parent: int | None, *, out_of_order: bool
    ) -> Actor:
        fault = self.fault_of(message, message.VERSION)
        if fault:
            sent = f"{message.MESSAGE} {message.VERSION}"
            actor = faulted(actor, Fault(CONTRACT_KEPT, f"{sent} breaks its contract: {fault}"))
        is_safe = parent is not None and not actor.process(parent).may_give_up
        if len(actor.processes) > MESSAGES_BOUND:
            raise storm(self.cursors, actor, MESSAGES_BOUND)
        for route in self.routes.get(message.MESSAGE, ()):
            why = unreadable(route, message, self.fault_of)
            if why is not None:
                actor = faulted(actor, Fault(READABLE, why))
                continue
            slot = free_slot(actor)
            program = route.program(message)
            delivery = None if is_safe else delivery_of(message, program, self.network)
            turn = None
            if self.turns is not None:
                turn = self.turns.of(route.service, message, out_of_order=out_of_order)
            cursor = self.cursors.start(program)
            child = Process(slot, cursor, parent=parent, delivery=delivery, turn=turn)
            actor = actor._replace(processes=(*actor.processes, child))
            if parent is None:
                actor = self.settled(actor, slot)
        return actor

    def _demand_one_handler(self, message: Any) -> None:
        consumers = self.routes.get(message.MESSAGE, ())
        if len(consumers) != 1:
            who = ", ".join(route.service for route in consumers) or "no handler"
            raise Problem(
                f"a request of {message.MESSAGE} needs one handler; {who} would answer it.",
                hint="name the handler of its service under `handlers:` in the scenario",
            )


def at_fault(cursors: Cursors, process: Process, what: str, hint: str | None = None) -> Problem:
    """What to say of a handler that does what nobody can: who, what, and where it is written."""
    title, place = cursors.title(process.cursor), cursors.place(process.cursor)
    return Problem(f"{title} {what}{place}.", hint=hint)


def storm(cursors: Cursors, actor: Actor, bound: int) -> Problem:
    """What to say where more than `bound` messages of one customer are under way."""
    titles = Counter(cursors.title(process.cursor) for process in actor.processes)
    ((title, _),) = titles.most_common(1)
    return Problem(
        f"More than {bound:,} messages are under way for one customer, most of them for {title}.",
        hint="messages that set each other off never end",
    )


def _unheard(actor: Actor, slot: int) -> Actor:
    """The actor in which nobody waits any more for what was to answer that process."""
    return actor._replace(
        processes=tuple(
            process._replace(parent=NOBODY) if process.parent == slot else process
            for process in actor.processes
        )
    )
