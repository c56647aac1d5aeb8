"""Ways to take units where stock is kept in another shape than one row a product.

Unit rows, each sold once; buckets, so that customers meet less often; and the ledger alone, whose
sum is the stock. None of them has a row in `stock`. Each shape has its own way to look, to take
and to give back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eventproof.simulator.context import Context, Transaction, at_least, equal, minus, plus
from eventproof.simulator.errors import Refused
from eventproof.simulator.inventory.engine import SHORT_OF_STOCK, record
from eventproof.simulator.inventory.opening import initial_rows, rows_of
from eventproof.simulator.inventory.quantities import EFFECTS
from eventproof.simulator.inventory.tables import (
    buckets,
    ledger,
    stock,
    units,
)
from eventproof.simulator.inventory.ways_on_the_row import SERIALIZABLE_TRIES, TRIES, Lines
from eventproof.simulator.tables import Key, Row

BUCKETS = 2
"""Into how many buckets a product's units are dealt."""


def entries_only(received: Mapping[str, int]) -> dict[Key, Row]:
    """The ledger entries of what was received, and no stock row."""
    return {key: row for key, row in initial_rows(received).items() if key[0] != stock.name}


# One row a unit.


def unit_rows(received: Mapping[str, int]) -> dict[Key, Row]:
    """A row for each unit, that nobody owns."""
    rows = entries_only(received)
    for product, quantity in sorted(received.items()):
        for number in range(1, quantity + 1):
            rows |= rows_of((units, {"unit_id": f"{product}-{number}", "product_id": product}))
    return rows


async def units_available(tx: Transaction, product: str) -> int:
    """How many units nobody owns."""
    return len(await tx.select(units, equal(product_id=product, owner=None)))


async def take_units(ctx: Context, lines: Lines, cause: str) -> None:
    """Own the first units that nobody owns and nobody has locked."""
    async with ctx.transaction() as tx:
        for product, quantity in sorted(lines):
            free = await tx.select(
                units,
                equal(product_id=product, owner=None),
                limit=quantity,
                lock=True,
                skip_locked=True,
            )
            if len(free) < quantity:
                raise Refused(SHORT_OF_STOCK)
            for unit in free:
                await tx.update(units, unit.unit_id, owner=cause)


async def give_units_back(tx: Transaction, product: str, quantity: int, cause: str) -> None:
    """Own no unit of the product any more."""
    del quantity
    for unit in await tx.select(units, equal(product_id=product, owner=cause)):
        await tx.update(units, unit.unit_id, owner=None)


async def ship_units(tx: Transaction, product: str, quantity: int, cause: str) -> None:
    """The owned units leave the house."""
    del quantity
    for unit in await tx.select(units, equal(product_id=product, owner=cause)):
        await tx.delete(units, unit.unit_id)


# Buckets.


def bucket_rows(received: Mapping[str, int]) -> dict[Key, Row]:
    """The units of each product, dealt into buckets as evenly as they go."""
    rows = entries_only(received)
    for product, quantity in sorted(received.items()):
        for bucket in range(BUCKETS):
            dealt = len(range(bucket, quantity, BUCKETS))
            values = {"product_id": product, "bucket": bucket, "available": dealt}
            rows |= rows_of((buckets, values))
    return rows


async def in_buckets(tx: Transaction, product: str) -> int:
    """What is in all buckets together."""
    return sum(b.available for b in await tx.select(buckets, equal(product_id=product)))


async def take_from_buckets(ctx: Context, lines: Lines, cause: str) -> None:
    """Take from one bucket after the other, each by a guarded update."""
    del cause
    async with ctx.transaction() as tx:
        for product, quantity in sorted(lines):
            left = quantity
            for bucket in range(BUCKETS):
                left -= await _from_bucket(tx, (product, bucket), left)
            if left:
                raise Refused(SHORT_OF_STOCK)


async def _from_bucket(tx: Transaction, key: tuple[str, int], wanted: int) -> int:
    for _ in range(TRIES):
        bucket: Any = await tx.get(buckets, key)
        taken: int = min(wanted, bucket.available)
        if not taken:
            return 0
        if await tx.update(buckets, key, available=minus(taken), guard=at_least(available=taken)):
            return taken
    return 0


async def put_into_a_bucket(tx: Transaction, product: str, quantity: int, cause: str) -> None:
    """Into the first bucket, wherever it was taken from."""
    del cause
    await tx.update(buckets, (product, 0), available=plus(quantity))


async def nothing_more(tx: Transaction, product: str, quantity: int, cause: str) -> None:
    """A bucket has only what is available: shipping changes nothing in it."""
    del tx, product, quantity, cause


# The ledger alone.


async def summed(tx: Transaction, product: str) -> int:
    """What the product's ledger entries leave available."""
    entries = await tx.select(ledger, equal(product_id=product))
    left: int = sum(EFFECTS[e.action].get("available", 0) * e.quantity for e in entries)
    return left


async def append(ctx: Context, lines: Lines, cause: str) -> None:
    """Enter the allocation; whether there is any stock is looked at by nobody."""
    async with ctx.transaction() as tx:
        for product, quantity in sorted(lines):
            await record(tx, "allocate", product, quantity, cause=cause)


async def sum_and_append(ctx: Context, lines: Lines, cause: str) -> None:
    """Add up the entries, decide, and enter the allocation."""
    async with ctx.transaction() as tx:
        await _sum_and_append(tx, lines, cause)


async def sum_and_append_in_a_snapshot(ctx: Context, lines: Lines, cause: str) -> None:
    """The same in one snapshot: the others' entries are new rows, so nobody is told 40001."""
    await _sum_and_append_with_retry(ctx, lines, cause, isolation="repeatable read", times=TRIES)


async def sum_and_append_serializably(ctx: Context, lines: Lines, cause: str) -> None:
    """The same as if alone: who read what another has added to since is told 40001."""
    await _sum_and_append_with_retry(
        ctx, lines, cause, isolation="serializable", times=SERIALIZABLE_TRIES
    )


async def _sum_and_append_with_retry(
    ctx: Context, lines: Lines, cause: str, *, isolation: str, times: int
) -> None:
    async def work() -> None:
        async with ctx.transaction(isolation=isolation) as tx:
            await _sum_and_append(tx, lines, cause)

    await ctx.retrying(work, times=times)


async def _sum_and_append(tx: Transaction, lines: Lines, cause: str) -> None:
    for product, quantity in sorted(lines):
        if await summed(tx, product) < quantity:
            raise Refused(SHORT_OF_STOCK)
        await record(tx, "allocate", product, quantity, cause=cause)


async def append_deallocation(tx: Transaction, product: str, quantity: int, cause: str) -> None:
    """Enter that the units are available again."""
    await record(tx, "deallocate", product, quantity, cause=cause)


async def append_shipment(tx: Transaction, product: str, quantity: int, cause: str) -> None:
    """Enter that the units have left the house."""
    await record(tx, "ship", product, quantity, cause=cause)


__all__ = [
    "append",
    "append_deallocation",
    "append_shipment",
    "bucket_rows",
    "entries_only",
    "give_units_back",
    "in_buckets",
    "nothing_more",
    "put_into_a_bucket",
    "ship_units",
    "sum_and_append",
    "sum_and_append_in_a_snapshot",
    "sum_and_append_serializably",
    "summed",
    "take_from_buckets",
    "take_units",
    "unit_rows",
    "units_available",
]
