"""What a handler may ask of the world: each awaited call is one step, a small frozen record.

A step says what is asked and what it touches, never how it is answered: the explorer, the timed
driver and the replay all answer the same records. Three things must hold, or proofs mean nothing:
a step is plain data (hashable, comparable), it names everything that it reads or writes, and a
handler has no other way to reach the world.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from eventproof.simulator.durations import Length, words_of
from eventproof.simulator.statements import (
    Change,
    Delete,
    Get,
    Guard,
    Insert,
    Isolation,
    Mark,
    Mode,
    OnConflict,
    OnLocked,
    Release,
    RollbackTo,
    RowStep,
    Savepoint,
    Select,
    StoreStep,
    Update,
)
from eventproof.simulator.tables import Row, Table


class Message(Protocol):
    """What a generated message class offers."""

    MESSAGE: ClassVar[str]
    VERSION: ClassVar[str]

    def to_payload(self) -> dict[str, Any]:
        """The message as its JSON payload."""
        ...


@dataclass(frozen=True, slots=True)
class Begin:
    """Open a transaction. Takes no snapshot yet, as in PostgreSQL."""

    isolation: Isolation | None
    """None: the scenario's isolation level."""
    mode: Mode | None = None
    """On SQLite; None: the scenario's."""


@dataclass(frozen=True, slots=True)
class Commit:
    """Make the transaction's writes visible and release its locks."""


@dataclass(frozen=True, slots=True)
class Rollback:
    """Forget the transaction's writes and release its locks."""


@dataclass(frozen=True, slots=True)
class Publish:
    """Hand a message to the channel; every consumer of it gets a handler of its own."""

    message: Any


@dataclass(frozen=True, slots=True)
class Receive:
    """Begin to handle a message, where that has to wait its turn. No handler asks for it."""


@dataclass(frozen=True, slots=True)
class Request:
    """Send a message and wait for its handler's reply."""

    message: Any
    timeout_s: float | None = None
    """Seconds after which to go on without one; None: wait for ever."""


@dataclass(frozen=True, slots=True)
class Call:
    """Ask an external system; its answer is a choice among the scenario's outcomes."""

    system: str
    operation: str


@dataclass(frozen=True, slots=True)
class Sleep:
    """Wait. Any time may pass in an exploration; in a timed run one of this length."""

    length: Length
    is_again: bool = False
    """Whether it is the pause before another try, and nobody's thinking."""


@dataclass(frozen=True, slots=True)
class Now:
    """The simulated time in seconds; always 0 in an exploration, where time has no length."""


Step = StoreStep | Begin | Commit | Rollback | Publish | Receive | Request | Call | Sleep | Now

STEP_TYPES = (
    Begin, Get, Select, Update, Delete, Insert, Savepoint, Release, RollbackTo, Commit, Rollback,
    Publish, Request, Call, Sleep, Now,
)  # fmt: skip


def label(step: Step, answer: Any = None) -> str:
    """The step in a few words, as a timeline shows it; with its answer once it is known."""
    match step:
        case Get(table, _, lock):
            return f"{'lock and read' if lock else 'read'} {_row_words(table, answer)}"
        case Select(table, guards):
            return _select_words(step, table, guards, answer)
        case Update():
            return _update_words(step, answer)
        case Delete(table, _, guards):
            return _missed(table, guards) if answer is False else f"delete {table.name}"
        case Insert(table, _, row):
            if answer is False:
                return f"{table.name} row is there"
            return _status_words(table, row._asdict()) or f"insert {table.name}"
        case RollbackTo():
            return "rollback to savepoint"
        case Publish(message) | Request(message):
            verb = "publish" if isinstance(step, Publish) else "request"
            return f"{verb} {message.MESSAGE}"
        case Call(system, operation):
            return f"{system} {answer}" if answer else f"{system} {operation}"
        case Begin(isolation, mode):
            return " ".join(["begin", *(said for said in (isolation, mode) if said)])
        case Sleep(length):
            return f"wait {words_of(length)}"
    return type(step).__name__.lower()


def _row_words(table: Table, row: Row | None) -> str:
    if row is None:
        return f"{table.name}: no row"
    shown = table.shown or table.columns[-1:]
    return ", ".join(f"{column} = {_said(getattr(row, column))}" for column in shown)


def _said(value: Any) -> str:
    """A value as SQL would have it, but text without quotes unless it is empty."""
    return "null" if value is None else "''" if value == "" else str(value)


def _select_words(step: Select, table: Table, guards: tuple[Guard, ...], answer: Any) -> str:
    verb = "lock and read" if step.lock else "read"
    where = f" with {_wanted(guards)}" if guards else ""
    found = "" if answer is None else f": {len(answer)} row{'' if len(answer) == 1 else 's'}"
    return f"{verb} {table.name}{where}{found}"


def _missed(table: Table, guards: tuple[Guard, ...]) -> str:
    return f"no row with {_wanted(guards)}" if guards else f"no {table.name} row"


def _wanted(guards: tuple[Guard, ...]) -> str:
    return " and ".join(f"{g.column} {g.operator} {_said(g.operand)}" for g in guards)


def _update_words(step: Update, answer: Any) -> str:
    if answer is False:
        return _missed(step.table, step.guards)
    status = _status_words(step.table, {c.column: c.operand for c in step.changes})
    if status:
        return status
    first = step.changes[0]
    if first.operator == "+":
        return f"{first.column} {'-' if first.operand < 0 else '+'} {abs(first.operand)}"
    return f"write {first.column} = {_said(first.operand)}"


def _status_words(table: Table, values: Mapping[str, Any]) -> str | None:
    status = values.get("status")
    return f"{table.noun} {str(status).lower()}" if status is not None else None


__all__ = [
    "STEP_TYPES",
    "Begin",
    "Call",
    "Change",
    "Commit",
    "Delete",
    "Get",
    "Guard",
    "Insert",
    "Isolation",
    "Mark",
    "Message",
    "Mode",
    "Now",
    "OnConflict",
    "OnLocked",
    "Publish",
    "Receive",
    "Release",
    "Request",
    "Rollback",
    "RollbackTo",
    "RowStep",
    "Savepoint",
    "Select",
    "Sleep",
    "Step",
    "StoreStep",
    "Update",
    "label",
]
