"""What can be done to stock, each within a transaction of the caller's.

Effects on (total, available, allocated), as the order-flow rules have them:
allocate (0, -q, +q), deallocate (0, +q, -q), ship (-q, 0, -q). Each writes one ledger entry with
its cause. Of allocating there is a right way and the naive one, which is here to be found out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from eventproof.simulator.context import Transaction, at_least, equal, minus, plus
from eventproof.simulator.errors import Refused
from eventproof.simulator.inventory.tables import ledger, reservations, stock

SHORT_OF_STOCK = 400
"""The status that a customer gets when stock is short. The answer does not say of what, nor how
much there is."""


async def available(tx: Transaction, product: str) -> int:
    """Units that can be bought now; 0 for a product that is not managed."""
    level: Any = await tx.get(stock, product)
    return level.available if level is not None else 0


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
    if level is None or level.available < quantity:
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
    """Give a held reservation's stock back; whether it was held. A second release does nothing."""
    released = await tx.update(
        reservations, reservation_id, status="RELEASED", guard=equal(status="HELD")
    )
    if released:
        held: Any = await tx.get(reservations, reservation_id)
        for product, quantity in json.loads(held.lines):
            await deallocate(tx, product, quantity, cause=reservation_id)
    return released


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
