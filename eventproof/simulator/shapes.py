"""Statements of the live driver: the SQL of each shape of step is compiled once.

Two steps have one shape when they differ in values of the same types only, so that their text is
the same and a server can keep its plan. `Shapes.statement` takes a step and gives the `Statement`.

Three things that could be wrong: a value that is part of the text (NULL, true and false in a
condition, a limit) and not of the shape; two steps of one shape whose values come in another
order; and a value that takes another's place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.engine import Dialect

from eventproof.simulator.guards import Guard
from eventproof.simulator.sql import Statement, statement
from eventproof.simulator.statements import Delete, Get, Insert, RowStep, Select, StoreStep, Update
from eventproof.simulator.tables import Key, Table


class Slot(int):
    """Stands for the value of that number while a shape is compiled."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    """What all statements of one shape have in common."""

    text: str
    always: tuple[Any, ...]
    """Values that they all have, such as a limit."""
    order: tuple[int, ...]
    """For each place in the text the number of its value; those of `always` come last."""
    answer: Callable[[Any], Any]


class Shapes:
    """The statements of one dialect. May be used by several threads at once."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._compiled: dict[Any, _Compiled] = {}

    def statement(self, step: StoreStep) -> Statement:
        """The SQL of a step."""
        if not isinstance(step, ROW_STEPS):
            return statement(step, self._dialect)
        kind, values = _SHAPES[type(step)](step)
        shape = (kind, tuple(map(type, values)))  # PostgreSQL is told the types of the values
        found = self._compiled.get(shape)
        if found is None:  # two threads may both compile it, to the same
            found = self._compiled[shape] = self._compile(step, len(values))
        full = values + found.always
        return Statement(found.text, tuple([full[number] for number in found.order]), found.answer)

    def _compile(self, step: RowStep, width: int) -> _Compiled:
        made = statement(step, self._dialect)
        slots = statement(_with_slots(step), self._dialect).parameters
        always = tuple(value for value in slots if not isinstance(value, Slot))
        last = iter(range(width, width + len(always)))
        order = (int(v) if isinstance(v, Slot) else next(last) for v in slots)
        return _Compiled(made.text, always, tuple(order), made.answer)


Shape = tuple[Any, tuple[Any, ...]]
"""What the text depends on, and the values in the order of `_with_slots`."""


def _of_get(step: Get) -> Shape:
    identity = _identity(step.table, step.key)
    return (Get, step.table, step.lock, step.on_locked, _in_text(identity)), identity


def _of_select(step: Select) -> Shape:
    operators, operands = _of_guards(step.guards)
    how = (step.order_by, step.limit, step.lock, step.on_locked)
    return (Select, step.table, operators, how), operands


def _of_update(step: Update) -> Shape:
    identity = _identity(step.table, step.key)
    operators, operands = _of_guards(step.guards)
    changed = tuple([(change.column, change.operator) for change in step.changes])
    moved = tuple([change.operand for change in step.changes])
    shape = (Update, step.table, _in_text(identity), changed, operators)
    return shape, identity + moved + operands


def _of_delete(step: Delete) -> Shape:
    identity = _identity(step.table, step.key)
    operators, operands = _of_guards(step.guards)
    return (Delete, step.table, _in_text(identity), operators), identity + operands


def _of_insert(step: Insert) -> Shape:
    row: Any = step.row  # a named tuple
    return (Insert, step.table, step.on_conflict, step.sets), tuple(row)


ROW_STEPS = (Get, Select, Update, Delete, Insert)
_SHAPES: Mapping[type, Callable[[Any], Shape]] = {
    Get: _of_get,
    Select: _of_select,
    Update: _of_update,
    Delete: _of_delete,
    Insert: _of_insert,
}


def _identity(table: Table, key: Key) -> tuple[Any, ...]:
    return key[1] if len(table.primary_key) > 1 else (key[1],)


def _of_guards(guards: tuple[Guard, ...]) -> Shape:
    operands = tuple([guard.operand for guard in guards])
    operators = tuple([(guard.column, guard.operator) for guard in guards])
    return (operators, _in_text(operands)), operands


def _in_text(operands: tuple[Any, ...]) -> tuple[Any, ...]:
    """Those values of a comparison that are part of the text: `is null`, `= true`."""
    # By their words, because True is equal to 1.
    return tuple([str(operand) if _is_text(operand) else None for operand in operands])


def _is_text(operand: Any) -> bool:
    return operand is None or operand is True or operand is False


def _with_slots(step: RowStep) -> RowStep:
    """The step with a slot for each value, numbered as `_SHAPES` list them."""
    if isinstance(step, Insert):
        return replace(step, row=step.table.row(*map(Slot, range(len(step.table.columns)))))
    if isinstance(step, Select):
        return replace(step, guards=_slotted(step.guards, 0))
    width = len(step.table.primary_key)
    values = _identity(step.table, step.key)
    slots = tuple(v if _is_text(v) else Slot(n) for n, v in enumerate(values))
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


def _slotted(guards: tuple[Guard, ...], first: int) -> tuple[Guard, ...]:
    return tuple(
        guard if _is_text(guard.operand) else replace(guard, operand=Slot(first + n))
        for n, guard in enumerate(guards)
    )
