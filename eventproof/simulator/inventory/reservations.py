"""Reservations: units held for a cart until it buys, gives up, or its time is over.

HELD, then CONSUMED, RELEASED or EXPIRED, and from there nowhere: whoever comes second changes
nothing. Each change of status and the ledger entries it brings are one transaction, in which the
guard on the status decides who came first. `now_s` is the caller's `ctx.now()`; where time has no
length, a scenario lets an external clock choose whether a reservation is over.

Three things that could be wrong: units given back twice, a reservation renewed after its units
went to somebody else, and a customer kept from buying by their own earlier reservation.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from eventproof.simulator.context import Context, Transaction, at_most, equal, plus
from eventproof.simulator.errors import Refused
from eventproof.simulator.inventory.ledger import book
from eventproof.simulator.inventory.quantities import demand_amounts, quantities_of
from eventproof.simulator.inventory.tables import level_of, reservations

Lines = tuple[tuple[str, int], ...]
"""Pairs of product and quantity, one a product, in the order of products."""

SHORT = 400
NOT_YOURS = 409


async def reserve(
    tx: Transaction,
    reservation_id: str,
    *,
    cart_id: str,
    lines: Iterable[tuple[str, int]],
    now_s: float,
    ttl_s: float,
    instead_of: str | None = None,
    partial: bool = False,
    warehouse: str | None = None,
) -> Lines:
    """Hold units for `ttl_s` seconds, at `warehouse` or of the shop's own; the lines held.

    Everything or nothing: `Refused` 400 when anything is short. With `partial`, what there is is
    held, and 400 only when that is nothing. `instead_of` is an earlier reservation of the same
    cart, given back first, so that it does not stand in its own cart's way. Asked again for one
    that it has made before, it makes none: the lines are those that it holds or has bought, none
    once it is over. `Refused` 409 where it is another cart's.
    """
    known: Any = await tx.get(reservations, reservation_id)
    if known is not None and known.cart_id != cart_id:
        raise Refused(NOT_YOURS, f"{reservation_id} is of another cart")
    if known is not None:
        kept = json.loads(known.lines) if known.status in ("HELD", "CONSUMED") else ()
        return tuple((product, quantity) for product, quantity in kept)
    if instead_of is not None:
        await release_hold(tx, instead_of, cart_id=cart_id)
    held = []
    for product, wanted in one_line_a_product(lines):
        quantity = await _to_hold(tx, product, wanted, warehouse) if partial else wanted
        if not quantity:
            continue
        command = reservation_id
        if not await book(tx, "hold", product, quantity, command=command, warehouse=warehouse):
            raise Refused(SHORT)
        held.append((product, quantity))
    if not held:
        raise Refused(SHORT)
    await tx.insert(
        reservations,
        reservation_id=reservation_id,
        cart_id=cart_id,
        lines=json.dumps(held),
        status="HELD",
        expires_at_s=now_s + ttl_s,
        extensions=0,
        warehouse_id=warehouse,
    )
    return tuple(held)


async def extend(
    tx: Transaction,
    reservation_id: str,
    *,
    cart_id: str,
    now_s: float,
    ttl_s: float,
    at_most: int | None = None,
) -> bool:
    """Hold on for another `ttl_s` seconds from now; whether it is held.

    One whose time is over is expired instead: its units may be wanted by others. Not extended for
    another cart, nor more than `at_most` times.
    """
    if await expire(tx, reservation_id, now_s=now_s):
        return False
    row: Any = await tx.get_for_update(reservations, reservation_id)
    if row is None or row.status != "HELD" or row.cart_id != cart_id:
        return False
    if row.expires_at_s is None or row.expires_at_s >= now_s + ttl_s:
        return True  # asked again, or for less than it has
    if at_most is not None and row.extensions >= at_most:
        return False
    return await tx.update(
        reservations, reservation_id, expires_at_s=now_s + ttl_s, extensions=plus(1)
    )


async def consume(
    tx: Transaction,
    reservation_id: str,
    *,
    cart_id: str,
    now_s: float,
    order_id: str | None = None,
) -> bool:
    """The cart buys: its held units become allocated, to `order_id` or else to the reservation.

    Whether it was held and still in time.
    """
    if await expire(tx, reservation_id, now_s=now_s):
        return False
    cause = order_id or reservation_id
    return await _end(tx, reservation_id, "CONSUMED", "hold_commit", cause=cause, cart_id=cart_id)


async def release_hold(
    tx: Transaction, reservation_id: str, *, cart_id: str | None = None
) -> bool:
    """The cart gives up: its held units become available. Whether it was held.

    With `cart_id`, only if it is that cart's.
    """
    return await _end(tx, reservation_id, "RELEASED", "hold_release", cart_id=cart_id)


async def expire(tx: Transaction, reservation_id: str, *, now_s: float) -> bool:
    """A reservation whose time is over gives its units back; whether it did so now.

    What `sweep` does to each that is due, and what everybody else does before they rely on one: so
    a reservation is over when its time is, however late the sweeper comes.
    """
    row: Any = await tx.get(reservations, reservation_id)
    if row is None or row.expires_at_s is None or row.expires_at_s > now_s:
        return False
    # What was read may be old: only the expiry that was read is acted on.
    seen = {"expires_at_s": row.expires_at_s}
    return await _end(tx, reservation_id, "EXPIRED", "hold_expire", **seen)


async def sweep(ctx: Context, *, now_s: float, limit: int = 100) -> tuple[str, ...]:
    """Expire up to `limit` reservations whose time is over; which were expired now.

    Each in a transaction of its own, so a crash in between leaves the rest for the next time.
    """
    async with ctx.transaction() as tx:
        due = await tx.select(
            reservations,
            equal(status="HELD") + at_most(expires_at_s=now_s),
            order_by=("expires_at_s",),
            limit=limit,
        )
    expired = []
    for row in due:
        async with ctx.transaction() as tx:
            if await expire(tx, row.reservation_id, now_s=now_s):
                expired.append(row.reservation_id)
    return tuple(expired)


def one_line_a_product(lines: Iterable[tuple[str, int]]) -> Lines:
    """The lines with those of one product added up, in one lock order for everybody.

    `Refused` 400 where a quantity is none.
    """
    summed: Counter[str] = Counter()
    for product, quantity in lines:
        demand_amounts(quantity)
        summed[product] += quantity
    demand_amounts(*summed.values())
    return tuple(sorted(summed.items()))


async def _end(
    tx: Transaction,
    reservation_id: str,
    status: str,
    action: str,
    *,
    cause: str | None = None,
    **demanded: Any,
) -> bool:
    conditions = {name: value for name, value in demanded.items() if value is not None}
    guard = equal(status="HELD", **conditions)
    if not await tx.update(reservations, reservation_id, status=status, guard=guard):
        return False
    row: Any = await tx.get(reservations, reservation_id)
    for product, quantity in json.loads(row.lines):
        booked = await book(
            tx,
            action,
            product,
            quantity,
            command=reservation_id,
            cause=cause,
            warehouse=row.warehouse_id,
        )
        assert booked is not None, f"{reservation_id} held what {product} does not have"
    return True


async def _to_hold(tx: Transaction, product: str, wanted: int, warehouse: str | None) -> int:
    table, key = level_of(product, warehouse)
    level = quantities_of(await tx.get_for_update(table, key))
    return min(wanted, level.available) if level else 0


__all__ = [
    "consume",
    "expire",
    "extend",
    "one_line_a_product",
    "release_hold",
    "reserve",
    "sweep",
]
