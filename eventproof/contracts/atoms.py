"""What a schema says of one value, in the smallest pieces: atoms, put together by `and` and `or`.

An atom about strings says nothing of numbers, as the keywords of JSON Schema do; what negates one
names its kind besides. A literal is the number of a sub-schema, negative where it is denied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

NULL, BOOLEAN, INTEGER, FRACTION, STRING, ARRAY, OBJECT = (1 << bit for bit in range(7))
NUMBERS = INTEGER | FRACTION
EVERY_KIND = 127
"""All kinds of values, as a mask."""

TYPES = {
    "null": NULL, "boolean": BOOLEAN, "integer": INTEGER, "number": NUMBERS, "string": STRING,
    "array": ARRAY, "object": OBJECT,
}  # fmt: skip

Literal = int
TRUE: Literal = 1
FALSE: Literal = -1


@dataclass(frozen=True, slots=True)
class Kinds:
    """The value is of one of these kinds."""

    mask: int


@dataclass(frozen=True, slots=True)
class Listed:
    """The value is one of the values of an `enum` or `const`, or is none of them."""

    values: tuple[Any, ...]
    wanted: bool


@dataclass(frozen=True, slots=True)
class Bound:
    """A number lies on one side of a limit."""

    limit: Fraction
    upper: bool
    strict: bool


@dataclass(frozen=True, slots=True)
class Multiple:
    """A number is a multiple of a step, or is none."""

    step: Fraction
    wanted: bool


@dataclass(frozen=True, slots=True)
class Extent:
    """How many characters, items or properties; `kind` says which."""

    kind: int
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Matching:
    """A string matches a pattern, or does not."""

    pattern: str
    wanted: bool


@dataclass(frozen=True, slots=True)
class Formatted:
    """A string is said to be of a format; it asks for nothing and makes for a likely value."""

    name: str


@dataclass(frozen=True, slots=True)
class Row:
    """Every item meets the literal of its place."""

    prefix: tuple[Literal, ...]
    rest: Literal


@dataclass(frozen=True, slots=True)
class Item:
    """There is an item at `index`, or at or behind it if `open`, that meets a literal."""

    index: int
    open: bool
    literal: Literal


@dataclass(frozen=True, slots=True)
class Count:
    """So many items meet a literal."""

    literal: Literal
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Unique:
    """All items differ, or two are the same."""

    wanted: bool


@dataclass(frozen=True, slots=True)
class Fields:
    """Every property meets the literals of its name."""

    names: Mapping[str, Literal]
    patterns: tuple[tuple[str, Literal], ...]
    rest: Literal


@dataclass(frozen=True, slots=True)
class Field:
    """There is a property that meets a literal."""

    name: str
    literal: Literal


@dataclass(frozen=True, slots=True)
class SomeField:
    """There is a property that meets a literal, under a name known by patterns only."""

    matching: tuple[str, ...]
    other_than: tuple[str, ...]
    not_named: frozenset[str]
    literal: Literal


@dataclass(frozen=True, slots=True)
class Lacking:
    """There is no property of this name."""

    name: str


@dataclass(frozen=True, slots=True)
class Named:
    """Every property name meets a literal; or one of them does, if not `all`."""

    literal: Literal
    all: bool


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that is not understood: it may hold or not."""

    keyword: str


Atom = (
    Kinds | Listed | Bound | Multiple | Extent | Matching | Formatted | Row | Item | Count | Unique
    | Fields | Field | SomeField | Lacking | Named | Unread
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Both:
    """Every part holds."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """At least one part holds."""

    parts: tuple[Formula, ...]


Formula = Atom | Both | Choice | Literal

HOLDS = Both(())
FAILS = Choice(())


def all_of(*parts: Formula) -> Formula:
    """Return the conjunction, without what always holds."""
    if FALSE in parts or FAILS in parts:
        return FAILS
    kept = tuple(part for part in parts if part not in (TRUE, HOLDS))
    return kept[0] if len(kept) == 1 else Both(kept)


def any_of(*parts: Formula) -> Formula:
    """Return the disjunction, without what never holds."""
    if TRUE in parts or HOLDS in parts:
        return HOLDS
    kept = tuple(part for part in parts if part not in (FALSE, FAILS))
    return kept[0] if len(kept) == 1 else Choice(kept)


def but(kind: int, *parts: Formula) -> Formula:
    """Return what denies a keyword: the value is of its kind, and the parts hold."""
    return all_of(Kinds(kind), *parts)
