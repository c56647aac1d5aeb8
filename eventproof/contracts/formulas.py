"""The sub-schemas of one document as literals, and what each asks for as a formula."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from eventproof.contracts.atoms import FALSE, TRUE, Formula, Literal, all_of, any_of
from eventproof.contracts.keyword_rules import parts_of
from eventproof.contracts.keywords import Schema, at, steps, text_of

_REFERENCES_LIMIT = 40


@dataclass(slots=True)
class Formulas:
    """The sub-schemas of one document, each with a number and its two formulas."""

    document: dict[str, Any]
    home: str
    """What every reference into the document begins with."""
    schemas: list[Schema] = field(default_factory=lambda: [False, True])
    """By number; number 1 is the schema that accepts everything."""
    _numbers: dict[str, Literal] = field(default_factory=dict)
    _by_identity: dict[int, Literal] = field(default_factory=dict)
    _known: dict[Literal, Formula] = field(default_factory=dict)

    def literal(self, schema: Schema) -> Literal:
        """Return the literal of a schema; equal schemas have the same."""
        if isinstance(schema, bool):
            return TRUE if schema else FALSE
        known = self._by_identity.get(id(schema))
        if known is None:
            known = self._named(schema)
            self.schemas.append(schema)  # kept alive, so that its identity stays its own
            self._by_identity[id(schema)] = known
        return known

    def _named(self, schema: dict[str, Any]) -> Literal:
        for _ in range(_REFERENCES_LIMIT):
            if len(schema) != 1:
                break
            ((keyword, value),) = schema.items()
            if keyword == "not":
                return -self.literal(value)
            if keyword != "$ref" or not isinstance(value, str):
                break
            target = self.target(value)
            if isinstance(target, bool):
                return self.literal(target)
            schema = target
        if not schema:
            return TRUE
        text = text_of(schema)
        if text not in self._numbers:
            self._numbers[text] = len(self.schemas)
            self.schemas.append(schema)
        return self._numbers[text]

    def target(self, reference: str) -> Schema:
        """Return what a reference points to; an unread schema, where it cannot be followed."""
        if not reference.startswith(self.home):
            return {"$dynamicRef": reference}
        try:
            target = at(self.document, steps(reference))
        except LookupError:
            return {"$dynamicRef": reference}
        return target if isinstance(target, dict | bool) else {"$dynamicRef": reference}

    def of(self, literal: Literal) -> Formula:
        """Return the formula of a literal."""
        known = self._known.get(literal)
        if known is None:
            schema = self.schemas[abs(literal)]
            assert isinstance(schema, dict)
            parts = list(parts_of(schema, self))
            if literal > 0:
                known = all_of(*(asked for asked, _ in parts))
            else:
                known = any_of(*(denied for _, denied in parts))
            self._known[literal] = known
        return known
