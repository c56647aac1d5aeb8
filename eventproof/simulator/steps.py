"""What a handler may ask of the world: each awaited call is one step, a small frozen record.

A step says what is asked and what it touches, never how it is answered: the explorer, the timed
driver and the replay all answer the same records. Three things must hold, or proofs mean nothing:
a step is plain data (hashable, comparable), it names everything that it reads or writes, and a
handler has no other way to reach the world.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from eventproof.simulator.tables import Key, Row, Table


class Isolation(StrEnum):
    """Isolation levels of a transaction, as PostgreSQL names and implements them."""

    READ_COMMITTED = "read committed"
    """Each statement sees what was committed before it began."""
    REPEATABLE_READ = "repeatable read"
    """Every statement sees what was committed before the transaction's first statement."""


class Message(Protocol):
    """What a generated message class offers."""

    MESSAGE: ClassVar[str]
    VERSION: ClassVar[str]

    def to_payload(self) -> dict[str, Any]:
        """The message as its JSON payload."""
        ...


@dataclass(frozen=True, slots=True)
class Change:
    """A new value for a column: set to an operand, or moved by it."""

    column: str
    operator: str
    """`=` sets, `+` adds (a negative operand subtracts)."""
    operand: Any

    def apply(self, row: Row) -> Any:
        """The column's new value."""
        value = getattr(row, self.column)
        if self.operator == "=":
            return self.operand
        return None if value is None else value + self.operand  # NULL plus one is NULL


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition on a column that an update demands."""

    column: str
    operator: str
    """`>=` or `=`."""
    operand: Any

    def holds(self, row: Row) -> bool:
        """Whether `row` meets the condition."""
        value = getattr(row, self.column)
        if self.operator == "=":
            return bool(value == self.operand)
        return value is not None and bool(value >= self.operand)  # NULL is never enough


@dataclass(frozen=True, slots=True)
class Begin:
    """Open a transaction. Takes no snapshot yet, as in PostgreSQL."""

    isolation: Isolation | None
    """None: the scenario's isolation level."""


@dataclass(frozen=True, slots=True)
class Get:
    """Read one row by its primary key, or None; `lock` is SELECT … FOR UPDATE."""

    table: Table
    key: Key
    lock: bool = False


@dataclass(frozen=True, slots=True)
class Update:
    """Change one row if it exists and every guard holds; answered with whether it did."""

    table: Table
    key: Key
    changes: tuple[Change, ...]
    guards: tuple[Guard, ...] = ()


@dataclass(frozen=True, slots=True)
class Insert:
    """Add one row; a row with that primary key raises 23505."""

    table: Table
    key: Key
    row: Row


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
class Request:
    """Send a message and wait for its handler's reply."""

    message: Any


@dataclass(frozen=True, slots=True)
class Call:
    """Ask an external system; its answer is a choice among the scenario's outcomes."""

    system: str
    operation: str


@dataclass(frozen=True, slots=True)
class Sleep:
    """Wait. Any time may pass in an exploration; a mean in seconds in a timed run."""

    mean_s: float


@dataclass(frozen=True, slots=True)
class Now:
    """The simulated time in seconds; always 0 in an exploration, where time has no length."""


Step = Begin | Get | Update | Insert | Commit | Rollback | Publish | Request | Call | Sleep | Now
StoreStep = Get | Update | Insert

STEP_TYPES = (
    Begin, Get, Update, Insert, Commit, Rollback, Publish, Request, Call, Sleep, Now,
)  # fmt: skip


def label(step: Step, answer: Any = None) -> str:
    """The step in a few words, as a timeline shows it; with its answer once it is known."""
    match step:
        case Get(table, _, lock):
            return f"{'lock and read' if lock else 'read'} {_row_words(table, answer)}"
        case Update():
            return _update_words(step, answer)
        case Insert(table, _, row):
            return _status_words(table, row._asdict()) or f"insert {table.name}"
        case Publish(message) | Request(message):
            verb = "publish" if isinstance(step, Publish) else "request"
            return f"{verb} {message.MESSAGE}"
        case Call(system, operation):
            return f"{system} {answer}" if answer else f"{system} {operation}"
        case Begin(isolation):
            return f"begin {isolation}" if isolation else "begin"
        case Sleep(mean_s):
            return f"wait {mean_s:g} s"
    return type(step).__name__.lower()


def _row_words(table: Table, row: Row | None) -> str:
    if row is None:
        return f"{table.name}: no row"
    shown = table.shown or table.columns[-1:]
    return ", ".join(f"{column} = {getattr(row, column)}" for column in shown)


def _update_words(step: Update, answer: Any) -> str:
    if answer is False:
        wanted = " and ".join(f"{g.column} {g.operator} {g.operand}" for g in step.guards)
        return f"no row with {wanted}" if wanted else f"no {step.table.name} row"
    status = _status_words(step.table, {c.column: c.operand for c in step.changes})
    if status:
        return status
    first = step.changes[0]
    if first.operator == "+":
        return f"{first.column} {'-' if first.operand < 0 else '+'} {abs(first.operand)}"
    return f"write {first.column} = {first.operand}"


def _status_words(table: Table, values: Mapping[str, Any]) -> str | None:
    status = values.get("status")
    return f"{table.noun} {str(status).lower()}" if status is not None else None
