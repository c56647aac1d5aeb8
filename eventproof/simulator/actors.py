"""Actors: a customer with everything that happens on its behalf, as plain records.

Its journey is process 0, and each message that the journey or one of its handlers sends becomes
another process. Actors meet only in the shared rows.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from eventproof.simulator.conflicts import Conflicts
from eventproof.simulator.network import Delivery, Left
from eventproof.simulator.programs import Finished, Program
from eventproof.simulator.steps import Step
from eventproof.simulator.store import Blocked
from eventproof.simulator.tables import Key
from eventproof.simulator.tickets import Lines, Standing
from eventproof.simulator.transactions import NO_KEYS, Hold, Rows, Tx, Writes
from eventproof.simulator.turns import Admission

Place = tuple[str, int]
"""Where something runs: (customer's name, slot of the process)."""


class Cursors(Protocol):
    """Where programs stand: a tree of answers when exploring, live coroutines otherwise."""

    def start(self, program: Program) -> Any:
        """A cursor at the program's first step."""
        ...

    def pending(self, cursor: Any) -> Step | Finished:
        """What the program asks at this cursor."""
        ...

    def advance(self, cursor: Any, answer: Any) -> Any:
        """The cursor after the answer."""
        ...

    def title(self, cursor: Any) -> str:
        """The program's title."""
        ...

    def place(self, cursor: Any) -> str:
        """Where the program waits for its answer, as ` (file.py:line)`; empty if unknown."""
        ...


class SharedRows(Rows, Protocol):
    """The rows that all actors reach."""

    @property
    def conflicts(self) -> Conflicts:
        """What is known of the serializable transactions at work on them."""
        ...

    def standing(self, line: Key) -> Standing:
        """How a line of messages stands."""
        ...


class OwnRows(Rows, Protocol):
    """The rows that only one actor reaches; immutable."""

    def with_writes(self, writes: Writes) -> OwnRows:
        """With new versions of some rows."""
        ...


class Fault(NamedTuple):
    """Something that went wrong in an actor beside the data: which property it breaks, and how."""

    property: str
    sentence: str


CONTRACT_KEPT = "messages-keep-their-contract"
"""Broken by a message that its own contract rejects; always checked."""
READABLE = "messages-are-readable"
"""Broken by a message that the contract rejects which a consumer is built for; always checked."""
NOTHING_LOST = "no-message-lost"
"""Broken by a handler that fails with a database error, or for want of a reply, where nobody waits
for its own."""
NOBODY = -1
"""The slot of nobody: of a requester that has its reply from elsewhere, or has given up."""


class Process(NamedTuple):
    """One running program of an actor."""

    slot: int
    """Its number within the actor; 0 is the journey."""
    cursor: Any
    tx: Tx | None = None
    parent: int | None = None
    """The slot of the process that waits for its reply; NOBODY where it waits no longer."""
    waiting: bool = False
    """Whether it waits for a reply itself."""
    delivery: Delivery | None = None
    """What it begins again from after a crash; None where the network has no faults."""
    may_give_up: bool = False
    """Whether it waits for its reply no longer than for some time."""
    turn: Admission | None = None
    """What it needs before it begins; None where it need not wait its turn."""

    @property
    def can_move(self) -> bool:
        """Whether there is something that it may do by itself."""
        return not self.waiting or self.may_give_up


class Actor(NamedTuple):
    """A customer's whole state."""

    rows: OwnRows
    processes: tuple[Process, ...]
    outcome: str | None = None
    """What the journey returned."""
    faults: tuple[Fault, ...] = ()
    left: Left | None = None
    """The network's faults that may still happen; None where it has none."""

    def process(self, slot: int) -> Process:
        """The process in that slot."""
        return next(process for process in self.processes if process.slot == slot)

    @property
    def done(self) -> bool:
        """Whether nothing runs any more."""
        return not self.processes


class Move(NamedTuple):
    """What a step did."""

    actor: Actor
    step: Step
    answer: Any
    written: Writes = ()
    """Shared rows that were committed."""
    removed: frozenset[Key] = NO_KEYS
    """Those of them that were deleted, even if others were inserted in their place."""
    replaces: bool = False
    """Whether a row was committed in the place of one deleted by the same transaction."""
    conflicts: Conflicts | None = None
    """What is known of serializable transactions now; None where that has not changed."""
    lines: Lines = ()
    """Lines of messages that stand otherwise now."""
    more: bool = False
    """Whether the statement may turn out otherwise too, by the next number: on the server nobody
    can foresee it."""
    blocked: Blocked | None = None
    """What the step waits for; nothing happened beyond beginning to wait."""
    is_turned_away: bool = False
    """Whether it is not its process's turn; nothing happened."""


def noticed(
    processes: tuple[Process, ...], keys: frozenset[Key], removed: frozenset[Key]
) -> tuple[Process, ...]:
    """The processes after others committed changes to `keys`: their transactions note them."""
    return tuple(
        process if process.tx is None else process._replace(tx=process.tx.noticing(keys, removed))
        for process in processes
    )


def with_process(actor: Actor, process: Process) -> Actor:
    """The actor with one process in place of the one in its slot."""
    return actor._replace(
        processes=tuple(
            process if other.slot == process.slot else other for other in actor.processes
        )
    )


def without(actor: Actor, slot: int) -> Actor:
    """The actor without the process in a slot."""
    return actor._replace(
        processes=tuple(process for process in actor.processes if process.slot != slot)
    )


def free_slot(actor: Actor) -> int:
    """The lowest slot that is free."""
    # Slot 0 stays the journey's even after it has ended.
    taken = {process.slot for process in actor.processes}
    return next(slot for slot in range(1, len(taken) + 2) if slot not in taken)


def faulted(actor: Actor, fault: Fault) -> Actor:
    """The actor with one more fault, each kind once."""
    # Each kind once: a message sent over and over must not make ever new states.
    return actor if fault in actor.faults else actor._replace(faults=(*actor.faults, fault))


def held_by_siblings(actor: Actor, slot: int, key: Key) -> Hold:
    """How the actor's other processes hold a row."""
    others = (p.tx for p in actor.processes if p.slot != slot and p.tx is not None)
    return max((tx.hold(key) for tx in others), default=Hold.NONE)
