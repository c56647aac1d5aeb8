"""What is asked of one value, taken apart as far as it can be without choosing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from eventproof.contracts.atoms import (
    EVERY_KIND,
    FALSE,
    TRUE,
    Atom,
    Both,
    Choice,
    Formula,
    Kinds,
    Listed,
    Literal,
    Unread,
)
from eventproof.contracts.formulas import Formulas


@dataclass(slots=True)
class State:
    """What is asked of one value, as far as it is taken apart."""

    mask: int = EVERY_KIND
    parts: list[Atom] = field(default_factory=list)
    listed: list[Any] | None = None
    asserted: set[Literal] = field(default_factory=set)
    choices: list[Choice] = field(default_factory=list)
    unread: bool = False

    def copy(self) -> State:
        """Return the same, to be narrowed apart."""
        return State(
            self.mask,
            list(self.parts),
            self.listed,
            set(self.asserted),
            list(self.choices),
            self.unread,
        )

    def settled(self, formulas: Formulas) -> bool:
        """Drop the alternatives that cannot be; False where a choice has none left."""
        changed = True
        while changed:
            changed = False
            choices, self.choices = self.choices, []
            for index, choice in enumerate(choices):
                if any(part in self.asserted for part in choice.parts if isinstance(part, int)):
                    continue
                left = tuple(part for part in choice.parts if self._possible(part))
                if len(left) > 1:
                    self.choices.append(choice if len(left) == len(choice.parts) else Choice(left))
                    continue
                if not left or not self.add(formulas, left[0]):
                    return False
                self.choices.extend(choices[index + 1 :])
                changed = True
                break
        return bool(self.mask)

    def add(self, formulas: Formulas, *asserted: Formula) -> bool:
        """Assert formulas; False where they contradict what is asserted already."""
        waiting = list(reversed(asserted))
        while waiting:
            one = waiting.pop()
            if isinstance(one, int):
                if one == FALSE or -one in self.asserted:
                    return False
                if one != TRUE and one not in self.asserted:
                    self.asserted.add(one)
                    waiting.append(formulas.of(one))
            elif isinstance(one, Both):
                waiting.extend(reversed(one.parts))
            elif isinstance(one, Choice):
                if not one.parts:
                    return False
                self.choices.append(one)
            elif not self._assert(one):
                return False
        return bool(self.mask)

    def _assert(self, atom: Atom) -> bool:
        if isinstance(atom, Kinds):
            self.mask &= atom.mask
            return bool(self.mask)
        if isinstance(atom, Unread):
            self.unread = True
        elif isinstance(atom, Listed) and atom.wanted:
            both = self.listed is not None
            self.listed = list(self.listed if both and self.listed else atom.values)
        else:
            self.parts.append(atom)
        return True

    def _possible(self, part: Formula) -> bool:
        """Whether an alternative is not ruled out at first sight."""
        if isinstance(part, int):
            return -part not in self.asserted
        if isinstance(part, Kinds):
            return bool(part.mask & self.mask)
        if isinstance(part, Both):
            return all(self._possible(one) for one in part.parts if not isinstance(one, Choice))
        return True
