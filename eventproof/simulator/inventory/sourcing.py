"""Sourcing: which warehouse gives how many units of a line, and which one owes what is short.

`plan` is pure: what each warehouse has -> how much each gives. `source` does it in a transaction,
with the levels of all warehouses that may give locked in one order for everybody.

Three things that could be wrong: a disabled warehouse that gives or owes, shares that do not add
up to what is wanted, and a line refused though the warehouses together have enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from eventproof.simulator.context import Transaction
from eventproof.simulator.errors import Refused
from eventproof.simulator.inventory.ledger import book
from eventproof.simulator.inventory.quantities import Quantities, demand_amounts, quantities_of
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
    backordered: int = 0
    """Units that it owes to orders already."""
    kept: bool = True
    """Whether the product is managed there; only then the warehouse can owe any."""


class Share(NamedTuple):
    """What a warehouse gives, and what it owes to the line until it has more."""

    warehouse: str
    quantity: int
    backordered: int = 0


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
    backorder_up_to: int = 0,
) -> tuple[Share, ...]:
    """Who gives how much of `quantity` units; nothing when it cannot be given.

    `sticky` is the one warehouse of that policy. Without `split` one warehouse must have it all.
    With `partial`, what there is is better than nothing. Else, while no more than
    `backorder_up_to` units are owed by all of them together, the first of the policy's order owes
    what is short; without `split` the one that gives.
    """
    known = tuple(supplies)
    asked = (s for s in known if s.enabled and (policy != "sticky" or s.warehouse == sticky))
    in_turn = _in_order(asked, policy)
    givers = [s for s in in_turn if s.available > 0]
    if not split:
        enough = [s for s in givers if s.available >= quantity]
        givers = (enough or (givers if partial or backorder_up_to else []))[:1]
    shares = _given(givers, quantity)
    left = quantity - sum(shares.values())
    owing = ""
    if left and not partial:
        may_owe = in_turn if split or not givers else givers
        owing = next((s.warehouse for s in may_owe if s.kept), "")
        if not owing or left + sum(s.backordered for s in known) > backorder_up_to:
            return ()
        shares.setdefault(owing, 0)
    return tuple(Share(name, n, left if name == owing else 0) for name, n in shares.items())


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
    backorder_up_to: int = 0,
    cause: str | None = None,
) -> tuple[Share, ...]:
    """Allocate a line at the warehouses `among` which it is to be sourced.

    `Refused` 400 when they have not enough, and may not owe what is short; with `partial`, what
    there is is allocated, which may be nothing.
    """
    demand_amounts(quantity)
    supplies = [await supply_of(tx, product, name) for name in sorted(set(among))]
    shares = plan(
        supplies,
        quantity,
        policy=policy,
        sticky=sticky,
        split=split,
        partial=partial,
        backorder_up_to=backorder_up_to,
    )
    if quantity and not shares and not partial:
        raise Refused(400)
    for share in sorted(shares):
        for action, units in (("allocate", share.quantity), ("backorder", share.backordered)):
            place = {"cause": cause, "warehouse": share.warehouse}
            if units and await book(tx, action, product, units, command=command, **place) is None:
                raise AssertionError(f"{share} of {product} was locked and is gone")
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
        backordered=level.backordered if level else 0,
        kept=level is not None,
    )


async def over_all(tx: Transaction, product: str, *, among: Sequence[str]) -> Quantities:
    """The product's quantities over its warehouses."""
    together = Quantities()
    for warehouse in among:
        level = quantities_of(await tx.get(warehouse_stock, (product, warehouse)))
        together = together.plus(level or Quantities())
    return together


def _given(givers: Iterable[Supply], quantity: int) -> dict[str, int]:
    """What each gives, one after the other, until it is enough."""
    shares: dict[str, int] = {}
    left = quantity
    for supply in givers:
        if left:
            shares[supply.warehouse] = min(left, supply.available)
            left -= shares[supply.warehouse]
    return shares


def _in_order(supplies: Iterable[Supply], policy: str) -> list[Supply]:
    if policy == "best":
        return sorted(supplies, key=lambda s: (-s.available, s.priority, s.warehouse))
    return sorted(supplies, key=lambda s: (s.priority, s.warehouse))


__all__ = ["POLICIES", "Share", "Sourcing", "Supply", "over_all", "plan", "source", "supply_of"]
