"""Quantities with the short entry: for ways of writing them that compete, right and wrong.

Effects on (total, available, allocated), as the order-flow rules have them:
allocate (0, -q, +q), deallocate (0, +q, -q), ship (-q, 0, -q). Each writes its row in its own way
and then one ledger entry with its cause. The entry has no sequence, before and after: a way that
overwrites what it has not seen would enter them wrongly, and what is to be found out is its harm
to the stock. So the documented order flow and the strategies stay on it; whoever has chosen books
with `book`, which is guarded. `hold` and `release` are of that kind: reservations whose units are
allocated.

Three things that could be wrong: an entry for a change that was not made, units given back for a
reservation that did not have them, and a reservation released twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from eventproof.simulator.context import Transaction, at_least, equal, minus, plus
from eventproof.simulator.errors import Refused
from eventproof.simulator.inventory.ledger import book
from eventproof.simulator.inventory.tables import ledger, reservations, stock

NOT_THERE = 409
"""The units of a reservation are not allocated any more."""

SHORT_OF_STOCK = 400
"""The status that a customer gets when stock is short. The answer does not say of what, nor how
much there is."""


async def available(tx: Transaction, product: str) -> int:
    """Units that can be bought now; 0 for a product that is not managed."""
    level: Any = await tx.get(stock, product)
    return (level.available or 0) if level is not None else 0


async def allocate_guarded(tx: Transaction, product: str, quantity: int, *, cause: str) -> None:
    """Allocate with one update that tests and takes at once. Raises `Refused(400)` when short."""
    taken = await tx.update(
        stock,
        product,
        available=minus(quantity),
        allocated=plus(quantity),
        guard=at_least(available=quantity),
    )
    if not taken:
        raise Refused(SHORT_OF_STOCK)
    await record(tx, "allocate", product, quantity, cause=cause)


async def allocate_naive(tx: Transaction, product: str, quantity: int, *, cause: str) -> None:
    """Allocate by reading, deciding, and writing what was read less the quantity.

    Two customers who both read before either writes both take the same unit.
    """
    level: Any = await tx.get(stock, product)
    if level is None or (level.available or 0) < quantity:
        raise Refused(SHORT_OF_STOCK)
    await tx.update(
        stock,
        product,
        available=level.available - quantity,
        allocated=level.allocated + quantity,
    )
    await record(tx, "allocate", product, quantity, cause=cause)


async def deallocate(tx: Transaction, product: str, quantity: int, *, cause: str) -> None:
    """Give allocated stock back: a payment failed, an order was cancelled."""
    await tx.update(stock, product, available=plus(quantity), allocated=minus(quantity))
    await record(tx, "deallocate", product, quantity, cause=cause)


async def ship(tx: Transaction, product: str, quantity: int, *, cause: str) -> None:
    """Allocated stock leaves the warehouse: allocated and total are reduced."""
    await tx.update(stock, product, total=minus(quantity), allocated=minus(quantity))
    await record(tx, "ship", product, quantity, cause=cause)


async def hold(
    tx: Transaction, reservation_id: str, *, cart_id: str, lines: Iterable[tuple[str, int]]
) -> None:
    """Write down that stock, allocated in the same transaction, is held for a cart."""
    await tx.insert(
        reservations,
        reservation_id=reservation_id,
        cart_id=cart_id,
        lines=json.dumps(list(lines)),
        status="HELD",
    )


async def release(tx: Transaction, reservation_id: str) -> bool:
    """Give a held reservation's stock back; whether it was held. A second release does nothing.

    `Refused` 409 where its units are not allocated: somebody has overwritten what it took.
    """
    guard = equal(status="HELD")
    if not await tx.update(reservations, reservation_id, status="RELEASED", guard=guard):
        return False
    held: Any = await tx.get(reservations, reservation_id)
    for product, quantity in json.loads(held.lines):
        given = await book(tx, "deallocate", product, quantity, command=reservation_id)
        if given is None:
            raise Refused(NOT_THERE, f"{reservation_id} has no {quantity} of {product}")
    return True


async def record(tx: Transaction, action: str, product: str, quantity: int, *, cause: str) -> None:
    """Add the ledger entry of a change. One cause does one action to a product once."""
    await tx.insert(
        ledger,
        entry_id=f"{cause}:{action}:{product}",
        product_id=product,
        action=action,
        quantity=quantity,
        cause=cause,
    )
