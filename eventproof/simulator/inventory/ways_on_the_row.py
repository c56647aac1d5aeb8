"""Ways to take a cart's units from the stock rows of its products: right ones and wrong ones.

Each is a coroutine function `take(ctx, lines, cause)` that does whole transactions of its own and
raises `Refused` 400 when stock is short. The wrong ones are as they were found in the field; what
makes each right or wrong is said of it in `strategies`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from eventproof.simulator.context import Context, Transaction, equal, minus, plus
from eventproof.simulator.errors import Refused
from eventproof.simulator.inventory.engine import (
    SHORT_OF_STOCK,
    allocate_guarded,
    allocate_naive,
    deallocate,
    record,
    ship,
)
from eventproof.simulator.inventory.tables import leases, stock

Lines = Iterable[tuple[str, int]]
Take = Callable[[Context, Lines, str], Awaitable[None]]

BUSY = 503
"""The status when a strategy gives up because others are faster, not because stock is short."""

TRIES = 4
"""How often a transaction that was overtaken is tried; enough for three others to go before."""

SERIALIZABLE_TRIES = 5
"""How often a serializable one is tried. Each other customer stops it once; but PostgreSQL says
40001 from when a commit is asked for until it is on the disk, and a try in between is in vain."""


async def naive(ctx: Context, lines: Lines, cause: str) -> None:
    """Read, decide, write what was read less the quantity."""
    async with ctx.transaction() as tx:
        for product, quantity in sorted(lines):
            await allocate_naive(tx, product, quantity, cause=cause)


async def unguarded(ctx: Context, lines: Lines, cause: str) -> None:
    """Read and decide; then let the database subtract, whatever is there by now."""
    async with ctx.transaction() as tx:
        for product, quantity in sorted(lines):
            _demand(await tx.get(stock, product), quantity)
            await _subtract(tx, product, quantity, cause)


async def guarded(ctx: Context, lines: Lines, cause: str) -> None:
    """One update that tests and takes at once."""
    async with ctx.transaction() as tx:
        for product, quantity in sorted(lines):
            await allocate_guarded(tx, product, quantity, cause=cause)


async def locked(ctx: Context, lines: Lines, cause: str) -> None:
    """Lock each row before reading it, in one order for everybody."""
    await _locked(ctx, sorted(lines), cause)


async def locked_unordered(ctx: Context, lines: Lines, cause: str) -> None:
    """Lock each row before reading it, in the order of the cart."""
    await _locked(ctx, lines, cause)


async def locked_nowait(ctx: Context, lines: Lines, cause: str) -> None:
    """Lock each row or give up at once, and try again."""

    async def work() -> None:
        async with ctx.transaction() as tx:
            for product, quantity in sorted(lines):
                _demand(await tx.get_for_update(stock, product, nowait=True), quantity)
                await _subtract(tx, product, quantity, cause)

    await ctx.retrying(work, times=TRIES)


async def skip_locked_fall_through(ctx: Context, lines: Lines, cause: str) -> None:
    """Skip a row that somebody has locked, and book the units beside it."""
    async with ctx.transaction() as tx:
        for product, quantity in sorted(lines):
            level = await tx.get_for_update(stock, product, skip_locked=True)
            if level is None:
                await record(tx, "allocate", product, quantity, cause=cause)
            else:
                _demand(level, quantity)
                await _subtract(tx, product, quantity, cause)


async def optimistic(ctx: Context, lines: Lines, cause: str) -> None:
    """Write only if the version is still the one that was read; else start again."""
    for _ in range(TRIES):
        async with ctx.transaction() as tx:
            if await _write_by_version(tx, lines, cause):
                return
            await tx.rollback()
    raise Refused(BUSY)


async def snapshot_with_retry(ctx: Context, lines: Lines, cause: str) -> None:
    """Read, decide and write in one snapshot; who is told 40001 starts again."""
    await _naive_with_retry(ctx, lines, cause, isolation="repeatable read", times=TRIES)


async def serializable_with_retry(ctx: Context, lines: Lines, cause: str) -> None:
    """Read, decide and write as if alone; who is told 40001 starts again."""
    await _naive_with_retry(ctx, lines, cause, isolation="serializable", times=SERIALIZABLE_TRIES)


async def advisory_lock(ctx: Context, lines: Lines, cause: str) -> None:
    """Read, decide and write under a lock beside the database, which expires."""
    async with ctx.transaction() as tx:
        taken = await tx.update(leases, "stock", holder=cause, guard=equal(holder=None))
    if not taken and await ctx.call("lease", "ask") != "expired":
        raise Refused(BUSY)
    if not taken:
        async with ctx.transaction() as tx:
            await tx.update(leases, "stock", holder=cause)
    await naive(ctx, lines, cause)
    async with ctx.transaction() as tx:
        await tx.update(leases, "stock", holder=None, guard=equal(holder=cause))


async def single_writer(ctx: Context, lines: Lines, cause: str) -> None:
    """One at a time for the whole shop: whoever holds the one row writes."""
    async with ctx.transaction() as tx:
        await tx.get_for_update(leases, "stock")
        for product, quantity in sorted(lines):
            await allocate_naive(tx, product, quantity, cause=cause)


async def deallocate_by_version(tx: Transaction, product: str, quantity: int, cause: str) -> None:
    """Give back with a new version, so that who has read the old one starts again."""
    await tx.update(stock, product, version=plus(1))
    await deallocate(tx, product, quantity, cause=cause)


async def ship_by_version(tx: Transaction, product: str, quantity: int, cause: str) -> None:
    """Ship with a new version: what is allocated was read, too."""
    await tx.update(stock, product, version=plus(1))
    await ship(tx, product, quantity, cause=cause)


async def deallocate_alone(tx: Transaction, product: str, quantity: int, cause: str) -> None:
    """Give back as the only writer."""
    await tx.get_for_update(leases, "stock")
    await deallocate(tx, product, quantity, cause=cause)


async def ship_alone(tx: Transaction, product: str, quantity: int, cause: str) -> None:
    """Ship as the only writer."""
    await tx.get_for_update(leases, "stock")
    await ship(tx, product, quantity, cause=cause)


async def _naive_with_retry(
    ctx: Context, lines: Lines, cause: str, *, isolation: str, times: int
) -> None:
    async def work() -> None:
        async with ctx.transaction(isolation=isolation) as tx:
            for product, quantity in sorted(lines):
                await allocate_naive(tx, product, quantity, cause=cause)

    await ctx.retrying(work, times=times)


async def _locked(ctx: Context, lines: Lines, cause: str) -> None:
    async with ctx.transaction() as tx:
        for product, quantity in lines:
            _demand(await tx.get_for_update(stock, product), quantity)
            await _subtract(tx, product, quantity, cause)


async def _write_by_version(tx: Transaction, lines: Lines, cause: str) -> bool:
    for product, quantity in sorted(lines):
        level: Any = await tx.get(stock, product)
        _demand(level, quantity)
        written = await tx.update(
            stock,
            product,
            guard=equal(version=level.version),
            version=plus(1),
            available=level.available - quantity,
            allocated=level.allocated + quantity,
        )
        if not written:
            return False
        await record(tx, "allocate", product, quantity, cause=cause)
    return True


def _demand(level: Any, quantity: int) -> None:
    if level is None or (level.available or 0) < quantity:
        raise Refused(SHORT_OF_STOCK)


async def _subtract(tx: Transaction, product: str, quantity: int, cause: str) -> None:
    await tx.update(stock, product, available=minus(quantity), allocated=plus(quantity))
    await record(tx, "allocate", product, quantity, cause=cause)


__all__ = [
    "BUSY",
    "Lines",
    "Take",
    "advisory_lock",
    "deallocate_alone",
    "deallocate_by_version",
    "guarded",
    "locked",
    "locked_nowait",
    "locked_unordered",
    "naive",
    "optimistic",
    "serializable_with_retry",
    "ship_alone",
    "ship_by_version",
    "single_writer",
    "skip_locked_fall_through",
    "snapshot_with_retry",
    "unguarded",
]
