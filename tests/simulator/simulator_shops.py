"""Small worlds for the simulator's tests, written by hand: shelves with units on them.

A journey is an ordinary coroutine function. What it returns is its outcome, so a journey that
returns everything it was answered makes every difference between two schedules visible.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from sqlalchemy import CheckConstraint, Column, Integer, MetaData, String, Table

from eventproof.simulator import Customer, Model, Scenario
from eventproof.simulator.properties import Always
from eventproof.simulator.scenario import Customers, Latency, Outcomes
from eventproof.simulator.steps import Isolation
from eventproof.simulator.tables import table_of

READ_COMMITTED = Isolation.READ_COMMITTED
REPEATABLE_READ = Isolation.REPEATABLE_READ
SERIALIZABLE = Isolation.SERIALIZABLE

shelves = Table(
    "shelves",
    MetaData(),
    Column("shelf", String, primary_key=True),
    Column("units", Integer, nullable=False),
    info={"shown": ("units",), "noun": "shelf"},
)

limited_shelves = Table(
    "shelves",
    MetaData(),
    Column("shelf", String, primary_key=True),
    Column("units", Integer, CheckConstraint("units between 0 and 6"), nullable=False),
    info={"shown": ("units",), "noun": "shelf"},
)
"""The same, and the table takes only so many units."""

notes = Table(
    "notes",
    shelves.metadata,
    Column("note", String, primary_key=True),
    Column("text", String),
)


def shelf_key(shelf):
    return table_of(shelves).key(shelf)


def shelf_row(shelf, units):
    return table_of(shelves).make({"shelf": shelf, "units": units})


def stocked(**units):
    """Rows of the shelves, by name."""
    return {shelf_key(shelf): shelf_row(shelf, count) for shelf, count in units.items()}


def shop(
    journey,
    *,
    customers=2,
    carts=None,
    rows=None,
    isolation=READ_COMMITTED,
    always=(),
    sometimes=(),
    routes=None,
    outcomes=None,
    fault_of=lambda _message, _version: None,
    ignored_faults=frozenset(),
    network=None,
    turns=None,
    sqlite=None,
):
    """A model. `carts` gives each customer its own, which makes them different."""
    carts = carts or [(("tea", 1),)] * customers
    return Model(
        customers=tuple(Customer(f"customer-{n}", cart) for n, cart in enumerate(carts, start=1)),
        journey=journey,
        rows=stocked(a=1) if rows is None else rows,
        routes=routes or {},
        outcomes=outcomes or {},
        isolation=isolation,
        always=tuple(always),
        sometimes=tuple(sometimes),
        fault_of=fault_of,
        ignored_faults=ignored_faults,
        network=network,
        turns=turns,
        sqlite=sqlite,
    )


def scenario(customers, *, arrivals_per_s=1000.0, latency=None, payment=(("approve", 1.0),)):
    who = Customers(count=customers, cart=(("tea", 1),), arrivals_per_s=arrivals_per_s)
    return Scenario(
        path=Path("shop.yaml"),
        shown="shop.yaml",
        name="a shop",
        catalog=Path("catalog"),
        customers=who,
        stock={"tea": 1},
        external={"payment": Outcomes(payment)},
        latency=latency or Latency(),
    )


def units_on(view, shelf):
    """Units on a shelf; None where there is no such shelf."""
    return next((row.units for row in view.table("shelves") if row.shelf == shelf), None)


def never(name, holds_not):
    """An `always` property: broken where `holds_not(view)` is true."""
    return Always(name, lambda view: f"{name} is broken." if holds_not(view) else None)


@dataclass(frozen=True, kw_only=True)
class Ping:
    """A message as the generator would write it, whose payload is one text."""

    MESSAGE: ClassVar[str] = "ping"
    VERSION: ClassVar[str] = "1.0.0"

    sender: str

    def to_payload(self):
        return {"sender": self.sender}

    @classmethod
    def from_payload(cls, payload):
        return cls(sender=payload["sender"])
