"""What is asked of one value, taken apart as far as it can be without choosing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from eventproof.contracts.atoms import (
    EVERY_KIND,
    FALSE,
    OBJECT,
    TRUE,
    Atom,
    Both,
    Choice,
    Field,
    Fields,
    Formula,
    Kinds,
    Lacking,
    Listed,
    Literal,
    Unread,
)
from eventproof.contracts.formulas import Formulas


@dataclass(frozen=True, slots=True)
class Open:
    """A choice that is still to be made, and the literal that asks for it."""

    choice: Choice
    origin: Literal


@dataclass(slots=True)
class State:
    """What is asked of one value, as far as it is taken apart."""

    mask: int = EVERY_KIND
    parts: list[Atom] = field(default_factory=list)
    listed: list[Any] | None = None
    asserted: set[Literal] = field(default_factory=set)
    choices: list[Open] = field(default_factory=list)
    present: set[str] = field(default_factory=set)
    lacking: set[str] = field(default_factory=set)
    unread: str | None = None
    shapes: list[Fields] = field(default_factory=list)
    """Those among the parts that say what named properties hold."""

    def copy(self) -> State:
        """Return the same, to be narrowed apart."""
        return State(
            self.mask,
            list(self.parts),
            self.listed,
            set(self.asserted),
            list(self.choices),
            set(self.present),
            set(self.lacking),
            self.unread,
            list(self.shapes),
        )

    def settled(self, formulas: Formulas) -> bool:
        """Drop the alternatives that cannot be; False where a choice has none left."""
        changed = True
        while changed:
            changed = False
            choices, self.choices = self.choices, []
            for index, one in enumerate(choices):
                parts = one.choice.parts
                if any(part in self.asserted for part in parts if isinstance(part, int)):
                    continue
                left = tuple(part for part in parts if self._possible(part))
                if len(left) > 1:
                    narrower = Open(Choice(left), one.origin)
                    self.choices.append(one if len(left) == len(parts) else narrower)
                    continue
                if not left or not self.add(formulas, left[0], origin=one.origin):
                    return False
                self.choices.extend(choices[index + 1 :])
                changed = True
                break
        return bool(self.mask)

    def add(self, formulas: Formulas, *asserted: Formula, origin: Literal = TRUE) -> bool:
        """Assert formulas; False where they contradict what is asserted already.

        `origin` is the literal that asks for them, where they are not literals themselves.
        """
        waiting = [(formula, origin) for formula in reversed(asserted)]
        while waiting:
            one, source = waiting.pop()
            if isinstance(one, int):
                if one == FALSE or -one in self.asserted:
                    return False
                if one != TRUE and one not in self.asserted:
                    self.asserted.add(one)
                    waiting.append((formulas.of(one), one))
            elif isinstance(one, Both):
                waiting.extend((part, source) for part in reversed(one.parts))
            elif isinstance(one, Choice):
                if not one.parts:
                    return False
                self.choices.append(Open(one, source))
            elif not self._assert(one):
                return False
        return bool(self.mask)

    def _assert(self, atom: Atom) -> bool:
        if isinstance(atom, Kinds):
            self.mask &= atom.mask
            return bool(self.mask)
        if isinstance(atom, Unread):
            self.unread = atom.keyword
        elif isinstance(atom, Listed) and atom.wanted:
            both = self.listed is not None
            self.listed = list(self.listed if both and self.listed else atom.values)
        else:
            self.parts.append(atom)
            self._note_name(atom)
            if isinstance(atom, Fields):
                self.shapes.append(atom)
        return bool(self.mask)

    def _note_name(self, atom: Atom) -> None:
        """Remember which properties there are; one asked for and denied leaves no object."""
        if isinstance(atom, Field):
            self.present.add(atom.name)
        elif isinstance(atom, Lacking):
            self.lacking.add(atom.name)
        else:
            return
        if atom.name in self.present and atom.name in self.lacking:
            self.mask &= ~OBJECT

    def _denied(self, part: Field) -> bool:
        """Whether a property is to break the very schema that it has to keep elsewhere."""
        return any(shape.names.get(part.name) == -part.literal for shape in self.shapes)

    def _possible(self, part: Formula) -> bool:
        """Whether an alternative is not ruled out at first sight."""
        if isinstance(part, int):
            return -part not in self.asserted
        if isinstance(part, Kinds):
            return bool(part.mask & self.mask)
        if isinstance(part, Field | Lacking):
            opposite = self.lacking if isinstance(part, Field) else self.present
            ruled_out = part.name in opposite or (isinstance(part, Field) and self._denied(part))
            return not ruled_out or bool(self.mask & ~OBJECT)
        if isinstance(part, Both):
            return all(self._possible(one) for one in part.parts if not isinstance(one, Choice))
        return True
