"""Tickets: messages of one key are handled in the order in which they were published, by whomever.

A partition is a log that several customers write to. So each message of its key takes the next
ticket of the line, and its handler begins when that ticket is served, which is when all before it
have ended. The lines stand beside the shared rows (`standing`); a line that nobody waits in has no
ticket out, so that nothing is kept of it. Where only one actor reaches a line, its processes stand
in their order already, and need no tickets.

What could be wrong: a process that goes and does not give its ticket back, a handler that crashed
and takes a second ticket (it keeps its own), and a message out of its order, which has no line.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from eventproof.simulator.tables import Key

if TYPE_CHECKING:
    from eventproof.simulator.actors import Actor, Process

Standing = tuple[int, int]
"""Of a line: how many tickets were taken, and which is served."""

EMPTY: Standing = (0, 0)

Lines = tuple[tuple[Key, Standing], ...]
"""Lines with their new standing, each once."""


def ticketed(
    before: Actor,
    after: Actor,
    *,
    standing: Callable[[Key], Standing],
    is_own: Callable[[Key], bool],
) -> tuple[Actor, Lines]:
    """The actor after a step, with a ticket for each new handler in a line; and the lines then."""
    kept = {_ticket(process) for process in after.processes}
    changed: dict[Key, Standing] = {}
    for process in before.processes:
        ticket = _ticket(process)
        if ticket is not None and ticket not in kept:
            taken, served = changed.get(ticket[0]) or standing(ticket[0])
            changed[ticket[0]] = (taken, served + 1)
    processes = []
    for process in after.processes:
        turn = process.turn
        if turn is not None and turn.line and turn.ticket is None and not is_own(turn.line):
            taken, served = changed.get(turn.line) or standing(turn.line)
            changed[turn.line] = (taken + 1, served)
            process = process._replace(turn=turn._replace(ticket=taken))
        processes.append(process)
    if not changed:
        return after, ()
    lines = ((line, EMPTY if now[0] == now[1] else now) for line, now in changed.items())
    return after._replace(processes=tuple(processes)), tuple(lines)


def _ticket(process: Process) -> tuple[Key, int] | None:
    turn = process.turn
    if turn is None or turn.line is None or turn.ticket is None:
        return None
    return turn.line, turn.ticket
