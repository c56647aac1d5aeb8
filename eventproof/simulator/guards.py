"""Conditions on a column: what an update demands, a select looks for, a partial index holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eventproof.simulator.tables import Row

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda value, operand: bool(value == operand),
    "<>": lambda value, operand: value is not None and bool(value != operand),
    ">=": lambda value, operand: value is not None and bool(value >= operand),
    "<=": lambda value, operand: value is not None and bool(value <= operand),
}
"""NULL is equal to NULL here, as `IS NULL` is what SQLAlchemy writes for it; beside that it is
never enough, and never unlike a value."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition on a column: what an update demands, or a select looks for."""

    column: str
    operator: str
    """`=`, `<>`, `>=` or `<=`."""
    operand: Any

    def holds(self, row: Row) -> bool:
        """Whether `row` meets the condition."""
        return _COMPARISONS[self.operator](getattr(row, self.column), self.operand)
