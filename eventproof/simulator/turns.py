"""Turns: when a consumer may begin to handle a message, where it does not handle all at once.

A scenario names the field that is the key of a channel's messages (`ordered`): a service handles
those with one key in the order in which they were published, one at a time, as from a partition.
It says how many messages a service handles at once (`at_once`). A handler that must wait its turn
has a process already; its first step is to receive the message.

Between customers it is `tickets` that keep who published first.

Three things could be wrong: a turn that is never given back (it is the process's own, and goes
with it), a handler that crashed and loses its place (it keeps it), and a key that is not there
(such a message is in no order).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from eventproof.simulator.tables import Key
from eventproof.simulator.tickets import EMPTY, Standing
from eventproof.simulator.transactions import Hold, Holds

if TYPE_CHECKING:
    from eventproof.simulator.actors import Process

Standings = Callable[[Key], Standing]
"""Line -> how it stands."""

LINE, SEATS = "in order", "at once"
"""Stand where a table's name stands in a key, which no table of a handler has."""


class Admission(NamedTuple):
    """What a process needs before it may begin."""

    line: Key | None
    """The messages that are handled one after the other; None: in any order."""
    seats: tuple[Key, ...] = ()
    """One of these is needed: a service has so many. Empty: as many as there are messages."""
    taken: tuple[Key, ...] | None = None
    """What it has taken, to be given back at its end; None before it has begun."""
    ticket: int | None = None
    """Its place in a line that others reach too."""


@dataclass(frozen=True)
class Turns:
    """The order that a scenario asks for."""

    ordered: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    """Message id -> the channels that it goes by, each with the field that is its key there."""
    at_once: Mapping[str, int] = field(default_factory=dict)
    """Service -> how many messages it handles at a time."""

    def of(self, service: str, message: Any, *, out_of_order: bool = False) -> Admission | None:
        """The turn that a handler of a message has to wait for."""
        seats = tuple((SEATS, (service, n)) for n in range(self.at_once.get(service, 0)))
        line = None if out_of_order else self.line(service, message)
        return Admission(line, seats) if seats or line is not None else None

    def is_ordered(self, message: Any) -> bool:
        """Whether a message has a place in an order."""
        return self.line("", message) is not None

    def line(self, service: str, message: Any) -> Key | None:
        """Which messages a service handles one after the other; None: no order."""
        for channel, name in self.ordered.get(message.MESSAGE, ()):
            value = message.to_payload().get(name)
            if value is not None:
                return (LINE, (service, channel, str(value)))
        return None


def takes(
    process: Process, processes: Iterable[Process], hold: Holds, standing: Standings
) -> tuple[Key, ...] | None:
    """What a process would take if it began now; None while it must wait.

    `processes` are those of its actor, in the order of publication; `hold` says what others hold,
    `standing` how far a line has come.
    """
    turn = process.turn
    assert turn is not None, "only who has a turn waits for it"
    if not _has_come(process, processes, hold, standing):
        return None
    taken_here = {key for other in processes for key in taken(other)}
    free = (seat for seat in turn.seats if seat not in taken_here and _free(seat, hold))
    seat = next(free, None)
    if turn.seats and seat is None:
        return None
    return tuple(key for key in (turn.line, seat) if key is not None)


def awaited(process: Process, standing: Standings) -> tuple[Key, int | None]:
    """What a process with a ticket that must wait waits for: it, in its line, or any seat."""
    turn = process.turn
    assert turn is not None, "only who has a turn waits for it"
    if turn.line is not None and turn.ticket != standing(turn.line)[1]:
        return turn.line, turn.ticket
    return seats_of(turn.seats[0]), None


def begins_alone(
    process: Process, processes: Iterable[Process], is_own: Callable[[Key], bool]
) -> bool:
    """Whether a process may begin whatever other actors do, and none of them notices."""
    keys = takes(process, processes, _nothing_held, _no_line)
    return keys is not None and all(map(is_own, keys))


def seats_of(seat: Key) -> Key:
    """What stands for all the seats of a service."""
    return (SEATS, (seat[1][0], 0))


def taken(process: Process) -> tuple[Key, ...]:
    """What a process has taken and will give back."""
    return process.turn.taken or () if process.turn is not None else ()


def has_begun(process: Process) -> bool:
    """Whether a process need not wait for its turn."""
    return process.turn is None or process.turn.taken is not None


def _has_come(
    process: Process, processes: Iterable[Process], hold: Holds, standing: Standings
) -> bool:
    """Whether nobody is before the process in its line, if it stands in one."""
    assert process.turn is not None, "only who has a turn stands in a line"
    line, ticket = process.turn.line, process.turn.ticket
    if line is None:
        return True
    if ticket is not None:
        return ticket == standing(line)[1]
    return _is_next(process, processes) and _free(line, hold)


def _is_next(process: Process, processes: Iterable[Process]) -> bool:
    assert process.turn is not None, "only who has a turn stands in a line"
    line = process.turn.line
    first = next(p for p in processes if p.turn is not None and p.turn.line == line)
    return first.slot == process.slot


def _nothing_held(_key: Key) -> Hold:
    return Hold.NONE


def _no_line(_line: Key) -> Standing:
    return EMPTY


def _free(key: Key, hold: Holds) -> bool:
    return hold(key) is Hold.NONE
