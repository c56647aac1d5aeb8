"""The records that the template is fed with. They know Python's syntax and nothing of schemas."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

ENTRY_NAMES = ("entry", "inner", "innermost")
"""What the entries of nested lists are called in generated comprehensions."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A Python type, and how a value of it crosses to JSON and back.

    `kind` says which of the other fields mean something: `plain` values are the same on both
    sides; a `model` is a generated class; a `list` holds `entry` and is a tuple in Python.
    The source that the methods return is broken into lines where it may be; see `one_line`.
    """

    annotation: str
    """May be broken into lines, too."""
    kind: Literal["plain", "model", "list"] = "plain"
    entry: Shape | None = None
    nullable: bool = False

    def encoded(self, value: str, *, depth: int = 0) -> str:
        """Write the JSON value of the Python expression `value`, which is not None."""
        if self.kind == "model":
            return f"{value}.to_payload()"
        if self.kind == "list" and self.entry is not None:
            name = _entry_name(depth)
            inner = self.entry.guarded(self.entry.encoded(name, depth=depth + 1), name)
            if inner == name:
                return f"list({value})"
            return f"[\n    {one_line(inner)}\n    for {name} in {value}\n]"
        return value

    def decoded(self, value: str, *, depth: int = 0) -> str:
        """Write the Python value of the JSON expression `value`, which is not None."""
        if self.kind == "model":
            name = self.annotation.removesuffix(" | None")
            return f"{name}.from_payload(\n    {value}\n)"
        if self.kind == "list" and self.entry is not None:
            name = _entry_name(depth)
            inner = self.entry.guarded(self.entry.decoded(name, depth=depth + 1), name)
            if inner == name:
                return f"tuple({value})"
            return f"tuple(\n    {one_line(inner)}\n    for {name} in {value}\n)"
        return value

    def guarded(self, conversion: str, value: str) -> str:
        """Keep a None that the schema allows, and apply `conversion` to any other `value`."""
        if not self.nullable or conversion == value:
            return conversion
        return f"None\nif {value} is None\nelse {conversion}"

    def or_none(self) -> Shape:
        """Return the same shape, with null allowed."""
        if self.nullable or self.annotation == "Any":
            return self
        annotation = self.annotation if self.annotation == "None" else f"{self.annotation} | None"
        return Shape(annotation, self.kind, self.entry, nullable=True)


ANY = Shape("Any")
"""What is not understood, or not worth a type: the JSON value itself."""


@dataclass(frozen=True, slots=True)
class Field:
    """One property of an object."""

    name: str
    """The Python attribute."""
    key: str
    """The JSON name."""
    shape: Shape
    required: bool
    doc: str = ""

    @property
    def annotation(self) -> str:
        """The attribute's type: an optional property is None where it is absent."""
        return (self.shape if self.required else self.shape.or_none()).annotation


@dataclass(frozen=True, slots=True)
class Model:
    """A generated dataclass: a message, an answer, or an object nested in one."""

    name: str
    doc: tuple[str, ...]
    """Paragraphs."""
    fields: tuple[Field, ...] = ()
    message: tuple[str, str] | None = None
    """Id and version of the message that this is, or None for a nested object."""
    whole: Shape | None = None
    """Set where the payload is no object: the dataclass wraps it in one field, `value`."""


@dataclass(frozen=True, slots=True)
class Port:
    """A message that the service receives or sends, and the method for it."""

    method: str
    id: str
    role: str
    """`command`, `event` or `query`: the name of the method's parameter."""
    model: str
    doc: str
    answer: str | None = None
    """The class of a query's answer."""


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Everything that one generated file says."""

    service: str
    version: str
    base: str
    title: str
    doc: tuple[str, ...]
    models: tuple[Model, ...]
    receives: tuple[Port, ...]
    sends: tuple[Port, ...]


def one_line(source: str) -> str:
    """Join an expression's lines. Strings in it are escaped, so newlines are only layout."""
    inside = re.sub(r"(?<=[(\[])\n *|\n *(?=[)\]])", "", source)
    return re.sub(r"\n *", " ", inside)


def _entry_name(depth: int) -> str:
    return ENTRY_NAMES[depth] if depth < len(ENTRY_NAMES) else f"entry{depth}"
