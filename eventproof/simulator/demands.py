"""What a handler may ask: each argument is looked at where it is given, so that its line is known.

The door is a function for each kind of argument, which raises `TypeError` in the words of the
handler's author; the driver tells it with the handler's line.

Three things could be wrong: a refusal of what a database would take (a column of numbers takes
every kind of number, a column of a type of one's own takes anything), a value that fails only
where it is used, in another handler's step, and time that goes backward.
"""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Number, Real
from typing import Any

from eventproof.simulator.guards import Guard
from eventproof.simulator.steps import OnLocked
from eventproof.simulator.tables import Table

MOST_SECONDS = 1e15
"""Of a pause or a time-out: beyond it the clock would lose what comes after."""

FITTING = (int, float, type(None))
"""What nearly every value of a column of numbers is: the others are looked at more closely."""


def on_locked_of(*, nowait: bool, skip_locked: bool) -> OnLocked:
    """What to do about a row that is locked."""
    if nowait and skip_locked:
        raise TypeError("nowait and skip_locked exclude each other")
    if skip_locked:
        return OnLocked.SKIP
    return OnLocked.FAIL if nowait else OnLocked.WAIT


def demand_columns(table: Table, names: Iterable[str]) -> None:
    """Every name is that of a column."""
    for name in names:
        if name not in table.columns:
            known = ", ".join(table.columns)
            raise TypeError(f"{table.name} has no column {name}; it has {known}")


def demand_met(table: Table, guards: Iterable[Guard]) -> None:
    """Every guard compares a column with something that it can be compared with."""
    for guard in guards:
        if not isinstance(guard, Guard):
            raise TypeError(f"{guard!r} is no guard; at_least(column=1) makes one")
        demand_columns(table, (guard.column,))
        demand_fit(table, guard.column, guard.operand)
        if guard.operand is None and guard.operator in (">=", "<="):
            raise TypeError(f"{table.name}.{guard.column} {guard.operator} None is never met")


def demand_fit(table: Table, column: str, value: Any) -> None:
    """A column of numbers gets a number, or nothing."""
    fits = value.__class__ in FITTING or column not in table.numbers
    if not fits and not isinstance(value, Number):
        raise TypeError(f"{table.name}.{column} is a number, not {type(value).__name__} {value!r}")


def demand_seconds(what: str, seconds: Any) -> None:
    """Time goes on, and ends."""
    if not isinstance(seconds, Real) or not 0 <= float(seconds) <= MOST_SECONDS:
        raise TypeError(f"{what} of {seconds!r} s")
