"""A model: a scenario made ready to run, whichever driver runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from eventproof.simulator.durations import Length
from eventproof.simulator.network import Network
from eventproof.simulator.programs import Program, Routes
from eventproof.simulator.properties import Always, Eventually, Sometimes
from eventproof.simulator.sqlite_store import SQLite
from eventproof.simulator.steps import Isolation
from eventproof.simulator.tables import Key, Row, table_of
from eventproof.simulator.turns import Turns

if TYPE_CHECKING:
    import sqlalchemy


@dataclass(frozen=True, slots=True)
class Customer:
    """Who makes a journey. Its name is the only thing that tells it from others alike."""

    name: str
    """Such as `customer-1`; identifiers that the customer causes are made from it."""
    cart: tuple[tuple[str, int], ...] = ()
    """Pairs of product and quantity."""
    journey: Callable[..., Any] | None = None
    """What it does where it is not one of the model's customers: a webhook, a sweeper."""


@dataclass(frozen=True)
class Model:
    """Everything that a run needs: who acts, on which rows, by which handlers and rules."""

    customers: tuple[Customer, ...]
    journey: Callable[..., Any]
    """The coroutine function that every customer runs: `journey(customer, ctx)`."""
    rows: Mapping[Key, Row]
    """The committed rows at the start."""
    routes: Routes
    outcomes: Mapping[str, tuple[str, ...]]
    """External system -> what it may answer."""
    isolation: Isolation
    always: tuple[Always, ...]
    sometimes: tuple[Sometimes, ...]
    fault_of: Callable[[Any, str], str | None]
    """What is wrong with a message under its contract of some version, or None."""
    eventually: tuple[Eventually, ...] = ()
    ignored_faults: frozenset[str] = frozenset()
    """Properties of faults that the scenario does not ask about."""
    network: Network | None = None
    """The faults of the network; None where every message is delivered once."""
    turns: Turns | None = None
    """Which messages wait their turn; None where all may be handled at once, in any order."""
    carried: Mapping[str, Length] = field(default_factory=dict)
    """Message id -> how long it is on its way in timed runs; no time where it is not here."""
    sqlite: SQLite | None = None
    """The SQLite that the store is; None: it is a PostgreSQL."""
    tables: tuple[sqlalchemy.Table, ...] = ()
    """The tables that the handlers use, for a replay on a real database."""

    @property
    def alike(self) -> bool:
        """Whether the customers differ in nothing but their names."""
        return len({(customer.cart, customer.journey) for customer in self.customers}) == 1

    def among(self, customers: tuple[Customer, ...]) -> Model:
        """The same where these come."""
        demands = tuple(prop.among(len(customers)) for prop in self.eventually)
        return replace(self, customers=customers, eventually=demands)

    @property
    def telling_apart(self) -> str | None:
        """A property or a check that may judge customers by their names, if there is one."""
        properties: tuple[Always | Sometimes | Eventually, ...]
        properties = (*self.always, *self.sometimes, *self.eventually)
        checks = (check.text for table in self.tables for check in table_of(table).checks)
        telling = (prop.name for prop in properties if prop.tells_apart)
        return next(telling, None) or next((text for text in checks if self._stem in text), None)

    @property
    def other_name(self) -> str:
        """A name of the same form that is none of the customers'."""
        return f"{self._stem}{len(self.customers) + 1}"

    @property
    def _stem(self) -> str:
        """What the customers' names begin with."""
        return self.customers[0].name.rpartition("-")[0] + "-"

    def journey_of(self, customer: Customer) -> Program:
        """The program that a customer runs."""
        function = customer.journey or self.journey
        title = customer.journey.__name__ if customer.journey else "journey"
        return Program(title=title, function=function, argument=customer)
