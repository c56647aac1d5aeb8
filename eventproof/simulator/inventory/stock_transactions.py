"""The documented stock transactions, with their preconditions and error bodies.

create, increment, decrement, allocate, deallocate, set and ship, each one ledger entry of the
command that asks. What is asked in vain is `Refused` with the documented status, and leaves
nothing behind. A product is managed once it has quantities; deleting its inventory makes it
unmanaged, which is not the same as having none left.

Three things that could be wrong: an amount that is no amount, a `set` that overwrites a sale it
has not seen, and stock that is deleted while somebody holds it.
"""

from __future__ import annotations

from typing import Any

from eventproof.simulator.context import Transaction, equal
from eventproof.simulator.errors import Refused
from eventproof.simulator.inventory.ledger import book
from eventproof.simulator.inventory.quantities import (
    INVALID,
    NAMES,
    Quantities,
    demand_amounts,
    quantities_of,
)
from eventproof.simulator.inventory.tables import level_of

NOT_FOUND = 404
CHANGED_MEANWHILE = 412
UNPROCESSABLE = 422
INSUFFICIENT = "Your request could not be completed due to insufficient stock levels"

CAUSE = "stock transaction"
"""What the ledger gives as the cause: the documented transactions refer to no order."""

_TITLES = {
    INVALID: "Validation Error",
    NOT_FOUND: "Not Found",
    CHANGED_MEANWHILE: "Precondition Failed",
    UNPROCESSABLE: "Cannot complete request",
}


async def create_inventory(
    tx: Transaction, product: str, quantity: int = 0, *, command: str, warehouse: str | None = None
) -> Quantities:
    """A product becomes managed, with so many units in stock; 0 without a quantity.

    `Refused` 400 for a negative quantity or a product that is managed already.
    """
    demand_amounts(quantity)
    table, key = level_of(product, warehouse)
    nothing = dict.fromkeys(NAMES, 0)
    if await tx.get_for_update(table, key) is None:
        values: dict[str, Any] = {"product_id": product, "version": 0, **nothing}
        if warehouse is not None:
            values["warehouse_id"] = warehouse
        await tx.insert(table, **values)
    elif not await tx.update(table, key, guard=equal(total=None), **nothing):
        raise Refused(INVALID, f"{product} is managed already")
    return await _booked(tx, "create", product, quantity, command, warehouse)


async def delete_inventory(
    tx: Transaction, product: str, *, command: str, warehouse: str | None = None
) -> None:
    """The product is not managed any more. `Refused` 422 while any unit of it is bound."""
    table, key = level_of(product, warehouse)
    level = quantities_of(await tx.get_for_update(table, key))
    if level is None:
        raise _not_found(warehouse)
    bound = (level.allocated, level.held, level.safety_stock, level.incoming, level.backordered)
    if any(bound):
        raise Refused(UNPROCESSABLE, f"{product} is still bound")
    if level.available:
        await _booked(tx, "decrement", product, level.available, command, warehouse)
    await tx.update(table, key, guard=(), **dict.fromkeys(NAMES))


async def increment(
    tx: Transaction, product: str, quantity: int, *, command: str, warehouse: str | None = None
) -> Quantities:
    """Units were received: total and available grow."""
    return await _asked(tx, "increment", product, quantity, command, warehouse)


async def decrement(
    tx: Transaction, product: str, quantity: int, *, command: str, warehouse: str | None = None
) -> Quantities:
    """Units are removed: total and available shrink. 422 when fewer are available."""
    return await _asked(tx, "decrement", product, quantity, command, warehouse)


async def allocate(
    tx: Transaction, product: str, quantity: int, *, command: str, warehouse: str | None = None
) -> Quantities:
    """Available units become allocated. 422 when fewer are available."""
    return await _asked(tx, "allocate", product, quantity, command, warehouse)


async def deallocate_stock(
    tx: Transaction, product: str, quantity: int, *, command: str, warehouse: str | None = None
) -> Quantities:
    """Allocated units become available. 422 when fewer are allocated."""
    return await _asked(tx, "deallocate", product, quantity, command, warehouse)


async def ship_stock(
    tx: Transaction, product: str, quantity: int, *, command: str, warehouse: str | None = None
) -> Quantities:
    """Allocated units leave the house: allocated and total shrink. 422 when too few."""
    return await _asked(tx, "ship", product, quantity, command, warehouse)


async def set_stock(
    tx: Transaction,
    product: str,
    total: int,
    *,
    command: str,
    expected: int | None = None,
    warehouse: str | None = None,
) -> Quantities:
    """Set the total, as an external warehouse system counts it; available takes the difference.

    With `expected`, only if the total is still that (compare and set): else `Refused` 412. 422
    when the new total is less than what is bound; the documents leave that case open.
    """
    demand_amounts(total)
    table, key = level_of(product, warehouse)
    level = quantities_of(await tx.get_for_update(table, key))
    if level is None:
        raise _not_found(warehouse)
    if expected is not None and level.total != expected:
        raise Refused(CHANGED_MEANWHILE, f"the total is {level.total}, not {expected}")
    return await _booked(tx, "set", product, total - level.total, command, warehouse)


async def set_safety_stock(
    tx: Transaction, product: str, units: int, *, command: str, warehouse: str | None = None
) -> Quantities:
    """Keep so many units back from sale, in all. 422 when fewer are available."""
    demand_amounts(units)
    table, key = level_of(product, warehouse)
    level = quantities_of(await tx.get_for_update(table, key))
    if level is None:
        raise _not_found(warehouse)
    more = units - level.safety_stock
    action = "set_aside" if more >= 0 else "put_back"
    return await _booked(tx, action, product, abs(more), command, warehouse)


def error_body(refused: Refused, *, version: int = 1) -> dict[str, Any]:
    """The body of a refused stock transaction. Version 2 of the API writes the status as text."""
    status: int | str = str(refused.status) if version == 2 else refused.status
    title = _TITLES.get(refused.status, "Internal server error")
    body = {"status": status, "title": title, "detail": refused.detail}
    return {key: value for key, value in body.items() if value}


def cart_error_body(
    product: str, *, name: str = "", sku: str = "", detail: str = "none"
) -> dict[str, Any]:
    """The body of the 400 that a cart or a checkout gets when stock is short.

    The documents contradict each other: one page says the answer names no product (`detail`
    none), another shows one that does (`detail` product). Neither tells a quantity.
    """
    body: dict[str, Any] = {"status": 400, "title": "Insufficient stock"}
    if detail == "product":
        body["detail"] = f"There is not enough stock to add {name or product} to your cart"
        body["meta"] = {"id": product, "sku": sku or product}
    return body


async def _asked(
    tx: Transaction,
    action: str,
    product: str,
    quantity: int,
    command: str,
    warehouse: str | None,
) -> Quantities:
    demand_amounts(quantity)
    return await _booked(tx, action, product, quantity, command, warehouse)


async def _booked(
    tx: Transaction,
    action: str,
    product: str,
    quantity: int,
    command: str,
    warehouse: str | None,
) -> Quantities:
    after = await book(
        tx, action, product, quantity, command=command, cause=CAUSE, warehouse=warehouse
    )
    if after is not None:
        return after
    table, key = level_of(product, warehouse)
    if quantities_of(await tx.get(table, key)) is None:
        raise _not_found(warehouse)
    raise Refused(UNPROCESSABLE, INSUFFICIENT)


def _not_found(warehouse: str | None) -> Refused:
    """Where no level is kept: of the product, or at that location."""
    found_none = "The resource could not be found" if warehouse is None else "No location found"
    return Refused(NOT_FOUND, found_none)


__all__ = [
    "allocate",
    "cart_error_body",
    "create_inventory",
    "deallocate_stock",
    "decrement",
    "delete_inventory",
    "error_body",
    "increment",
    "set_safety_stock",
    "set_stock",
    "ship_stock",
]
