"""Batches: many stock updates in one call, all or none, or as many as will go.

Three things that could be wrong: an atomic batch that leaves a part of itself behind, one bad line
that takes the good ones with it, and a batch that is sent again and done twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, NamedTuple

from eventproof.simulator.context import Context, Transaction
from eventproof.simulator.errors import DatabaseError, Refused
from eventproof.simulator.inventory import stock_transactions
from eventproof.simulator.inventory.messaging import first_time
from eventproof.simulator.inventory.quantities import INVALID

BOOKED_ALREADY = "23505"

Act = Callable[..., Awaitable[Any]]

ACTIONS: dict[str, Act] = {
    "create": stock_transactions.create_inventory,
    "increment": stock_transactions.increment,
    "decrement": stock_transactions.decrement,
    "allocate": stock_transactions.allocate,
    "deallocate": stock_transactions.deallocate_stock,
    "set": stock_transactions.set_stock,
    "ship": stock_transactions.ship_stock,
}


class Update(NamedTuple):
    """One update of a batch; its command makes it happen once."""

    command: str
    action: str
    """One of `ACTIONS`."""
    product: str
    quantity: int
    warehouse: str | None = None


class Report(NamedTuple):
    """What came of one update."""

    command: str
    status: str
    """`done`, `known` (it was done before), `refused`, or `undone` with the rest of its batch."""
    reason: str = ""


async def update_all(ctx: Context, updates: Iterable[Update]) -> tuple[Report, ...]:
    """All updates in one transaction, or none of them.

    In the order of products, so that two batches do not wait for each other in a circle; the
    reports come in the order of the updates.
    """
    asked = list(updates)
    reports = [Report(update.command, "undone") for update in asked]
    at = 0
    try:
        async with ctx.transaction() as tx:
            for at in sorted(range(len(asked)), key=lambda at: _by_level(asked[at])):
                reports[at] = await _update(tx, asked[at])
    except Refused as refused:
        reports = [Report(update.command, "undone") for update in asked]
        reports[at] = Report(asked[at].command, "refused", str(refused))
    return tuple(reports)


async def update_each(ctx: Context, updates: Iterable[Update]) -> tuple[Report, ...]:
    """Each update in a transaction of its own; what one is refused does not touch the others.

    An update whose command the ledger has already, from elsewhere than a batch, is refused too.
    """
    reports = []
    for update in updates:
        try:
            async with ctx.transaction() as tx:
                reports.append(await _update(tx, update))
        except Refused as refused:
            reports.append(Report(update.command, "refused", str(refused)))
        except DatabaseError as error:
            if error.sqlstate != BOOKED_ALREADY:
                raise  # it may be possible when it is tried again
            reports.append(Report(update.command, "refused", str(error)))
    return tuple(reports)


async def _update(tx: Transaction, update: Update) -> Report:
    if update.action not in ACTIONS:
        raise Refused(INVALID, f"no stock transaction is called {update.action}")
    if not await first_time(tx, f"update:{update.command}"):
        return Report(update.command, "known")
    await ACTIONS[update.action](
        tx, update.product, update.quantity, command=update.command, warehouse=update.warehouse
    )
    return Report(update.command, "done")


def _by_level(update: Update) -> tuple[str, str]:
    return (update.product, update.warehouse or "")


__all__ = ["ACTIONS", "Report", "Update", "update_all", "update_each"]
