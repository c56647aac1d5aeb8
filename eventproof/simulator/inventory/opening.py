"""The rows that a shop starts with: its stock, its warehouses, and the ledger entries of both.

Three things that could be wrong: quantities without the entries that explain them, an entry that
does not follow the one before, and a level whose version is not the number of its entries.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table

from eventproof.simulator.inventory.quantities import Quantities
from eventproof.simulator.inventory.tables import ledger, level_of, warehouses
from eventproof.simulator.tables import Key, Row, table_of


def initial_rows(units: Mapping[str, int]) -> dict[Key, Row]:
    """The rows of a shop that has just received `units` of each product."""
    rows: dict[Key, Row] = {}
    for product, quantity in sorted(units.items()):
        rows |= level_rows(product, Quantities(total=quantity, available=quantity))
    return rows


def level_rows(
    product: str, quantities: Quantities, *, warehouse: str | None = None
) -> dict[Key, Row]:
    """The rows of one level at the start: its quantities, and the ledger entry of each."""
    declared, _ = level_of(product, warehouse)
    place = {"product_id": product, "warehouse_id": warehouse}
    opening = {
        "create": quantities.total, "set_aside": quantities.safety_stock,
        "allocate": quantities.allocated, "hold": quantities.held,
        "expect": quantities.incoming, "backorder": quantities.backordered,
    }  # fmt: skip
    entered = [(a, n) for a, n in opening.items() if n or a == "create"]
    level = {**place, **quantities._asdict(), "version": len(entered)}
    rows = rows_of((declared, level))
    now = Quantities()
    for sequence, (action, quantity) in enumerate(entered, start=1):
        before, now = now, now.after(action, quantity)
        named = f"{product}@{warehouse}" if warehouse else product
        entry = {
            **place, "entry_id": f"{action}:{named}", "action": action, "quantity": quantity,
            "cause": "initial stock", "command_id": "initial stock", "sequence": sequence,
            "before": json.dumps(before), "after": json.dumps(now),
        }  # fmt: skip
        rows |= rows_of((ledger, entry))
    return rows


def warehouse_rows(houses: Mapping[str, Mapping[str, Any]]) -> dict[Key, Row]:
    """The rows of warehouses at the start: name -> its stock, priority and whether it is enabled.

    What is not said: the first named is asked first, and all are enabled.
    """
    rows: dict[Key, Row] = {}
    for place, (name, house) in enumerate(houses.items()):
        priority, enabled = house.get("priority", place), house.get("enabled", True)
        values = {"warehouse_id": name, "priority": priority, "enabled": enabled}
        rows |= rows_of((warehouses, values))
        for product, units in sorted(house["stock"].items()):
            rows |= level_rows(product, Quantities(units, units), warehouse=name)
    return rows


def rows_of(*rows: tuple[Table, Mapping[str, Any]]) -> dict[Key, Row]:
    """Rows for the start: pairs of a table and a row's values; what is not named is null."""
    made: dict[Key, Row] = {}
    for declared, values in rows:
        table = table_of(declared)
        made[table.key_of(dict(values))] = table.make(dict(values))
    return made


__all__ = ["initial_rows", "level_rows", "rows_of", "warehouse_rows"]
