"""Statements of the live driver: the SQL of each shape of step is compiled once.

Two steps have one shape when they differ in values of the same types only, so that their text is
the same and a server can keep its plan. `Shapes.statement` takes a step and gives the `Statement`.

Three things that could be wrong: a value that is part of the text (NULL, true and false in a
condition, a limit) and not of the shape; two steps of one shape whose values come in another
order; and a value that takes another's place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy.engine import Dialect

from eventproof.simulator.sql import Statement, statement
from eventproof.simulator.statements import Delete, Get, Insert, RowStep, Select, StoreStep, Update
from eventproof.simulator.tables import Key, Table


class Slot(int):
    """Stands for the value of that number while a shape is compiled."""


Filled = tuple[str, tuple[tuple[str, int, Any], ...], Callable[[Any], Any]]
"""Text, (parameter, number of its value or -1, what it always is), how to read the answer."""


class Shapes:
    """The statements of one dialect. May be used by several threads at once."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._compiled: dict[Any, Filled] = {}

    def statement(self, step: StoreStep) -> Statement:
        """The SQL of a step."""
        if not isinstance(step, RowStep):
            return statement(step, self._dialect)
        kind, values = _shape(step)
        shape = (kind, tuple(map(type, values)))  # PostgreSQL is told the types of the values
        found = self._compiled.get(shape)
        if found is None:  # two threads may both compile it, to the same
            found = self._compiled[shape] = self._compile(step)
        text, places, answer = found
        parameters = {
            name: values[number] if number >= 0 else always for name, number, always in places
        }
        return Statement(text, parameters, answer)

    def _compile(self, step: RowStep) -> Filled:
        made = statement(step, self._dialect)
        slots = statement(_with_slots(step), self._dialect).parameters
        return made.text, tuple(_places(slots)), made.answer


def _places(parameters: Mapping[str, Any]) -> list[tuple[str, int, Any]]:
    return [
        (name, int(value), None) if isinstance(value, Slot) else (name, -1, value)
        for name, value in parameters.items()
    ]


def _identity(table: Table, key: Key) -> tuple[Any, ...]:
    return key[1] if len(table.primary_key) > 1 else (key[1],)


def _shape(step: RowStep) -> tuple[Any, tuple[Any, ...]]:
    """What the text depends on, and the values in the order of `_with_slots`."""
    match step:
        case Get(table, key, lock, on_locked):
            return (Get, table, lock, on_locked), _identity(table, key)
        case Select(table, guards, order_by, limit, lock, on_locked):
            asked = tuple(guard.operand for guard in guards)
            kind = (_of_guards(guards), order_by, limit, lock, on_locked)
            return (Select, table, kind), asked
        case Update(table, key, changes, guards):
            kinds = tuple((change.column, change.operator) for change in changes)
            moved = tuple(change.operand for change in changes)
            asked = tuple(guard.operand for guard in guards)
            values = (*_identity(table, key), *moved, *asked)
            return (Update, table, kinds, _of_guards(guards)), values
        case Delete(table, key, guards):
            asked = tuple(guard.operand for guard in guards)
            return (Delete, table, _of_guards(guards)), (*_identity(table, key), *asked)
    return (Insert, step.table, step.on_conflict, step.sets), tuple(step.row)  # type: ignore[arg-type] # a row is a named tuple


def _of_guards(guards: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(
        (guard.column, guard.operator, guard.operand if _is_text(guard.operand) else ...)
        for guard in guards
    )


def _is_text(operand: Any) -> bool:
    return operand is None or isinstance(operand, bool)  # `is null`, `= true`


def _with_slots(step: RowStep) -> RowStep:
    """The step with a slot for each value, numbered as `_shape` lists them."""
    if isinstance(step, Insert):
        return replace(step, row=step.table.row(*map(Slot, range(len(step.table.columns)))))
    if isinstance(step, Select):
        return replace(step, guards=_slotted(step.guards, 0))
    width = len(step.table.primary_key)
    slots = tuple(map(Slot, range(width)))
    key = (step.key[0], slots if width > 1 else slots[0])
    if isinstance(step, Get):
        return replace(step, key=key)
    if isinstance(step, Delete):
        return replace(step, key=key, guards=_slotted(step.guards, width))
    changes = tuple(
        replace(change, operand=Slot(width + n)) for n, change in enumerate(step.changes)
    )
    guards = _slotted(step.guards, width + len(changes))
    return replace(step, key=key, changes=changes, guards=guards)


def _slotted(guards: tuple[Any, ...], first: int) -> tuple[Any, ...]:
    return tuple(
        guard if _is_text(guard.operand) else replace(guard, operand=Slot(first + n))
        for n, guard in enumerate(guards)
    )
