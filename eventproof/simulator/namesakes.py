"""Which rows belong to one customer alone, where customers are explored under one name.

A row whose key holds the customer's name is its own: it is kept with the customer, apart from the
shared rows, since every customer has one of that name. That is sound as long as nobody else can
tell, so what would tell is refused: a name written into a shared row, and a selection from a table
that has such rows.
"""

from __future__ import annotations

from collections.abc import Iterable

from eventproof.simulator.answers import NotInterchangeable
from eventproof.simulator.rows import FrozenRows
from eventproof.simulator.steps import Insert, Isolation, Select, Step, Update
from eventproof.simulator.tables import Key
from eventproof.simulator.transactions import Tx, Writes
from eventproof.simulator.uniqueness import entry_of


class Namesakes:
    """Grows with what has been met: the tables selected from, and those with rows kept apart."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._selected: set[str] = set()
        self._kept_apart: set[str] = set()
        self._looked_through: set[int] = set()

    def is_own(self, key: Key) -> bool:
        """Whether a row belongs to the customer that its key names."""
        identity = key[1]
        parts = identity if isinstance(identity, tuple) else (identity,)
        return any(isinstance(part, str) and self._name in part for part in parts)

    def demand_no_name_in(self, written: Writes) -> None:
        """No shared row holds a customer's name."""
        for key, row in written:
            values = row._asdict().values() if row is not None else ()
            if any(isinstance(value, str) and self._name in value for value in values):
                raise NotInterchangeable(f"a customer's name is written into {key[0]} {key[1]}")

    def demand_no_serializable(self, txs: Iterable[Tx | None]) -> None:
        """No transaction is serializable: those are told apart, for who conflicts with whom."""
        if any(tx is not None and tx.isolation is Isolation.SERIALIZABLE for tx in txs):
            raise NotInterchangeable("serializable transactions are told apart")

    def demand_no_selection_of(self, own: FrozenRows, asked: Iterable[Step]) -> None:
        """Nobody selects from a table with rows that are kept apart."""
        if own.number not in self._looked_through:
            self._looked_through.add(own.number)
            self._kept_apart |= {table for table, _ in own.rows}
        for step in asked:
            self._demand_no_likeness(step)
            if isinstance(step, Select) and not self._selects_own(step):
                self._selected.add(step.table.name)
        for table in sorted(self._selected & self._kept_apart):
            raise NotInterchangeable(f"{table} is selected from, and its keys name customers")

    def _demand_no_likeness(self, step: Step) -> None:
        """A row that is kept apart can only be like other rows of its customer."""
        if not isinstance(step, Insert | Update) or not step.table.unique:
            return
        if not self.is_own(step.key):
            return
        for index in step.table.unique:
            entry = entry_of(step.table, index, step.row) if isinstance(step, Insert) else None
            moved = isinstance(step, Update) and any(
                c.column in index.columns for c in step.changes
            )
            if moved or (entry is not None and not self.is_own(entry)):
                raise NotInterchangeable(
                    f"{step.table.name} has a unique index, and its keys name customers"
                )

    def _selects_own(self, step: Select) -> bool:
        # A row that names this customer is no other customer's, and no shared row names any.
        operands = [guard.operand for guard in step.guards if guard.operator == "="]
        return any(isinstance(operand, str) and self._name in operand for operand in operands)
