"""What a handler is given: `ctx`, its only way to reach the world, and its transactions.

The same handler runs under every driver, because `ctx` does nothing but hand a step to whoever
runs the handler and return the answer.
"""

from __future__ import annotations

import types
from collections.abc import Awaitable, Callable, Generator
from numbers import Number
from typing import TYPE_CHECKING, Any, TypeVar

from eventproof.simulator.demands import (
    demand_columns,
    demand_fit,
    demand_met,
    demand_seconds,
    on_locked_of,
)
from eventproof.simulator.durations import Duration, Length
from eventproof.simulator.errors import BUSY, TRANSIENT, DatabaseError, Refused, Stuck, TimedOut
from eventproof.simulator.steps import (
    Begin,
    Call,
    Change,
    Commit,
    Delete,
    Get,
    Guard,
    Insert,
    Isolation,
    Mode,
    Now,
    OnConflict,
    Publish,
    Release,
    Request,
    Rollback,
    RollbackTo,
    Savepoint,
    Select,
    Sleep,
    Step,
    Update,
)
from eventproof.simulator.tables import Row, Table, table_of

if TYPE_CHECKING:
    import sqlalchemy

Result = TypeVar("Result")


@types.coroutine
def perform(step: Step) -> Generator[Step, Any, Any]:
    """Hand one step to the driver and return its answer."""
    return (yield step)


# Made once: a record takes longer to make than a step takes.
BEGIN, COMMIT, ROLLBACK = Begin(None), Commit(), Rollback()

ABANDONED = (GeneratorExit, Stuck)
"""The driver gives the run up, and nobody would answer a rollback."""


class Operand:
    """A change relative to the column's value, made by `plus` or `minus`."""

    __slots__ = ("amount",)

    def __init__(self, amount: int | float) -> None:
        if not isinstance(amount, Number) or isinstance(amount, complex):
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


def at_most(**columns: int | float) -> tuple[Guard, ...]:
    """A guard: each named column must be at most the given value."""
    return tuple(Guard(column, "<=", value) for column, value in columns.items())


def unlike(**columns: Any) -> tuple[Guard, ...]:
    """A guard: each named column must have another value than the given one; NULL has none."""
    return tuple(Guard(column, "<>", value) for column, value in columns.items())


def equal(**columns: Any) -> tuple[Guard, ...]:
    """A guard: each named column must equal the given value (compare-and-set)."""
    return tuple(Guard(column, "=", value) for column, value in columns.items())


class Transaction:
    """One database transaction. Commits at the end of its block; rolls back when the block raises.

    Raises `DatabaseError` with PostgreSQL's SQLSTATE: 40001 (could not serialize), 40P01
    (deadlock victim), 55P03 (a row is locked, and `nowait` was asked), 23505 (unique violation),
    23502 (NULL where it must not be), 23514 (a check constraint), 25P02 (the transaction has
    already failed). On SQLite SQLITE_BUSY and SQLITE_BUSY_SNAPSHOT, from any statement, from the
    beginning and from the commit, and those of constraints.
    """

    __slots__ = ("closed", "isolation", "mode")

    def __init__(self, isolation: Isolation | None, mode: Mode | None = None) -> None:
        self.isolation = isolation
        self.mode = mode
        self.closed = False

    async def __aenter__(self) -> Transaction:
        plain = self.isolation is None and self.mode is None
        await perform(BEGIN if plain else Begin(self.isolation, self.mode))
        return self

    async def __aexit__(self, error: type[BaseException] | None, *_: object) -> None:
        if self.closed or error in ABANDONED:
            return
        if error is not None:
            await self.rollback()
            return
        try:
            await self.commit()
        except DatabaseError:
            if not self.closed:
                await self.rollback()
            raise

    async def get(self, table: sqlalchemy.Table, key: Any) -> Row | None:
        """The row with that primary key as this transaction sees it, or None."""
        found = table_of(table)
        row: Row | None = await perform(Get(found, found.key(key)))
        return row

    async def get_for_update(
        self,
        table: sqlalchemy.Table,
        key: Any,
        *,
        nowait: bool = False,
        skip_locked: bool = False,
    ) -> Row | None:
        """As `get`, and locks the row until the transaction ends.

        Waits for another holder; with `nowait` raises 55P03, with `skip_locked` returns None.
        """
        found = table_of(table)
        on_locked = on_locked_of(nowait=nowait, skip_locked=skip_locked)
        row: Row | None = await perform(Get(found, found.key(key), True, on_locked))
        return row

    async def select(
        self,
        table: sqlalchemy.Table,
        where: tuple[Guard, ...] = (),
        *,
        order_by: tuple[str, ...] = (),
        limit: int | None = None,
        lock: bool = False,
        nowait: bool = False,
        skip_locked: bool = False,
    ) -> tuple[Any, ...]:
        """The rows that meet every guard of `where`, by `order_by` and then by primary key.

        `lock` locks each until the transaction ends (FOR UPDATE), one by one in their order, and
        waits for other holders; with `nowait` raises 55P03 instead, with `skip_locked` goes on to
        the next. After a wait a row is tested again, and comes as it is now.
        """
        found = table_of(table)
        demand_columns(found, order_by)
        demand_met(found, where)
        if limit is not None and limit < 0:
            raise TypeError(f"a select of {found.name} with the limit {limit}")
        if (nowait or skip_locked) and not lock:
            raise TypeError(f"a select of {found.name} that locks nothing waits for nothing")
        on_locked = on_locked_of(nowait=nowait, skip_locked=skip_locked)
        rows: tuple[Any, ...] = await perform(
            Select(found, tuple(where), tuple(order_by), limit, lock, on_locked)
        )
        return rows

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
        demand_columns(found, changes)
        demand_met(found, guard)
        if not changes:
            raise TypeError(f"an update of {found.name} that changes no column")
        if not changes.keys().isdisjoint(found.primary_key):
            raise TypeError(f"an update of {found.name} that changes its primary key")
        moved = tuple([_change(found, column, value) for column, value in changes.items()])
        done: bool = await perform(Update(found, found.key(key), moved, guard))
        return done

    async def delete(
        self, table: sqlalchemy.Table, key: Any, *, guard: tuple[Guard, ...] = ()
    ) -> bool:
        """Remove one row if every guard holds; whether it did. Waits for other writers."""
        found = table_of(table)
        demand_met(found, guard)
        done: bool = await perform(Delete(found, found.key(key), tuple(guard)))
        return done

    async def insert(
        self, table: sqlalchemy.Table, *, on_conflict: str = "raise", **values: Any
    ) -> bool:
        """Add a row; whether it was added. Waits for whoever writes a row with its key.

        Where a row with that primary key is there, `on_conflict` says what happens: `raise`
        (23505), `nothing`, or `update`, which sets the given columns of the row that is there.
        """
        found = table_of(table)
        demand_columns(found, values)
        for column, value in values.items():
            demand_fit(found, column, value)
        sets: tuple[str, ...] = ()
        if OnConflict(on_conflict) is OnConflict.UPDATE:
            sets = tuple(name for name in values if name not in found.primary_key)
            if not sets:
                raise TypeError(f"an insert into {found.name} that would update no column")
        row, key = found.make(values), found.key_of(values)
        done: bool = await perform(Insert(found, key, row, OnConflict(on_conflict), sets))
        return done

    def savepoint(self) -> Nested:
        """A part of the transaction, to be used as `async with tx.savepoint():`.

        When its block raises a `DatabaseError`, what the block did is undone and the error goes
        on; caught outside the block, the transaction can go on too.
        """
        return Nested(self)

    async def commit(self) -> None:
        """End the transaction and keep its writes, before the end of its block.

        Where SQLite says SQLITE_BUSY to it, the transaction has not ended, and can be committed
        again when nobody reads.
        """
        self.closed = True
        try:
            await perform(COMMIT)
        except DatabaseError as error:
            self.closed = error.sqlstate != BUSY
            raise

    async def rollback(self) -> None:
        """End the transaction and forget its writes; the block may go on without it."""
        self.closed = True
        await perform(ROLLBACK)


class Nested:
    """A part of a transaction that can be undone by itself."""

    __slots__ = ("tx",)

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx

    async def __aenter__(self) -> None:
        await perform(Savepoint())

    async def __aexit__(self, error: type[BaseException] | None, *_: object) -> None:
        if self.tx.closed or (error is not None and not issubclass(error, DatabaseError)):
            return  # the whole transaction has ended, or is about to be rolled back
        await perform(Release() if error is None else RollbackTo())


def _change(table: Table, column: str, value: Any) -> Change:
    if isinstance(value, Operand):
        return Change(column, "+", value.amount)
    demand_fit(table, column, value)
    return Change(column, "=", value)


class Context:
    """A handler's only way to reach the world. Every awaited call is one step."""

    __slots__ = ()

    def transaction(self, *, isolation: str | None = None, mode: str | None = None) -> Transaction:
        """A transaction, to be used as `async with ctx.transaction() as tx:`.

        `isolation` is `read committed`, `repeatable read` or `serializable`; the scenario's if
        it is not given. A serializable transaction can raise 40001 at its commit too. SQLite's
        are serializable whatever is asked; there `mode` is `deferred`, `immediate` or
        `exclusive`, and the scenario's if it is not given.
        """
        return Transaction(
            Isolation(isolation.lower()) if isolation else None,
            Mode(mode.lower()) if mode else None,
        )

    async def retrying(
        self, work: Callable[[], Awaitable[Result]], *, times: int = 3, mean_s: float = 0.05
    ) -> Result:
        """What `work()` returns, tried up to `times` times while it fails transiently.

        That is with 40001, 40P01 or 55P03, and where SQLite is busy. `work` is a coroutine
        function without parameters that does a whole transaction. Before the next try comes a
        pause of about `mean_s` simulated seconds, and twice as long each time after; the last
        failure goes on.
        """
        for attempt in range(times - 1):
            try:
                return await work()
            except DatabaseError as error:
                if error.sqlstate not in TRANSIENT:
                    raise
            await perform(Sleep(mean_s * 2**attempt, is_again=True))
        return await work()

    async def publish(self, message: Any) -> None:
        """Send a message to every service that receives it."""
        await perform(Publish(message))

    async def request(self, message: Any, *, timeout_s: float | None = None) -> dict[str, Any]:
        """Send a message and wait; the payload of the reply.

        Raises `Refused` when the handler refused, and `DatabaseError` when its transaction failed.
        With `timeout_s`, `TimedOut` when no reply has come after so many simulated seconds; the
        handler goes on, and nobody hears of its reply. When exploring, that may be at any moment.
        """
        if timeout_s is not None:
            demand_seconds("a request with a time-out", timeout_s)
        reply = await perform(Request(message, timeout_s))
        return {} if reply is None else dict(reply.to_payload())

    async def call(self, system: str, operation: str) -> str:
        """Ask an external system, such as a payment provider; one of the scenario's outcomes."""
        outcome: str = await perform(Call(system, operation))
        return outcome

    async def sleep(self, mean_s: Length) -> None:
        """Wait about `mean_s` simulated seconds (drawn from an exponential distribution).

        Another distribution stands in its place: `await ctx.sleep(Uniform(1, 5))`.
        """
        if not isinstance(mean_s, Duration):
            demand_seconds("a sleep", mean_s)
        await perform(Sleep(mean_s))

    async def now(self) -> float:
        """The simulated time in seconds."""
        now: float = await perform(Now())
        return now


__all__ = [
    "Context",
    "DatabaseError",
    "Nested",
    "Refused",
    "TimedOut",
    "Transaction",
    "at_least",
    "at_most",
    "equal",
    "minus",
    "perform",
    "plus",
    "unlike",
]
