"""Batches: many stock updates in one call, all or none, or as many as will go.

Three things that could be wrong: an atomic batch that leaves a part of itself behind, one bad line
that takes the good ones with it, and a batch that is sent again and done twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, NamedTuple

from eventproof.simulator.context import Context, Transaction
from eventproof.simulator.errors import Refused
from eventproof.simulator.inventory import stock_transactions
from eventproof.simulator.inventory.messaging import first_time

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
    reports: dict[str, Report] = {}
    try:
        async with ctx.transaction() as tx:
            for update in sorted(asked, key=_by_level):
                reports[update.command] = Report(update.command, "refused")
                reports[update.command] = await _update(tx, update)
    except Refused as refused:
        bad = next(report.command for report in reports.values() if report.status == "refused")
        undone = {u.command: Report(u.command, "undone") for u in asked}
        reports = undone | {bad: Report(bad, "refused", str(refused))}
    return tuple(reports[update.command] for update in asked)


async def update_each(ctx: Context, updates: Iterable[Update]) -> tuple[Report, ...]:
    """Each update in a transaction of its own; what one is refused does not touch the others."""
    reports = []
    for update in updates:
        try:
            async with ctx.transaction() as tx:
                reports.append(await _update(tx, update))
        except Refused as refused:
            reports.append(Report(update.command, "refused", str(refused)))
    return tuple(reports)


async def _update(tx: Transaction, update: Update) -> Report:
    if not await first_time(tx, f"update:{update.command}"):
        return Report(update.command, "known")
    await ACTIONS[update.action](
        tx, update.product, update.quantity, command=update.command, warehouse=update.warehouse
    )
    return Report(update.command, "done")


def _by_level(update: Update) -> tuple[str, str]:
    return (update.product, update.warehouse or "")


__all__ = ["ACTIONS", "Report", "Update", "update_all", "update_each"]
