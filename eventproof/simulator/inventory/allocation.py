"""Units bound to the lines of orders, in a shop of one warehouse or of several.

A line counts what it has and what it waits for; where several warehouses give, `allocations` has
what each gives and owes. The rest is of the shop's own `stock`, which has no row there. Whoever
calls this has locked the order.

Three things that could be wrong: units given back to a warehouse that did not give them, a picked
unit that is given back, and locks that are taken in another order than everybody's: by product,
then by warehouse, and the shop's own level last.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from eventproof.simulator.context import Transaction, equal, minus, plus
from eventproof.simulator.errors import Refused
from eventproof.simulator.inventory.ledger import book
from eventproof.simulator.inventory.quantities import quantities_of
from eventproof.simulator.inventory.sourcing import Share, Sourcing, source, supply_of
from eventproof.simulator.inventory.tables import allocations, level_of, order_lines, stock

SHORT = 400
OTHERWISE = 409
"""What a cart held is not what its order wants."""


class Bound(NamedTuple):
    """What a line has, and waits for, at one place."""

    warehouse: str | None
    """None: the shop's own stock."""
    unpicked: int
    waiting: int


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
    options = {"partial": partial, "backorder_up_to": backorder_up_to}
    if missing_of(line) > 0:
        await _bind(tx, order, line, missing_of(line), sourcing, **options)


async def release_line(tx: Transaction, order: Any, line: Any) -> None:
    """Give back what the line has and has not picked; it waits for nothing any more."""
    await _let_go(tx, order, line, line.allocated - line.picked, line.backordered)


async def follow(
    tx: Transaction,
    order: Any,
    line: Any,
    quantity: int,
    *,
    backorder_up_to: int = 0,
    sourcing: Sourcing | None = None,
) -> None:
    """What is bound to the line follows its new quantity; who waits gives up waiting first."""
    more = quantity - line.allocated - line.backordered - line.shipped
    if more > 0:
        await _bind(tx, order, line, more, sourcing, backorder_up_to=backorder_up_to)
    elif more < 0:
        waived = min(-more, line.backordered)
        await _let_go(tx, order, line, -more - waived, waived)


async def fill_line(tx: Transaction, order: Any, line: Any, warehouse: str | None = None) -> int:
    """Give what is available to a line that waits there; how much it got."""
    (here,) = (bound for bound in await bound_of(tx, line) if bound.warehouse == warehouse)
    quantity = min(here.waiting, await _to_give(tx, line.product_id, warehouse))
    if quantity:
        await _booked(tx, "backorder_fill", order, line, quantity, warehouse)
        filled: dict[str, Any] = {"backordered": minus(quantity), "allocated": plus(quantity)}
        await change(tx, line, **filled)
        await _change_share(tx, line, warehouse, **filled)
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
    return await _give(tx, line, Share(warehouse, quantity))


def missing_of(line: Any) -> int:
    """Units that a line wants and has not, nor waits for."""
    missing: int = line.quantity - line.allocated - line.backordered - line.shipped
    return missing


async def bound_of(tx: Transaction, line: Any) -> list[Bound]:
    """What the line has at each place, in lock order: by warehouse, the shop's own last."""
    bound = [
        Bound(share.warehouse_id, share.allocated - share.picked, share.backordered)
        for share in await shares_of(tx, line)
    ]
    unpicked = line.allocated - line.picked - sum(at.unpicked for at in bound)
    waiting = line.backordered - sum(at.waiting for at in bound)
    return [*bound, Bound(None, unpicked, waiting)]


async def pick(tx: Transaction, line: Any, warehouse: str | None, quantity: int) -> None:
    """So many units more, or fewer, are in shipments."""
    await change(tx, line, picked=plus(quantity))
    await _change_share(tx, line, warehouse, picked=plus(quantity))


async def leave(
    tx: Transaction, order: Any, line: Any, warehouse: str | None, quantity: int
) -> None:
    """Picked units leave the house."""
    await _booked(tx, "ship", order, line, quantity, warehouse)
    moved: dict[str, Any] = {"picked": minus(quantity), "allocated": minus(quantity)}
    moved["shipped"] = plus(quantity)
    await change(tx, line, **moved)
    await _change_share(tx, line, warehouse, **moved)


async def shares_of(tx: Transaction, line: Any) -> tuple[Any, ...]:
    """What each warehouse gives to the line and owes to it, in the order of warehouses."""
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


async def _bind(
    tx: Transaction, order: Any, line: Any, units: int, sourcing: Sourcing | None, **options: Any
) -> None:
    if sourcing is None:
        await _from_stock(tx, order, line, units, **options)
    else:
        await _source_line(tx, order, line, units, sourcing, **options)


async def _from_stock(
    tx: Transaction,
    order: Any,
    line: Any,
    units: int,
    *,
    backorder_up_to: int,
    partial: bool = False,
) -> None:
    level = quantities_of(await tx.get_for_update(stock, line.product_id))
    there = min(units, level.available) if level else 0
    short = 0 if partial else units - there
    if short and (level is None or level.backordered + short > backorder_up_to):
        raise Refused(SHORT)
    if there:
        await _booked(tx, "allocate", order, line, there)
        await change(tx, line, allocated=plus(there))
    if short:
        await _booked(tx, "backorder", order, line, short)
        waits: dict[str, Any] = {"backordered": plus(short)}
        (*_, own) = await bound_of(tx, line)
        if not own.waiting:
            waits["waits_since"] = await _sequence(tx, line.product_id)
        await change(tx, line, **waits)


async def _source_line(
    tx: Transaction,
    order: Any,
    line: Any,
    quantity: int,
    sourcing: Sourcing,
    **options: Any,
) -> None:
    giving = [s.warehouse_id for s in await shares_of(tx, line) if s.allocated or s.backordered]
    shares = await source(
        tx,
        line.product_id,
        quantity,
        command=command_of(order),
        cause=order.order_id,
        **_kept_together(sourcing, giving)._asdict(),
        **options,
    )
    for share in sorted(shares):
        await _give(tx, line, share)


def _kept_together(sourcing: Sourcing, giving: Sequence[str]) -> Sourcing:
    """Where several may not give to one line, who gives already gives the rest, or nobody."""
    if sourcing.split or not giving:
        return sourcing
    fits = sourcing.policy != "sticky" or sourcing.sticky == giving[0]
    return sourcing._replace(policy="sticky", sticky=giving[0] if fits else None)


async def _give(tx: Transaction, line: Any, share: Share) -> None:
    place = (line.order_id, line.product_id, share.warehouse)
    nothing = dict.fromkeys(("allocated", "picked", "shipped", "backordered"), 0)
    names = dict(zip(("order_id", "product_id", "warehouse_id"), place, strict=True))
    await tx.insert(allocations, **names, **nothing, on_conflict="nothing")
    had: Any = await tx.get(allocations, place)
    given: dict[str, Any] = {"allocated": plus(share.quantity)}
    given["backordered"] = plus(share.backordered)
    await change(tx, line, **given)
    if share.backordered and not had.backordered:
        given["waits_since"] = await _sequence(tx, line.product_id, share.warehouse)
    await tx.update(allocations, place, **given)


async def _let_go(
    tx: Transaction, order: Any, line: Any, allocated: int, backordered: int
) -> None:
    """So many units become available where they came from, and so many are waited for no more.

    The last warehouse's first, the shop's own last.
    """
    if not allocated and not backordered:
        return
    places = await bound_of(tx, line)
    back = _shared_out(allocated, [place.unpicked for place in places])
    waived = _shared_out(backordered, [place.waiting for place in places])
    for place, units, owed in zip(places, back, waived, strict=True):
        if units:
            await _booked(tx, "deallocate", order, line, units, place.warehouse)
        if owed:
            await _booked(tx, "backorder_cancel", order, line, owed, place.warehouse)
        if units or owed:
            less = {"allocated": minus(units), "backordered": minus(owed)}
            await change(tx, line, **less)
            await _change_share(tx, line, place.warehouse, **less)


def _shared_out(units: int, there: Sequence[int]) -> list[int]:
    """So many units, of what there is at each place: of the last but one first, then backwards."""
    shares = [0] * len(there)
    for at in (*reversed(range(len(there) - 1)), len(there) - 1):
        shares[at] = min(units, there[at])
        units -= shares[at]
    return shares


async def _change_share(tx: Transaction, line: Any, warehouse: str | None, **changes: Any) -> None:
    """Change what a warehouse gives to the line; the shop's own stock has no row for it."""
    if warehouse is not None:
        await tx.update(allocations, (line.order_id, line.product_id, warehouse), **changes)


async def _to_give(tx: Transaction, product: str, warehouse: str | None) -> int:
    """Units that may be given there; the level is locked. A disabled warehouse gives none."""
    if warehouse is not None:
        supply = await supply_of(tx, product, warehouse)
        return supply.available if supply.enabled else 0
    level = quantities_of(await tx.get_for_update(stock, product))
    return level.available if level else 0


async def _sequence(tx: Transaction, product: str, warehouse: str | None = None) -> int:
    """The sequence of the level's last ledger entry, which this transaction has made."""
    table, key = level_of(product, warehouse)
    level: Any = await tx.get(table, key)
    version: int = level.version
    return version


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
    "Bound",
    "allocate_line",
    "bound_of",
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
]
