"""A turnstile for handlers in threads: who must wait for its turn with a message begins in it.

`turns` says what a handler needs before it may begin; here the threads of a live run take that and
give it back. A published message leaves a call behind, which is made when its turn comes, so that
no thread waits for it; a requester's thread waits. Who came first is told by the lock.

Three things could be wrong: a turn that is not given back (`leave` is called in a `finally`), a
handler that waits for its own service for ever (it is told after `PATIENCE_S`), and a run that has
been given up while others wait (`close` turns them away).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from eventproof.findings import Problem
from eventproof.simulator.tables import Key
from eventproof.simulator.turns import Admission, Turns

PATIENCE_S = 30.0
"""Seconds that a requester waits for its handler's turn; as long as for a lock."""

LOOK_S = 0.05
"""Seconds between two looks whether the run has been given up."""

Leave = Callable[[], None]
"""Gives back what was taken."""


@dataclass(eq=False)
class _Ticket:
    admission: Admission
    begin: Callable[[Leave], None]
    taken: set[Key] = field(default_factory=set)


class Turnstile:
    """Shared by all threads of a run."""

    def __init__(self, turns: Turns | None) -> None:
        self._turns = turns
        self._lock = threading.Lock()
        self._waiting: list[_Ticket] = []
        self._taken: set[Key] = set()
        self._closed = False

    def enter(self, service: str, message: Any, begin: Callable[[Leave], None]) -> None:
        """Call `begin(leave)` when the service may begin with the message: now, or later."""
        admission = self._turns.of(service, message) if self._turns is not None else None
        if admission is None:
            begin(_nothing)
            return
        with self._lock:
            self._waiting.append(_Ticket(admission, begin))
        self._admit()

    def wait(self, service: str, message: Any) -> Leave:
        """Wait until the service may begin with the message. `Problem` if that does not come."""
        admitted, given = threading.Event(), list[Leave]()

        def begin(leave: Leave) -> None:
            given.append(leave)
            admitted.set()

        self.enter(service, message, begin)
        ends_s = time.monotonic() + PATIENCE_S
        while not admitted.wait(LOOK_S):
            if self._closed or time.monotonic() > ends_s:
                raise Problem(
                    f"{service} does not come to {message.MESSAGE}: it is its turn to handle "
                    f"others, and they have not ended within {PATIENCE_S:g} s.",
                    hint="a handler may wait for its own service, which handles too few at once",
                )
        return given[0]

    def close(self) -> None:
        """Let nobody else begin."""
        with self._lock:
            self._closed = True
            self._waiting.clear()

    def _admit(self) -> None:
        with self._lock:
            admitted = self._next()
        for ticket in admitted:
            ticket.begin(partial(self._leave, ticket))

    def _leave(self, ticket: _Ticket) -> None:
        with self._lock:
            self._taken -= ticket.taken
        self._admit()

    def _next(self) -> list[_Ticket]:
        """Those who can begin, first come first served; they have taken what they need."""
        admitted, before = [], set(self._taken)
        for ticket in self._waiting:
            line, seats = ticket.admission.line, ticket.admission.seats
            seat = next((seat for seat in seats if seat not in self._taken), None)
            if (line is None or line not in before) and (seat is not None or not seats):
                ticket.taken = {key for key in (line, seat) if key is not None}
                self._taken |= ticket.taken
                admitted.append(ticket)
            if line is not None:
                before.add(line)  # who comes later in it waits, whether or not this one begins
        self._waiting = [ticket for ticket in self._waiting if ticket not in admitted]
        return admitted


def _nothing() -> None:
    """Nothing was taken."""


__all__ = ["Leave", "Turnstile"]
