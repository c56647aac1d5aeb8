"""What a handler is given: `ctx`, its only way to reach the world, and its transactions.

The same handler runs under every driver, because `ctx` does nothing but hand a step to whoever
runs the handler and return the answer.
"""

from __future__ import annotations

import types
from collections.abc import Generator, Iterable
from numbers import Number
from typing import TYPE_CHECKING, Any

from eventproof.simulator.errors import DatabaseError, Refused
from eventproof.simulator.steps import (
    Begin,
    Call,
    Change,
    Commit,
    Get,
    Guard,
    Insert,
    Isolation,
    Now,
    Publish,
    Request,
    Rollback,
    Sleep,
    Step,
    Update,
)
from eventproof.simulator.tables import Row, Table, table_of

if TYPE_CHECKING:
    import sqlalchemy


@types.coroutine
def perform(step: Step) -> Generator[Step, Any, Any]:
    """Hand one step to the driver and return its answer."""
    return (yield step)


class Operand:
    """A change relative to the column's value, made by `plus` or `minus`."""

    __slots__ = ("amount",)

    def __init__(self, amount: int | float) -> None:
        if not isinstance(amount, Number):
            raise TypeError(f"{type(amount).__name__} {amount!r} is no number to add")
        self.amount = amount


def plus(amount: int | float) -> Operand:
    """Add `amount` to the column, in the database: `update … set c = c + amount`."""
    return Operand(amount)


def minus(amount: int | float) -> Operand:
    """Subtract `amount` from the column, in the database."""
    return Operand(-amount)


def at_least(**columns: int | float) -> tuple[Guard, ...]:
    """A guard: each named column must be at least the given value."""
    return tuple(Guard(column, ">=", value) for column, value in columns.items())


def equal(**columns: Any) -> tuple[Guard, ...]:
    """A guard: each named column must equal the given value (compare-and-set)."""
    return tuple(Guard(column, "=", value) for column, value in columns.items())


class Transaction:
    """One database transaction. Commits at the end of its block; rolls back when the block raises.

    Raises `DatabaseError` with PostgreSQL's SQLSTATE: 40001 (could not serialize), 40P01
    (deadlock victim), 23505 (unique violation), 25P02 (the transaction has already failed).
    """

    __slots__ = ("closed", "isolation")

    def __init__(self, isolation: Isolation | None) -> None:
        self.isolation = isolation
        self.closed = False

    async def __aenter__(self) -> Transaction:
        await perform(Begin(self.isolation))
        return self

    async def __aexit__(self, error: type[BaseException] | None, *_: object) -> None:
        # GeneratorExit: the driver abandons the run, and nobody would answer a rollback.
        if self.closed or error is GeneratorExit:
            return
        self.closed = True
        await perform(Commit() if error is None else Rollback())

    async def get(self, table: sqlalchemy.Table, key: Any) -> Row | None:
        """The row with that primary key as this transaction sees it, or None."""
        found = table_of(table)
        row: Row | None = await perform(Get(found, found.key(key)))
        return row

    async def get_for_update(self, table: sqlalchemy.Table, key: Any) -> Row | None:
        """As `get`, and locks the row until the transaction ends; waits for other holders."""
        found = table_of(table)
        row: Row | None = await perform(Get(found, found.key(key), lock=True))
        return row

    async def update(
        self,
        table: sqlalchemy.Table,
        key: Any,
        *,
        guard: tuple[Guard, ...] = (),
        **changes: Any,
    ) -> bool:
        """Change one row if every guard holds; whether it did. Waits for other writers."""
        found = table_of(table)
        _demand_columns(found, [*changes, *(condition.column for condition in guard)])
        if not changes:
            raise TypeError(f"an update of {found.name} that changes no column")
        moved = tuple(_change(column, value) for column, value in changes.items())
        done: bool = await perform(Update(found, found.key(key), moved, guard))
        return done

    async def insert(self, table: sqlalchemy.Table, **values: Any) -> None:
        """Add a row. A row with that primary key raises 23505."""
        found = table_of(table)
        _demand_columns(found, values)
        await perform(Insert(found, found.key_of(values), found.make(values)))

    async def rollback(self) -> None:
        """End the transaction and forget its writes; the block may go on without it."""
        self.closed = True
        await perform(Rollback())


def _demand_columns(table: Table, names: Iterable[str]) -> None:
    for name in names:
        if name not in table.columns:
            known = ", ".join(table.columns)
            raise TypeError(f"{table.name} has no column {name}; it has {known}")


def _change(column: str, value: Any) -> Change:
    if isinstance(value, Operand):
        return Change(column, "+", value.amount)
    return Change(column, "=", value)


class Context:
    """A handler's only way to reach the world. Every awaited call is one step."""

    __slots__ = ()

    def transaction(self, *, isolation: str | None = None) -> Transaction:
        """A transaction, to be used as `async with ctx.transaction() as tx:`.

        `isolation` is `read committed` or `repeatable read`; without it, the scenario's.
        """
        return Transaction(Isolation(isolation.lower()) if isolation else None)

    async def publish(self, message: Any) -> None:
        """Send a message to every service that receives it."""
        await perform(Publish(message))

    async def request(self, message: Any) -> dict[str, Any]:
        """Send a message and wait; the payload of the reply.

        Raises `Refused` when the handler refused, and `DatabaseError` when its transaction failed.
        """
        reply = await perform(Request(message))
        return {} if reply is None else dict(reply.to_payload())

    async def call(self, system: str, operation: str) -> str:
        """Ask an external system, such as a payment provider; one of the scenario's outcomes."""
        outcome: str = await perform(Call(system, operation))
        return outcome

    async def sleep(self, mean_s: float) -> None:
        """Wait about `mean_s` simulated seconds (drawn from an exponential distribution)."""
        await perform(Sleep(mean_s))

    async def now(self) -> float:
        """The simulated time in seconds."""
        now: float = await perform(Now())
        return now


__all__ = [
    "Context",
    "DatabaseError",
    "Refused",
    "Transaction",
    "at_least",
    "equal",
    "minus",
    "perform",
    "plus",
]
