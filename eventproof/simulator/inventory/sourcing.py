"""Sourcing: which warehouse gives how many units of a line.

`plan` is pure: what each warehouse has -> how much each gives. `source` does it in a transaction,
with the levels of all warehouses that may give locked in one order for everybody.

Three things that could be wrong: a disabled warehouse that gives, shares that do not add up to
what is wanted, and a line refused though the warehouses together have enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from eventproof.simulator.context import Transaction
from eventproof.simulator.errors import Refused
from eventproof.simulator.inventory.ledger import book
from eventproof.simulator.inventory.quantities import Quantities, quantities_of
from eventproof.simulator.inventory.tables import warehouse_stock, warehouses

POLICIES = ("priority", "best", "sticky")
"""By the warehouses' own priority; the one that has most first; only the one that is named."""


class Supply(NamedTuple):
    """What a warehouse could give of one product."""

    warehouse: str
    available: int
    priority: int = 0
    """The smaller comes first."""
    enabled: bool = True


class Share(NamedTuple):
    """What a warehouse gives."""

    warehouse: str
    quantity: int


class Sourcing(NamedTuple):
    """How the lines of an order are sourced."""

    among: tuple[str, ...]
    """The warehouses that may give."""
    policy: str = "priority"
    """One of `POLICIES`."""
    sticky: str | None = None
    """The one warehouse of the policy `sticky`."""
    split: bool = True
    """Whether several warehouses may give to one line."""


def plan(
    supplies: Iterable[Supply],
    quantity: int,
    *,
    policy: str = "priority",
    sticky: str | None = None,
    split: bool = True,
    partial: bool = False,
) -> tuple[Share, ...]:
    """Who gives how much of `quantity` units; nothing when it cannot be given.

    `sticky` is the one warehouse of that policy. Without `split` one warehouse must have it all.
    With `partial`, what there is is better than nothing.
    """
    open_now = [s for s in supplies if s.enabled and s.available > 0]
    if policy == "sticky":
        open_now = [s for s in open_now if s.warehouse == sticky]
    if not split:
        enough = [s for s in open_now if s.available >= quantity]
        open_now = _in_order(enough or (open_now if partial else []), policy)[:1]
    shares: list[Share] = []
    left = quantity
    for supply in _in_order(open_now, policy):
        if left:
            shares.append(Share(supply.warehouse, min(left, supply.available)))
            left -= shares[-1].quantity
    return tuple(shares) if not left or partial else ()


async def source(
    tx: Transaction,
    product: str,
    quantity: int,
    *,
    among: Sequence[str],
    command: str,
    policy: str = "priority",
    sticky: str | None = None,
    split: bool = True,
    partial: bool = False,
    cause: str | None = None,
) -> tuple[Share, ...]:
    """Allocate a line at the warehouses `among` which it is to be sourced.

    `Refused` 400 when they have not enough; with `partial`, what there is is allocated, which may
    be nothing.
    """
    supplies = [await supply_of(tx, product, name) for name in sorted(set(among))]
    shares = plan(supplies, quantity, policy=policy, sticky=sticky, split=split, partial=partial)
    if not shares and not partial:
        raise Refused(400)
    for share in sorted(shares):
        taken = await book(
            tx,
            "allocate",
            product,
            share.quantity,
            command=command,
            cause=cause,
            warehouse=share.warehouse,
        )
        assert taken is not None, f"{share} of {product} was locked and is gone"
    return shares


async def supply_of(tx: Transaction, product: str, warehouse: str) -> Supply:
    """What a warehouse could give; its level is locked. One that nobody set up gives nothing."""
    house: Any = await tx.get(warehouses, warehouse)
    level = quantities_of(await tx.get_for_update(warehouse_stock, (product, warehouse)))
    return Supply(
        warehouse=warehouse,
        available=level.available if level else 0,
        priority=house.priority if house else 0,
        enabled=bool(house and house.enabled),
    )


async def over_all(tx: Transaction, product: str, *, among: Sequence[str]) -> Quantities:
    """The product's quantities over its warehouses."""
    together = Quantities()
    for warehouse in among:
        level = quantities_of(await tx.get(warehouse_stock, (product, warehouse)))
        together = together.plus(level or Quantities())
    return together


def _in_order(supplies: Iterable[Supply], policy: str) -> list[Supply]:
    if policy == "best":
        return sorted(supplies, key=lambda s: (-s.available, s.priority, s.warehouse))
    return sorted(supplies, key=lambda s: (s.priority, s.warehouse))


__all__ = ["POLICIES", "Share", "Sourcing", "Supply", "over_all", "plan", "source", "supply_of"]
