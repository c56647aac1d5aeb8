"""Check constraints of a declared table, as the model store tests them.

`checks_of` reads them all, or says which one is not understood: a proof on tables that a database
holds to more than the model does would prove something else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eventproof.findings import Problem
from eventproof.simulator.check_parser import INTEGER, OTHER, TEXT, NotUnderstood, parsed

if TYPE_CHECKING:
    import sqlalchemy

    from eventproof.simulator.tables import Row


@dataclass(frozen=True, slots=True)
class Check:
    """A check constraint."""

    text: str
    holds: Callable[[Row], bool]
    """Whether it accepts a row: its condition is true or, for a NULL, unknown."""


def checks_of(declared: sqlalchemy.Table) -> tuple[Check, ...]:
    """The check constraints of a table and its columns. `Problem` for one that is not understood.

    Not those that SQLAlchemy makes of a column's type, which say nothing new, nor one whose `info`
    has `assumed`: only a real database tests that.
    """
    from sqlalchemy import CheckConstraint

    constraints = declared.constraints.union(*(column.constraints for column in declared.columns))
    texts = {
        _text_of(found)
        for found in constraints
        if isinstance(found, CheckConstraint)
        and not getattr(found, "_type_bound", False)
        and not found.info.get("assumed")
    }
    return tuple(_check(text, declared) for text in sorted(texts))


def _text_of(constraint: Any) -> str:
    from sqlalchemy.dialects import postgresql

    dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call] # SQLAlchemy's own
    how = {"literal_binds": True}
    return str(constraint.sqltext.compile(dialect=dialect, compile_kwargs=how))


def _check(text: str, declared: sqlalchemy.Table) -> Check:
    from sqlalchemy.dialects.postgresql.base import RESERVED_WORDS

    kinds = {column.name: _kind(column.type) for column in declared.columns}
    try:
        return Check(text, parsed(text, declared.name, kinds, reserved=RESERVED_WORDS))
    except NotUnderstood as not_understood:
        raise Problem(
            f"the table {declared.name} has a check constraint that is not understood at "
            f"`{not_understood}`: {text}.",
            hint="compare columns, constants and integer sums, joined by and, or, not; or declare "
            "the table without it, and test the condition in a guard or a property",
        ) from not_understood


def _kind(declared: Any) -> str:
    import sqlalchemy as sa

    if isinstance(declared, sa.Integer):
        return INTEGER
    if isinstance(declared, sa.Float):
        return "float"
    if isinstance(declared, sa.Numeric):
        return "numeric"
    # An Enum is a type of its own on a server, and CHAR is compared without its blanks.
    is_text = isinstance(declared, sa.String) and not isinstance(declared, sa.Enum | sa.CHAR)
    return TEXT if is_text else OTHER
