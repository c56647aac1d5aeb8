"""Units bound to the lines of orders, in a shop of one warehouse or of several.

A line counts what it has; where several warehouses give, `allocations` has what each gives. Units
of the shop's own `stock` have no row there. Whoever calls this has locked the order.

Three things that could be wrong: units given back to a warehouse that did not give them, a picked
unit that is given back, and locks that are taken in another order than everybody's: by product,
then by warehouse, and the shop's own level last.
"""

from __future__ import annotations

from typing import Any

from eventproof.simulator.context import Transaction, equal, minus, plus
from eventproof.simulator.errors import Refused
from eventproof.simulator.inventory.ledger import book
from eventproof.simulator.inventory.quantities import quantities_of
from eventproof.simulator.inventory.sourcing import Sourcing, source
from eventproof.simulator.inventory.tables import allocations, order_lines, stock

SHORT = 400
OTHERWISE = 409
"""What a cart held is not what its order wants."""


async def allocate_line(
    tx: Transaction,
    order: Any,
    line: Any,
    *,
    partial: bool = False,
    backorder_up_to: int = 0,
    sourcing: Sourcing | None = None,
) -> None:
    """Bind the units that a line misses, or what there is of them; the rest may be backordered."""
    missing = missing_of(line)
    if missing > 0 and sourcing is not None:
        await _source_line(tx, order, line, missing, sourcing, partial=partial)
    elif missing > 0:
        await _from_stock(tx, order, line, missing, partial, backorder_up_to)


async def release_line(tx: Transaction, order: Any, line: Any) -> None:
    """Give back what the line has and has not picked; it waits for nothing any more."""
    await _give_back(tx, order, line, line.allocated - line.picked)
    if line.backordered:
        await _booked(tx, "backorder_cancel", order, line, line.backordered)
        await change(tx, line, backordered=0)


async def follow(
    tx: Transaction, order: Any, line: Any, quantity: int, *, sourcing: Sourcing | None = None
) -> None:
    """What is bound to the line follows its new quantity; who waits gives up waiting first."""
    more = quantity - line.allocated - line.backordered - line.shipped
    if more > 0 and sourcing is not None:
        await _source_line(tx, order, line, more, sourcing)
    elif more > 0:
        command, cause = command_of(order), order.order_id
        if await book(tx, "allocate", line.product_id, more, command=command, cause=cause) is None:
            raise Refused(SHORT)
        await change(tx, line, allocated=plus(more))
    elif more < 0:
        waived = min(-more, line.backordered)
        if waived:
            await _booked(tx, "backorder_cancel", order, line, waived)
            await change(tx, line, backordered=minus(waived))
        await _give_back(tx, order, line, -more - waived)


async def fill_line(tx: Transaction, order: Any, line: Any) -> int:
    """Give what is available to a line that waits; how much it got."""
    level = quantities_of(await tx.get_for_update(stock, line.product_id))
    quantity = min(line.backordered, level.available) if level else 0
    if quantity:
        await _booked(tx, "backorder_fill", order, line, quantity)
        await change(tx, line, backordered=minus(quantity), allocated=plus(quantity))
    return quantity


async def take_over(
    tx: Transaction, order_id: str, product: str, quantity: int, warehouse: str | None
) -> None:
    """The line has units that are allocated already: those that its cart held."""
    line: Any = await tx.get(order_lines, (order_id, product))
    if line is None or quantity > missing_of(line):
        raise Refused(OTHERWISE, f"{order_id} does not miss {quantity} of {product}")
    if warehouse is None:
        return await change(tx, line, allocated=plus(quantity))
    return await _give(tx, line, warehouse, quantity)


def missing_of(line: Any) -> int:
    """Units that a line wants and has not, nor waits for."""
    missing: int = line.quantity - line.allocated - line.backordered - line.shipped
    return missing


async def unpicked(tx: Transaction, line: Any, warehouse: str | None) -> int:
    """Units that the line has of a warehouse, or of the shop's own, and that nobody picked."""
    shares = await shares_of(tx, line)
    if warehouse is not None:
        return sum(s.allocated - s.picked for s in shares if s.warehouse_id == warehouse)
    elsewhere: int = sum(s.allocated - s.picked for s in shares)
    own: int = line.allocated - line.picked - elsewhere
    return own


async def pick(tx: Transaction, line: Any, warehouse: str | None, quantity: int) -> None:
    """So many units more, or fewer, are in shipments."""
    await change(tx, line, picked=plus(quantity))
    if warehouse is not None:
        key = (line.order_id, line.product_id, warehouse)
        await tx.update(allocations, key, picked=plus(quantity))


async def leave(
    tx: Transaction, order: Any, line: Any, warehouse: str | None, quantity: int
) -> None:
    """Picked units leave the house."""
    await _booked(tx, "ship", order, line, quantity, warehouse)
    moved: dict[str, Any] = {"picked": minus(quantity), "allocated": minus(quantity)}
    moved["shipped"] = plus(quantity)
    await change(tx, line, **moved)
    if warehouse is not None:
        await tx.update(allocations, (line.order_id, line.product_id, warehouse), **moved)


async def shares_of(tx: Transaction, line: Any) -> tuple[Any, ...]:
    """What each warehouse gives to the line, in the order of warehouses."""
    of_line = equal(order_id=line.order_id, product_id=line.product_id)
    return await tx.select(allocations, of_line)


async def lines_of(tx: Transaction, order_id: str) -> tuple[Any, ...]:
    """The lines of an order, in the order of their products."""
    return await tx.select(order_lines, equal(order_id=order_id))


async def change(tx: Transaction, line: Any, **changes: Any) -> None:
    """Change some columns of a line."""
    await tx.update(order_lines, (line.order_id, line.product_id), **changes)


def command_of(order: Any) -> str:
    """What the ledger calls the change that made this version of the order."""
    return f"{order.order_id}.{order.version}"


async def _from_stock(
    tx: Transaction, order: Any, line: Any, missing: int, partial: bool, backorder_up_to: int
) -> None:
    level = quantities_of(await tx.get_for_update(stock, line.product_id))
    there = min(missing, level.available) if level else 0
    short = 0 if partial else missing - there
    if short and (level is None or level.backordered + short > backorder_up_to):
        raise Refused(SHORT)
    if there:
        await _booked(tx, "allocate", order, line, there)
        await change(tx, line, allocated=plus(there))
    if short:
        await _booked(tx, "backorder", order, line, short)
        row: Any = await tx.get(stock, line.product_id)
        waits_since = line.waits_since if line.backordered else row.version
        await change(tx, line, backordered=plus(short), waits_since=waits_since)


async def _source_line(
    tx: Transaction,
    order: Any,
    line: Any,
    quantity: int,
    sourcing: Sourcing,
    *,
    partial: bool = False,
) -> None:
    shares = await source(
        tx,
        line.product_id,
        quantity,
        command=command_of(order),
        cause=order.order_id,
        partial=partial,
        **sourcing._asdict(),
    )
    for share in sorted(shares):
        await _give(tx, line, share.warehouse, share.quantity)


async def _give(tx: Transaction, line: Any, warehouse: str, quantity: int) -> None:
    place = {
        "order_id": line.order_id,
        "product_id": line.product_id,
        "warehouse_id": warehouse,
    }
    counts = {"allocated": quantity, "picked": 0, "shipped": 0}
    if not await tx.insert(allocations, **place, **counts, on_conflict="nothing"):
        await tx.update(allocations, tuple(place.values()), allocated=plus(quantity))
    await change(tx, line, allocated=plus(quantity))


async def _give_back(tx: Transaction, order: Any, line: Any, quantity: int) -> None:
    """Unpicked units become available where they came from; the last warehouse's first."""
    if not quantity:
        return
    left, back = quantity, []
    for share in reversed(await shares_of(tx, line)):
        units = min(left, share.allocated - share.picked)
        left -= units
        back += [(share.warehouse_id, units)] if units else []
    for warehouse, units in reversed(back):
        await _booked(tx, "deallocate", order, line, units, warehouse)
        key = (line.order_id, line.product_id, warehouse)
        await tx.update(allocations, key, allocated=minus(units))
    if left:
        await _booked(tx, "deallocate", order, line, left)
    await change(tx, line, allocated=minus(quantity))


async def _booked(
    tx: Transaction,
    action: str,
    order: Any,
    line: Any,
    quantity: int,
    warehouse: str | None = None,
) -> None:
    command, product = command_of(order), line.product_id
    done = await book(
        tx,
        action,
        product,
        quantity,
        command=command,
        cause=order.order_id,
        warehouse=warehouse,
    )
    if done is None:  # a stock transaction has taken what was bound to the order
        raise Refused(OTHERWISE, f"{action} of {quantity} {product} for {command} is not there")


__all__ = [
    "SHORT",
    "allocate_line",
    "change",
    "command_of",
    "fill_line",
    "follow",
    "leave",
    "lines_of",
    "missing_of",
    "pick",
    "release_line",
    "shares_of",
    "take_over",
    "unpicked",
]
