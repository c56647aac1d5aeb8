"""The tables that most races need, with what must hold of them: as few columns as will do.

`rows_of((stock, {"sku": "tea", "available": 1}))` puts one unit of tea on the shelf.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Column, Integer, MetaData, String, Table

from eventproof.simulator.context import Transaction, at_least, minus, plus
from eventproof.simulator.gallery.race import found, total
from eventproof.simulator.properties import Always, Sometimes, View

metadata = MetaData()

stock = Table(
    "stock",
    metadata,
    Column("sku", String, primary_key=True),
    Column("available", Integer, nullable=False),
    Column("allocated", Integer),
    Column("version", Integer),
    info={"shown": ("available",), "noun": "stock"},
)
"""Units of a product: `allocated` and `version` only where a race speaks of them."""

orders = Table(
    "orders",
    metadata,
    Column("id", String, primary_key=True),
    Column("sku", String),
    Column("quantity", Integer),
    Column("status", String),
    info={"shown": ("status",), "noun": "order"},
)

holds = Table(
    "holds",
    metadata,
    Column("id", String, primary_key=True),
    Column("sku", String),
    Column("quantity", Integer),
    Column("status", String),
    info={"shown": ("status",), "noun": "hold"},
)
"""Reservations: HELD, then CONSUMED, RELEASED or EXPIRED."""

payments = Table(
    "payments",
    metadata,
    Column("id", String, primary_key=True),
    Column("status", String),
    Column("captured", Integer),
    info={"shown": ("status",), "noun": "payment"},
)

movements = Table(
    "movements",
    metadata,
    Column("id", String, primary_key=True),
    Column("sku", String),
    Column("delta", Integer, nullable=False),
    info={"shown": ("delta",), "noun": "movement"},
)
"""A ledger: one row a change, never updated."""

SOLD = ("PAID", "SHIPPED")


async def take(tx: Transaction, quantity: int = 1, *, sku: str = "tea") -> bool:
    """Take units by one guarded update; whether there were enough."""
    guard = at_least(available=quantity)
    return await tx.update(stock, sku, guard=guard, available=minus(quantity))


async def give_back(tx: Transaction, quantity: int = 1, *, sku: str = "tea") -> None:
    """Put units back on the shelf."""
    await tx.update(stock, sku, available=plus(quantity))


async def place(tx: Transaction, order: str, quantity: int = 1, *, status: str = "PAID") -> None:
    """Write down an order of tea."""
    await tx.insert(orders, id=order, sku="tea", quantity=quantity, status=status)


def never_oversold(units: int, *, sku: str = "tea") -> Always:
    """I1: no more units are paid for than were received."""

    def broken(view: View) -> str | None:
        sold = total(view, "orders", "quantity", *SOLD)
        were = "was" if units == 1 else "were"
        return f"{sold} of {sku} were sold, {units} {were} in stock." if sold > units else None

    return Always("never-oversold", broken, sees_outcomes=False)


def stock_is_what_was_sold(units: int, *, sku: str = "tea") -> Always:
    """I3: what is available is what was received less what was sold."""

    def broken(view: View) -> str | None:
        level = found(view, "stock", sku)
        left = units - total(view, "orders", "quantity", *SOLD)
        if level is None or level.available == left:
            return None
        return f"{level.available} of {sku} are available, where {left} should be left."

    return Always("stock-is-what-was-sold", broken, sees_outcomes=False)


def no_money_without_stock(journeys: int) -> Always:
    """I7: when everybody is done, each captured payment has its order."""

    def broken(view: View) -> str | None:
        captured = total(view, "payments", "captured")
        sold = total(view, "orders", "quantity", *SOLD)
        if len(view.outcomes) < journeys or captured <= sold:
            return None
        return f"{captured} payments were captured, and there are {sold} orders to ship."

    return Always("no-money-without-stock", broken)


def at_the_end(name: str, journeys: int, wrong: Callable[[View], str | None]) -> Always:
    """A property of the end: what is `wrong` once every journey has finished."""
    return Always(name, lambda view: wrong(view) if len(view.outcomes) == journeys else None)


def somebody_bought() -> Sometimes:
    """At least one order is paid."""
    return Sometimes("somebody bought", lambda view: total(view, "orders", "quantity", *SOLD) > 0)


def somebody_was_refused() -> Sometimes:
    """At least one journey ended as refused."""
    return some_outcome("refused", "somebody was refused")


def some_outcome(outcome: str, name: str) -> Sometimes:
    """At least one journey ended so."""
    return Sometimes(name, lambda view: outcome in view.outcomes)


def available_and_sold(view: View) -> dict[str, int]:
    """The two figures that most timelines show."""
    level = found(view, "stock", "tea")
    return {
        "available": level.available if level is not None else 0,
        "sold": total(view, "orders", "quantity", *SOLD),
    }
