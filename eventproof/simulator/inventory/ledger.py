"""The ledger: the only writer of quantities, and what can be told from its entries alone.

`book` changes one product's quantities and enters the change with its cause, its sequence, the
command that asked for it, and the quantities before and after, all in the caller's transaction.
Entries are never changed. `rebuild`, `as_of` and `drifts` read entries and write nothing.

Three things that could be wrong: a change without its entry, two entries of one sequence, and one
command that is booked twice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from eventproof.simulator.context import Transaction, plus
from eventproof.simulator.inventory.quantities import (
    NAMES,
    Quantities,
    movements,
    preconditions,
    quantities_of,
)
from eventproof.simulator.inventory.tables import ledger, level_of


class Level(NamedTuple):
    """Where quantities are kept: a product in the whole shop, or at one warehouse."""

    product: str
    warehouse: str | None = None

    def __str__(self) -> str:
        return f"{self.product}@{self.warehouse}" if self.warehouse else self.product


class Drift(NamedTuple):
    """A quantity that its ledger entries do not explain."""

    level: Level
    name: str
    is_now: int
    should_be: int

    def __str__(self) -> str:
        return (
            f"{self.level}: {self.name} is {self.is_now}, its ledger adds up to {self.should_be}."
        )


async def book(
    tx: Transaction,
    action: str,
    product: str,
    quantity: int,
    *,
    command: str,
    cause: str | None = None,
    warehouse: str | None = None,
) -> Quantities | None:
    """Do an action and enter it; the quantities after it.

    None, and nothing is done, when the quantities do not allow it or the product is not managed.
    `command` identifies who asks: the same command's same action raises `DatabaseError` 23505, so
    that a repeated command changes nothing. `cause` is what it is for; without it, the command.
    """
    table, key = level_of(product, warehouse)
    done = await tx.update(
        table,
        key,
        guard=preconditions(action, quantity),
        **movements(action, quantity),  # first: a timeline tells an update by its first column
        version=plus(1),
    )
    if not done:
        return None
    # The row is locked by the update, so what is read is what this very change has made.
    level: Any = await tx.get(table, key)
    after = quantities_of(level)
    assert after is not None
    await tx.insert(
        ledger,
        entry_id=f"{command}:{action}:{Level(product, warehouse)}",
        product_id=product,
        warehouse_id=warehouse,
        action=action,
        quantity=quantity,
        cause=cause or command,
        command_id=command,
        sequence=level.version,
        before=json.dumps(after.after(action, -quantity)),
        after=json.dumps(after),
    )
    return after


def level_of_entry(entry: Any) -> Level:
    """Whose quantities an entry changed."""
    return Level(entry.product_id, entry.warehouse_id)


def rebuild(entries: Iterable[Any]) -> dict[Level, Quantities]:
    """The quantities of every level, from nothing but the entries."""
    booked: dict[Level, Quantities] = {}
    for entry in entries:
        level = level_of_entry(entry)
        before = booked.get(level, Quantities())
        booked[level] = before.after(entry.action, entry.quantity)
    return booked


def as_of(entries: Iterable[Any], level: Level, sequence: int) -> Quantities:
    """What a level's quantities were after its `sequence`th entry."""
    own = (e for e in entries if level_of_entry(e) == level)
    return rebuild(e for e in own if e.sequence <= sequence).get(level, Quantities())


def drifts(levels: Iterable[Any], entries: Iterable[Any]) -> list[Drift]:
    """Where stock rows and ledger disagree, in the order of products and warehouses."""
    booked = rebuild(entries)
    found = []
    for row in sorted(levels, key=lambda row: (row.product_id, _warehouse(row) or "")):
        level = Level(row.product_id, _warehouse(row))
        actual = quantities_of(row) or Quantities()
        should = booked.get(level, Quantities())
        found += [
            Drift(level, name, is_now, should_be)
            for name, is_now, should_be in zip(NAMES, actual, should, strict=True)
            if is_now != should_be
        ]
    return found


async def reconcile(tx: Transaction, drift: Drift) -> None:
    """Set a drifted quantity to what its ledger adds up to: the ledger is right, the row is not.

    Changes nothing where the row has moved on since the drift was found.
    """
    table, key = level_of(drift.level.product, drift.level.warehouse)
    row: Any = await tx.get_for_update(table, key)
    if row is not None and getattr(row, drift.name) == drift.is_now:
        await tx.update(table, key, guard=(), **{drift.name: drift.should_be})


def digest(entries: Iterable[Any]) -> str:
    """One hash over all entries, however they are ordered: equal runs have equal ledgers."""
    lines = sorted(json.dumps(list(entry)) for entry in entries)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _warehouse(row: Any) -> str | None:
    name: str | None = getattr(row, "warehouse_id", None)
    return name


__all__ = [
    "Drift",
    "Level",
    "as_of",
    "book",
    "digest",
    "drifts",
    "level_of_entry",
    "rebuild",
    "reconcile",
]
