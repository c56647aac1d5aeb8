"""Whether any value meets what is asked of it: the search behind every proof and many a witness.

A reader accepts all that a writer sends exactly if no value meets the writer's schema and the
denied schema of the reader. What is asked is taken apart into atoms (`formulas`); where there are
alternatives, the atoms so far are looked at first: if even they have no value, no alternative has
to be tried, and if their value happens to meet everything, it is the answer. Values are made from
the inside out, and a question that arises again within itself has no smaller answer there, so
that recursive schemas end in a proof.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from eventproof.contracts.array_values import array
from eventproof.contracts.atoms import (
    ARRAY,
    BOOLEAN,
    FALSE,
    FRACTION,
    INTEGER,
    NULL,
    OBJECT,
    STRING,
    TRUE,
    Atom,
    Both,
    Formula,
    Listed,
    Literal,
)
from eventproof.contracts.candidates import HOME
from eventproof.contracts.clock import now_s
from eventproof.contracts.formulas import Formulas
from eventproof.contracts.found import NONE, UNSURE, Found, Goal, a_value
from eventproof.contracts.keywords import Schema, value_key
from eventproof.contracts.languages import Languages, Term
from eventproof.contracts.number_values import number
from eventproof.contracts.object_values import object_
from eventproof.contracts.pattern_languages import Patterns
from eventproof.contracts.states import Open, State
from eventproof.contracts.string_values import language, string
from eventproof.contracts.validation import UncheckableError, fast_validator

if TYPE_CHECKING:
    import jsonschema_rs

STEPS_LIMIT = 40_000
"""How many sets of atoms one search looks at."""

_ORDER = (STRING, INTEGER, NULL, BOOLEAN, FRACTION, ARRAY, OBJECT)


class ExhaustedError(Exception):
    """The search looked at as much as it may, or ran out of time."""


@dataclass(slots=True)
class Inhabitants:
    """One search over one document; it satisfies `found.Asker`."""

    document: dict[str, Any]
    deadline: float
    """On the CPU clock of the thread, in seconds."""
    steps_left: int = STEPS_LIMIT
    reasons: list[str] = field(default_factory=list)
    """Why parts of the search could not be decided, as in `Comparison.reason`."""
    formulas: Formulas = field(init=False)
    languages: Languages = field(init=False)
    patterns: Patterns = field(init=False)
    _known: dict[Goal, Found] = field(default_factory=dict)
    _open: dict[Goal, int] = field(default_factory=dict)
    _relied: int = 0
    """A bit for each open goal, by its depth, that was taken to have no value inside of itself."""
    _assumed: dict[Goal, tuple[Found, int]] = field(default_factory=dict)
    """What was found as long as such goals are open, and which."""
    _resting: dict[int, list[Goal]] = field(default_factory=dict)
    """Those by the depth of the innermost of them."""
    _validators: dict[int, jsonschema_rs.Validator | None] = field(default_factory=dict)
    _listings: dict[int, frozenset[str] | None] = field(default_factory=dict)
    _registry: Any = None
    _wholes: dict[int, Schema] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.formulas = Formulas(self.document, f"{HOME}#")
        self.languages = Languages(self.deadline)
        self.patterns = Patterns(self.languages)

    def knows_whole(self, literal: Literal, schema: Schema) -> None:
        """Say which document a literal stands for, so that it is compiled once only."""
        if literal > TRUE:
            self._wholes[literal] = schema

    def ask(self, goal: Goal) -> Found:
        """Look for a value that meets every literal of a goal."""
        if FALSE in goal or any(-literal in goal for literal in goal):
            return NONE
        known = self._known.get(goal)
        if known is not None:
            return known
        if goal in self._open:
            self._relied |= 1 << self._open[goal]
            return NONE  # a smallest value does not hold another one inside
        if goal in self._assumed:
            found, relied = self._assumed[goal]
            self._relied |= relied
            return found
        return self._asked(goal)

    def _asked(self, goal: Goal) -> Found:
        depth = len(self._open)
        outer, self._relied = self._relied, 0
        self._open[goal] = depth
        found, below = UNSURE, 0
        try:
            found = self._searched(goal, self._started(goal))
        finally:
            del self._open[goal]
            if found.outcome != "value":
                below = self._relied & ((1 << depth) - 1)
            self._settle(depth, is_none=found.is_none, below=below)
        self._keep(goal, found, below)
        self._relied = outer | below
        return found

    def _keep(self, goal: Goal, found: Found, relied: int) -> None:
        if not relied:
            self._known[goal] = found
            return
        self._assumed[goal] = found, relied
        self._resting.setdefault(relied.bit_length() - 1, []).append(goal)

    def _settle(self, depth: int, *, is_none: bool, below: int = 0) -> None:
        """Keep or forget what relied on a goal that is open no more, and itself on those below."""
        for goal in self._resting.pop(depth, ()):
            found, relied = self._assumed.pop(goal)
            if is_none:
                self._keep(goal, found, relied & ~(1 << depth) | below)

    def _started(self, goal: Goal) -> State | None:
        state = State()
        return state if state.add(self.formulas, *sorted(goal - {TRUE})) else None

    def values(self, goal: Goal) -> Iterator[Found]:
        """Yield what is found for each alternative of a goal; one `NONE` if there is no value."""
        state = self._started(goal)
        if state is None:
            yield NONE
            return
        widest = max(state.choices, key=lambda one: len(one.choice.parts), default=None)
        if widest is None:
            yield self._searched(goal, state)
            return
        state.choices.remove(widest)
        self._open[goal] = 0
        try:
            for option in widest.choice.parts:
                narrowed = state.copy()
                if narrowed.add(self.formulas, option, origin=widest.origin):
                    yield self._searched(goal, narrowed)
        finally:
            del self._open[goal]
            self._settle(0, is_none=False)

    def _searched(self, goal: Goal, state: State | None) -> Found:
        if state is None or not state.settled(self.formulas):
            return NONE
        self.steps_left -= 1
        if self.steps_left <= 0 or now_s() > self.deadline:
            raise ExhaustedError
        if state.listed is not None:
            return self._among(goal, state.listed)
        found = self._leaf(state)
        if found.is_none:
            return found
        open_ = bool(state.choices) or state.unread is not None
        if not open_ and found.outcome == "value":
            return found
        is_value = found.outcome == "value"
        built = is_value or found.value is not None
        # What is asked without a choice is met already, unless the value is only a guess.
        asked = {one.origin for one in state.choices} if is_value and not state.unread else goal
        if built and all(self.holds(literal, found.value) for literal in asked):
            return a_value(found.value, found.size)
        if not state.choices:
            if state.unread:
                self.note(f"keyword-unsupported:{state.unread}")
            return UNSURE
        open_choice = self._most_telling(state, found if built else None)
        return self._chosen(goal, state, open_choice)

    def _most_telling(self, state: State, found: Found | None) -> Open:
        """Return the choice with the fewest alternatives among those that a value goes against."""
        against = state.choices
        if found is not None:
            against = [one for one in against if self.holds(one.origin, found.value) is False]
        return min(against or state.choices, key=lambda one: len(one.choice.parts))

    def _chosen(self, goal: Goal, state: State, one: Open) -> Found:
        """Try the alternatives of a choice."""
        state.choices.remove(one)
        outcome = NONE
        for option in one.choice.parts:
            if self._disjoint(option):
                continue
            narrowed = state.copy()
            if not narrowed.add(self.formulas, option, origin=one.origin):
                continue
            found = self._searched(goal, narrowed)
            if found.outcome == "value":
                return found
            outcome = outcome if found.is_none else UNSURE
        return outcome

    def _disjoint(self, option: Formula) -> bool:
        """Whether two schemas, as `oneOf` pairs them, have no value in common."""
        if not isinstance(option, Both) or len(option.parts) != 2:
            return False
        literals = [part for part in option.parts if isinstance(part, int)]
        return len(literals) == 2 and self.ask(frozenset(literals)).is_none

    def _among(self, goal: Goal, values: list[Any]) -> Found:
        """Look among listed values; each is checked as a whole."""
        unsure = False
        for value in sorted(values, key=_weight):
            if now_s() > self.deadline:
                raise ExhaustedError
            verdicts = [self.holds(literal, value) for literal in goal]
            if all(verdicts):
                return a_value(value, _size(value))
            unsure = unsure or (False not in verdicts)
        return UNSURE if unsure else NONE

    def _leaf(self, state: State) -> Found:
        """Look for a value of each kind in turn, without the choices that are left open."""
        outcome = NONE
        for kind in _ORDER:
            if state.mask & kind:
                found = self._of_kind(kind, state.parts)
                if found.outcome == "value":
                    return found
                outcome = outcome if found.is_none else found
        return outcome

    def _of_kind(self, kind: int, parts: list[Atom]) -> Found:
        if kind == STRING:
            return string(parts, self)
        if kind in (INTEGER, FRACTION):
            return number(parts, whole=kind == INTEGER)
        if kind == OBJECT:
            return object_(parts, self)
        if kind == ARRAY:
            return array(parts, self)
        excluded = [v for p in parts if isinstance(p, Listed) for v in p.values]
        values = (None,) if kind == NULL else (True, False)
        left = [value for value in values if not any(value is other for other in excluded)]
        return a_value(left[0]) if left else NONE

    def holds(self, literal: Literal, value: Any) -> bool | None:
        """Whether a value meets a literal, by the quick validator; None where it cannot tell."""
        if abs(literal) == TRUE:
            return literal == TRUE
        listed = self._listing(abs(literal))
        if listed is not None:
            return (value_key(value) in listed) == (literal > 0)
        validator = self._validator(abs(literal))
        return None if validator is None else bool(validator.is_valid(value)) == (literal > 0)

    def _listing(self, number_: int) -> frozenset[str] | None:
        """Return the values of a schema that only lists some, for a quick look."""
        if number_ not in self._listings:
            schema = self.formulas.schemas[number_]
            only = isinstance(schema, dict) and schema.keys() in ({"enum"}, {"const"})
            values = schema.get("enum", [schema.get("const")]) if isinstance(schema, dict) else []
            self._listings[number_] = frozenset(map(value_key, values)) if only else None
        return self._listings[number_]

    def pattern_matches(self, pattern: str, text: str) -> bool | None:
        """Whether a pattern is found in a text, by the quick validator."""
        return self.holds(self.formulas.literal({"pattern": pattern}), text)

    def _validator(self, number_: int) -> jsonschema_rs.Validator | None:
        if number_ not in self._validators:
            try:
                whole = self._wholes.get(number_)
                made = self._compiled(number_) if whole is None else fast_validator(whole)
                self._validators[number_] = made
            except (UncheckableError, ValueError):
                self._validators[number_] = None
        return self._validators[number_]

    def _compiled(self, number_: int) -> jsonschema_rs.Validator:
        import jsonschema_rs

        if self._registry is None:
            resources = [(HOME, self.document)]
            self._registry = jsonschema_rs.Registry(resources, draft=jsonschema_rs.Draft202012)
        return jsonschema_rs.Draft202012Validator(
            self.formulas.schemas[number_],
            registry=self._registry,
            validate_formats=False,
            offline=True,
        )

    def texts(self, goal: Goal) -> Term | None:
        """Return the language of the strings that meet a goal; None where it is not known."""
        state = State(mask=STRING)
        if not state.add(self.formulas, *goal) or not state.settled(self.formulas):
            return 0
        if state.listed is not None:
            fit = [v for v in state.listed if isinstance(v, str)]
            fit = [v for v in fit if all(self.holds(literal, v) for literal in goal)]
            return self.languages.either([self.languages.literal(value) for value in fit])
        if state.choices or state.unread:
            return None
        term, exact = language(state.parts, self)
        return term if exact else None

    def excluding(self, value: Any) -> Literal:
        """Return the literal of every value but one."""
        return -self.formulas.literal({"const": value})

    def note(self, reason: str) -> None:
        """Remember why something could not be decided."""
        if reason not in self.reasons:
            self.reasons.append(reason)


def _weight(value: Any) -> tuple[int, str]:
    text = json.dumps(value, sort_keys=True)
    return len(text), text


def _size(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + sum(_size(item) for item in value.values())
    return 1 + sum(_size(item) for item in value) if isinstance(value, list) else 1
