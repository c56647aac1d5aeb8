"""The engine's tables, as SQLAlchemy Core declares them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Column, Float, Integer, MetaData, String, Table

from eventproof.simulator.inventory.quantities import Quantities

metadata = MetaData()

# No constraint on `available`: the wrong ways of allocating must be able to do their harm.
_IDENTITY = "total = available + allocated + held + safety_stock"
# An update that waits could be refused by it before the wait: to tell that one apart makes an
# exploration of the order flow eighteen times as large. Strategies are proved without it.
_ASSUMED = {"assumed": True}


def _quantities() -> tuple[Column[Any], ...]:
    """Null everywhere: the product is not managed."""
    return tuple(Column(name, Integer) for name in (*Quantities._fields, "version"))


items = Table(
    "items",
    metadata,
    Column("product_id", String, primary_key=True),
    Column("name", String),
    Column("sku", String),
    Column("category", String),
    info={"noun": "item"},
)
"""What the catalogue of a shop says of a product. Stock may be kept of one that is not in it."""

stock = Table(
    "stock",
    metadata,
    Column("product_id", String, primary_key=True),
    *_quantities(),
    CheckConstraint(_IDENTITY, name="identity", info=_ASSUMED),
    info={"shown": ("available",), "noun": "stock"},
)
"""The quantities of each product in a shop of one warehouse. `version` counts its changes."""

warehouse_stock = Table(
    "warehouse_stock",
    metadata,
    Column("product_id", String, primary_key=True),
    Column("warehouse_id", String, primary_key=True),
    *_quantities(),
    CheckConstraint(_IDENTITY, name="warehouse_identity", info=_ASSUMED),
    info={"shown": ("available",), "noun": "stock"},
)
"""The quantities of each product at each warehouse, where there are several."""

warehouses = Table(
    "warehouses",
    metadata,
    Column("warehouse_id", String, primary_key=True),
    Column("priority", Integer, nullable=False),
    Column("enabled", Boolean, nullable=False),
    info={"shown": ("enabled",), "noun": "warehouse"},
)
"""Where stock is kept. The smaller priority is asked first; a disabled one gives nothing."""

ledger = Table(
    "ledger",
    metadata,
    Column("entry_id", String, primary_key=True),
    Column("product_id", String, nullable=False),
    Column("action", String, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("cause", String, nullable=False),
    Column("warehouse_id", String),
    Column("command_id", String),
    Column("sequence", Integer),
    Column("before", String),
    Column("after", String),
    info={"noun": "ledger entry"},
)
"""Why the quantities are what they are. Entries are only ever added.

`book` fills in all columns; `before` and `after` are JSON lists of the quantities. The short entry
of `record` has no command, sequence, before and after.
"""

reservations = Table(
    "reservations",
    metadata,
    Column("reservation_id", String, primary_key=True),
    Column("cart_id", String, nullable=False),
    Column("lines", String, nullable=False),
    Column("status", String, nullable=False),
    Column("expires_at_s", Float),
    Column("extensions", Integer),
    Column("warehouse_id", String),
    info={"shown": ("status",), "noun": "reservation"},
)
"""Stock kept for a cart: HELD, then RELEASED, CONSUMED or EXPIRED. `lines` is JSON: pairs of
product and quantity. Without an expiry its units are allocated, and stay so; with one they are
held."""

cart_lines = Table(
    "cart_lines",
    metadata,
    Column("cart_id", String, primary_key=True),
    Column("product_id", String, primary_key=True),
    Column("quantity", Integer, nullable=False),
    Column("warehouse_id", String),
    info={"shown": ("quantity",), "noun": "cart"},
)
"""What is in a cart. Being there binds nothing."""

order_lines = Table(
    "order_lines",
    metadata,
    Column("order_id", String, primary_key=True),
    Column("product_id", String, primary_key=True),
    Column("quantity", Integer, nullable=False),
    Column("status", String, nullable=False),
    Column("allocated", Integer),
    Column("backordered", Integer),
    Column("picked", Integer),
    Column("shipped", Integer),
    Column("returned", Integer),
    Column("restocked", Integer),
    Column("waits_since", Integer),
    info={"shown": ("status",), "noun": "order"},
)
"""What was ordered: UNPAID, then PAID, REFUSED or CANCELLED, then SHIPPED.

The counts are null where nobody keeps them, as in the documented order flow. `picked` units are
allocated ones in a shipment that has not left. `waits_since` is the sequence of the ledger entry
that backordered the line, where it waits for the shop's own stock: who waits longest is served
first.
"""

allocations = Table(
    "allocations",
    metadata,
    Column("order_id", String, primary_key=True),
    Column("product_id", String, primary_key=True),
    Column("warehouse_id", String, primary_key=True),
    Column("allocated", Integer, nullable=False),
    Column("picked", Integer, nullable=False),
    Column("shipped", Integer, nullable=False),
    Column("backordered", Integer, nullable=False),
    Column("waits_since", Integer),
    info={"shown": ("allocated",), "noun": "allocation"},
)
"""What a warehouse gives to an order line, and what it owes to it. The line counts the units of
all of them; what is left is of the shop's own stock. `waits_since` is as in `order_lines`."""

orders = Table(
    "orders",
    metadata,
    Column("order_id", String, primary_key=True),
    Column("customer_id", String, nullable=False),
    Column("subscription_id", String),
    Column("amount", Integer, nullable=False),
    Column("status", String, nullable=False),
    Column("payment", String, nullable=False),
    Column("reason", String),
    Column("revision", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    info={"shown": ("status",), "noun": "order"},
)
"""INCOMPLETE, PROCESSING (authorised), COMPLETE (paid), or CANCELLED with a reason. `amount` is in
the smallest unit of money; `revision` counts amendments, `version` every change."""

payments = Table(
    "payments",
    metadata,
    Column("payment_id", String, primary_key=True),
    Column("order_id", String, nullable=False),
    Column("amount", Integer, nullable=False),
    Column("captured", Integer, nullable=False),
    Column("refunded", Integer, nullable=False),
    Column("status", String, nullable=False),
    info={"shown": ("status",), "noun": "payment"},
)
"""PENDING, UNKNOWN (timed out), AUTHORISED, CAPTURED, DECLINED, VOID_DUE, VOIDED, REFUND_DUE,
PARTIALLY_REFUNDED or REFUNDED. An order may have several."""

shipments = Table(
    "shipments",
    metadata,
    Column("shipment_id", String, primary_key=True),
    Column("order_id", String, nullable=False),
    Column("lines", String, nullable=False),
    Column("status", String, nullable=False),
    Column("warehouse_id", String),
    info={"shown": ("status",), "noun": "shipment"},
)
"""CREATED, then SHIPPED or CANCELLED. `lines` is JSON: pairs of product and quantity."""


def _rule() -> tuple[Column[Any], ...]:
    return (
        Column("reorder_point", Integer, nullable=False),
        Column("reorder_quantity", Integer, nullable=False),
        Column("lead_time_s", Float, nullable=False),
    )


reorder_rules = Table(
    "reorder_rules",
    metadata,
    Column("product_id", String, primary_key=True),
    *_rule(),
    info={"shown": ("reorder_point",), "noun": "reorder rule"},
)
"""When a product is ordered again: at how few units, how many, and how long they take to come."""

warehouse_reorder_rules = Table(
    "warehouse_reorder_rules",
    metadata,
    Column("product_id", String, primary_key=True),
    Column("warehouse_id", String, primary_key=True),
    *_rule(),
    info={"shown": ("reorder_point",), "noun": "reorder rule"},
)
"""The same for each warehouse, where there are several."""

purchase_orders = Table(
    "purchase_orders",
    metadata,
    Column("purchase_order_id", String, primary_key=True),
    Column("product_id", String, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("received", Integer, nullable=False),
    Column("due_s", Float, nullable=False),
    Column("status", String, nullable=False),
    Column("warehouse_id", String),
    info={"shown": ("status",), "noun": "purchase order"},
)
"""Units ordered from a supplier, for a warehouse or for the shop's own stock: SENT,
PARTIALLY_RECEIVED, then RECEIVED or CLOSED."""

transfers = Table(
    "transfers",
    metadata,
    Column("transfer_id", String, primary_key=True),
    Column("product_id", String, nullable=False),
    Column("source", String, nullable=False),
    Column("target", String, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("received", Integer, nullable=False),
    Column("lost", Integer, nullable=False),
    Column("status", String, nullable=False),
    info={"shown": ("status",), "noun": "transfer"},
)
"""Units on their way between warehouses: IN_TRANSIT, PARTIALLY_RECEIVED, then RECEIVED."""

units = Table(
    "units",
    metadata,
    Column("unit_id", String, primary_key=True),
    Column("product_id", String, nullable=False),
    Column("owner", String),
    info={"shown": ("owner",), "noun": "unit"},
)
"""One row a unit: another shape of stock. Null: nobody owns it."""

buckets = Table(
    "buckets",
    metadata,
    Column("product_id", String, primary_key=True),
    Column("bucket", Integer, primary_key=True),
    Column("available", Integer, nullable=False),
    info={"shown": ("available",), "noun": "bucket"},
)
"""A product's units in several rows: another shape of stock."""

leases = Table(
    "leases",
    metadata,
    Column("name", String, primary_key=True),
    Column("holder", String),
    info={"shown": ("holder",), "noun": "lease"},
)
"""Locks by name. Null: nobody holds it."""


inbox = Table(
    "inbox",
    metadata,
    Column("message_key", String, primary_key=True),
    Column("answer", String),
    info={"noun": "inbox entry"},
)
"""What was handled already, by idempotency key, with what was answered."""

outbox = Table(
    "outbox",
    metadata,
    Column("message_id", String, primary_key=True),
    Column("entity", String, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("payload", String, nullable=False),
    Column("status", String, nullable=False),
    info={"shown": ("status",), "noun": "message"},
)
"""What is to be published, written with the change that it tells of: PENDING, then SENT.
`payload` is JSON; `revision` orders the messages of one entity."""

parked = Table(
    "parked",
    metadata,
    Column("entity", String, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("payload", String, nullable=False),
    info={"noun": "parked message"},
)
"""Messages that came before the one that they follow. `payload` is JSON."""

revisions = Table(
    "revisions",
    metadata,
    Column("entity", String, primary_key=True),
    Column("revision", Integer, nullable=False),
    info={"shown": ("revision",), "noun": "revision"},
)
"""The newest revision of each entity that was applied."""

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("message_id", String, primary_key=True),
    Column("payload", String, nullable=False),
    Column("reason", String, nullable=False),
    info={"shown": ("reason",), "noun": "dead letter"},
)
"""Messages that could not be handled, and why. `payload` is JSON."""


def level_of(product: str, warehouse: str | None = None) -> tuple[Table, Any]:
    """The table and the primary key of a product's quantities."""
    if warehouse is None:
        return stock, product
    return warehouse_stock, (product, warehouse)
