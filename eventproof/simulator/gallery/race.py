"""A race: what happened in somebody's product, as handlers that can be run, broken and mended.

A race is data: its threads, the tables, the rows at the start, who acts, and what must hold. Both
variants run on the same tables and are judged by the same properties, so that the mended one
differs from the broken one in its handlers and in nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from eventproof.simulator.context import Context
from eventproof.simulator.model import Customer, Model
from eventproof.simulator.properties import Always, Sometimes, View
from eventproof.simulator.steps import Isolation
from eventproof.simulator.tables import Key, Row, table_of

if TYPE_CHECKING:
    import sqlalchemy

Journey = Callable[[Customer, Context], Coroutine[Any, Any, str | None]]
"""What an actor does; the customer is only its name. What it returns is its outcome."""


@dataclass(frozen=True)
class Variant:
    """One way to write the handlers."""

    actors: Mapping[str, Journey]
    """Actor -> what it does. Actors of one journey are named `customer-1`, `customer-2`, …"""
    isolation: Isolation = Isolation.READ_COMMITTED


@dataclass(frozen=True)
class Race:
    """One entry of the gallery."""

    id: str
    """Such as `G02`."""
    title: str
    product: str
    """Whose product it happened in."""
    threads: tuple[str, ...]
    """Where it was reported: `owner/repository#number`, or a page's title."""
    happened: str
    """What people saw, in a few sentences."""
    why: str
    """The mechanism."""
    mend: str
    """How it was mended, there or here."""
    tables: tuple[sqlalchemy.Table, ...]
    rows: Mapping[Key, Row]
    """The committed rows at the start."""
    always: tuple[Always, ...]
    sometimes: tuple[Sometimes, ...]
    """What must be met by both variants, or the race was not run at all."""
    breaks: str
    """The `always` property that the broken variant violates."""
    broken: Variant
    mended: Variant
    outcomes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What an external system may answer: payment outcomes, crashes, time-outs."""
    figures: Callable[[View], Mapping[str, int]] = lambda _view: {}
    """What a timeline shows at its right."""

    def model(self, variant: Variant) -> Model:
        """The model of one variant."""
        actors = tuple(Customer(name, journey=play) for name, play in variant.actors.items())
        return Model(
            customers=actors,
            journey=next(iter(variant.actors.values())),
            rows=self.rows,
            tables=self.tables,
            routes={},
            outcomes=self.outcomes,
            isolation=variant.isolation,
            always=self.always,
            sometimes=self.sometimes,
            fault_of=lambda _message, _version: None,
        )


def rows_of(*rows: tuple[sqlalchemy.Table, Mapping[str, Any]]) -> Mapping[Key, Row]:
    """Rows for the start: pairs of a table and a row's values; what is not named is null."""
    made = {}
    for declared, values in rows:
        table = table_of(declared)
        made[table.key_of(dict(values))] = table.make(dict(values))
    return made


def customers(count: int, journey: Journey) -> Mapping[str, Journey]:
    """So many interchangeable customers, all of whom do the same."""
    return {f"customer-{number}": journey for number in range(1, count + 1)}


def total(view: View, table: str, column: str, *statuses: str) -> int:
    """The sum of a column, over the rows with one of the statuses if any is named."""
    rows: Iterable[Any] = view.table(table)
    return sum(getattr(r, column) for r in rows if not statuses or r.status in statuses)


def found(view: View, table: str, identity: Any) -> Any:
    """The row of a table with that primary key, or None."""
    for rows in view.rows:
        if (table, identity) in rows:
            return rows[table, identity]
    return None
