"""The engine's tables, as SQLAlchemy Core declares them, and the rows that a shop starts with."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import CheckConstraint, Column, Integer, MetaData, String, Table

from eventproof.simulator.tables import Key, Row, table_of

metadata = MetaData()

stock = Table(
    "stock",
    metadata,
    Column("product_id", String, primary_key=True),
    Column("total", Integer, nullable=False),
    Column("available", Integer, nullable=False),
    Column("allocated", Integer, nullable=False),
    # No constraint on `available`: the naive way of allocating must be able to do its harm.
    CheckConstraint("total = available + allocated", name="identity"),
    info={"shown": ("available",), "noun": "stock"},
)
"""The quantities of each product."""

ledger = Table(
    "ledger",
    metadata,
    Column("entry_id", String, primary_key=True),
    Column("product_id", String, nullable=False),
    Column("action", String, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("cause", String, nullable=False),
    info={"noun": "ledger entry"},
)
"""Why the quantities are what they are. Entries are only ever added."""

reservations = Table(
    "reservations",
    metadata,
    Column("reservation_id", String, primary_key=True),
    Column("cart_id", String, nullable=False),
    Column("lines", String, nullable=False),
    Column("status", String, nullable=False),
    info={"shown": ("status",), "noun": "reservation"},
)
"""Stock held for a cart: HELD, then RELEASED or CONSUMED. `lines` is JSON: pairs of product and
quantity."""

order_lines = Table(
    "order_lines",
    metadata,
    Column("order_id", String, primary_key=True),
    Column("product_id", String, primary_key=True),
    Column("quantity", Integer, nullable=False),
    Column("status", String, nullable=False),
    info={"shown": ("status",), "noun": "order"},
)
"""What was ordered: UNPAID, then PAID, REFUSED or CANCELLED, then SHIPPED."""


def initial_rows(units: Mapping[str, int]) -> dict[Key, Row]:
    """The rows of a shop that has just received `units` of each product."""
    stock_table, ledger_table = table_of(stock), table_of(ledger)
    rows: dict[Key, Row] = {}
    for product, quantity in sorted(units.items()):
        level = {
            "product_id": product, "total": quantity, "available": quantity, "allocated": 0,
        }  # fmt: skip
        entry = {
            "entry_id": f"create:{product}", "product_id": product, "action": "create",
            "quantity": quantity, "cause": "initial stock",
        }  # fmt: skip
        rows[stock_table.key_of(level)] = stock_table.make(level)
        rows[ledger_table.key_of(entry)] = ledger_table.make(entry)
    return rows
