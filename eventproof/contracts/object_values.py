"""Objects: named properties, properties under names that only patterns know, and how many.

Each property is a question of its own, which is what keeps large schemas quick. What is asked for
several properties at once is asked for each alone when absence is proved, and tried together when
a value is built.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, product
from typing import Any

from eventproof.contracts import atoms
from eventproof.contracts.atoms import FALSE, OBJECT, Atom, Literal
from eventproof.contracts.expressions import UnreadableError
from eventproof.contracts.found import NONE, UNSURE, Asker, Found, Goal, a_value
from eventproof.contracts.languages import ANYTHING, BudgetError, Term
from eventproof.contracts.string_values import extent, shortest

PATTERNS_LIMIT = 6
"""How many patterns of names are told apart in every combination."""

COUNT_LIMIT = 300
"""How many properties are added to reach a least number of them."""


def object_(parts: Sequence[Atom], asker: Asker) -> Found:
    """Look for an object."""
    return _Object(parts, asker).found()


@dataclass(slots=True)
class _Object:
    parts: Sequence[Atom]
    asker: Asker
    shapes: list[atoms.Fields] = field(default_factory=list)
    present: dict[str, set[Literal]] = field(default_factory=dict)
    lacking: set[str] = field(default_factory=set)
    name_rules: list[Literal] = field(default_factory=list)
    unsure: bool = False

    def found(self) -> Found:
        """Look for the object: first each part alone, then all of them together."""
        self._sort()
        least, most = extent(self.parts, OBJECT)
        if self.lacking & self.present.keys() or (most is not None and most < len(self.present)):
            return NONE
        if most is not None and least > most:
            return NONE
        for name in list(self.present):
            if self._property(name).is_none:
                return NONE
        asking = [part for part in self.parts if _asks_for_some(part)]
        if asking and most == 0:
            return NONE
        if len(asking) > 1 and not all(self._alone()._placed(part) for part in asking):
            return NONE
        for part in asking:
            if not self._placed(part):
                return NONE if len(asking) == 1 else UNSURE
        if len(self.present) < least and not self._filled(least):
            return NONE
        return self._built(most)

    def _sort(self) -> None:
        for part in self.parts:
            if isinstance(part, atoms.Fields):
                self.shapes.append(part)
            elif isinstance(part, atoms.Field):
                self.present.setdefault(part.name, set()).add(part.literal)
            elif isinstance(part, atoms.Lacking):
                self.lacking.add(part.name)
            elif isinstance(part, atoms.Named) and part.all:
                self.name_rules.append(part.literal)

    def _property(self, name: str, more: Literal = atoms.TRUE) -> Found:
        """Look for the value of one property."""
        if name in self.lacking:
            return NONE
        for rule in self.name_rules:
            fits = self.asker.holds(rule, name)
            if fits is None:
                self.unsure = True
            elif not fits:
                return NONE
        return self.asker.ask(self._goal(name, more))

    def _goal(self, name: str, more: Literal = atoms.TRUE) -> Goal:
        goal = {more, *self.present.get(name, ())}
        for shape in self.shapes:
            spoken = [shape.names[name]] if name in shape.names else []
            for pattern, one in shape.patterns:
                matches = self._matches(pattern, name)
                if matches is not False:
                    spoken.append(one if matches else atoms.TRUE)
            goal.update(spoken or (shape.rest,))
        return frozenset(goal)

    def _matches(self, pattern: str, name: str) -> bool | None:
        """Whether a pattern matches a name; None where nobody can tell."""
        languages, patterns = self.asker.languages, self.asker.patterns
        try:
            return languages.accepts(patterns.language(pattern), name)
        except UnreadableError as error:
            self.asker.note(error.code)
            self.unsure = True
            return self.asker.pattern_matches(pattern, name)

    def _alone(self) -> _Object:
        """Return the same question before anything was placed."""
        fresh = _Object(self.parts, self.asker)
        fresh._sort()
        return fresh

    def _placed(self, part: Atom) -> bool:
        """Give a property to what asks for some; False where it is proved that none will do."""
        if isinstance(part, atoms.Named):
            anywhere = atoms.SomeField((), (), frozenset(), atoms.TRUE)
            return self._place(anywhere, part.literal)
        assert isinstance(part, atoms.SomeField)
        return self._place(part, atoms.TRUE)

    def _place(self, part: atoms.SomeField, rule: Literal) -> bool:
        possible = False
        for name in self._known_names():
            if not self._meant(part, name) or self.asker.holds(rule, name) is False:
                continue
            found = self._property(name, part.literal)
            if found.outcome == "value":
                self.present.setdefault(name, set()).add(part.literal)
                return True
            possible = possible or not found.is_none
        for new, found in self._new_properties(part, rule):
            if new is not None and found.outcome == "value":
                self.present.setdefault(new, set()).add(part.literal)
                return True
            possible = True
        self.unsure = self.unsure or possible
        return possible

    def _meant(self, part: atoms.SomeField, name: str) -> bool:
        if name in part.not_named or name in self.lacking:
            return False
        if any(self._matches(pattern, name) for pattern in part.other_than):
            return False
        return all(self._matches(pattern, name) is not False for pattern in part.matching)

    def _known_names(self) -> list[str]:
        names = dict.fromkeys(self.present)
        for shape in self.shapes:
            names.update(dict.fromkeys(shape.names))
        return list(names)

    def _new_properties(
        self, part: atoms.SomeField, rule: Literal
    ) -> Iterator[tuple[str | None, Found]]:
        """Yield a new name and its value for each set of patterns that may match it.

        The name is None where there may be one that could not be found.
        """
        patterns = list(dict.fromkeys(p for shape in self.shapes for p, _ in shape.patterns))
        if len(patterns) > PATTERNS_LIMIT:
            self.asker.note("too-many-patterns")
            yield None, UNSURE
            return
        base: Term | None = None  # costly where there are many names, and seldom needed
        for chosen in product((False, True), repeat=len(patterns)):
            matched = {p for p, wanted in zip(patterns, chosen, strict=True) if wanted}
            goal = self._unnamed_goal(matched, part.literal)
            found = self.asker.ask(goal)
            if found.is_none:
                continue
            base = self._names_meant(part, rule) if base is None else base
            try:
                name = shortest(self._with_patterns(base, matched, set(patterns)), self.asker)
            except BudgetError:
                self.asker.note("regex-budget")
                yield None, UNSURE
            else:
                if name is not None:
                    yield (None if name in self.present else name), found

    def _names_meant(self, part: atoms.SomeField, rule: Literal) -> Term:
        """Return the language of the new names that a part may mean."""
        add = self.asker.languages
        known = {*self._known_names(), *part.not_named, *self.lacking}
        terms = [add.other_than(add.either([add.literal(name) for name in sorted(known)]))]
        terms += [self._language(pattern) for pattern in part.matching]
        terms += [add.other_than(self._language(p, denied=True)) for p in part.other_than]
        for literal in (*self.name_rules, rule):
            language = self.asker.texts(frozenset([literal]))
            if language is None:
                self.unsure = True
            else:
                terms.append(language)
        return add.both(terms)

    def _language(self, pattern: str, *, denied: bool = False) -> Term:
        try:
            return self.asker.patterns.language(pattern)
        except UnreadableError as error:
            self.asker.note(error.code)
            self.unsure = True
            return 0 if denied else ANYTHING

    def _with_patterns(self, base: Term, matched: set[str], patterns: set[str]) -> Term:
        add = self.asker.languages
        terms = [base, *(self._language(pattern) for pattern in sorted(matched))]
        others = sorted(patterns - matched)
        terms += [add.other_than(self._language(pattern, denied=True)) for pattern in others]
        return add.both(terms)

    def _unnamed_goal(self, matched: set[str], literal: Literal) -> Goal:
        goal = {literal}
        for shape in self.shapes:
            spoken = [one for pattern, one in shape.patterns if pattern in matched]
            goal.update(spoken or (shape.rest,))
        return frozenset(goal)

    def _filled(self, least: int) -> bool:
        """Add properties until there are enough; False where it is proved that none are left."""
        if least > COUNT_LIMIT:
            self.unsure = True
            return True
        any_name = atoms.SomeField((), (), frozenset(), atoms.TRUE)
        unsure = False
        for name in self._known_names():
            if len(self.present) >= least:
                return True
            if name not in self.present:
                found = self._property(name)
                if found.outcome == "value":
                    self.present[name] = {atoms.TRUE}
                unsure = unsure or found.outcome == "unsure"
        while len(self.present) < least:
            fresh = self._next_name(any_name)
            if fresh is None:
                return unsure or self.unsure
            self.present[fresh] = {atoms.TRUE}
        return True

    def _next_name(self, part: atoms.SomeField) -> str | None:
        """Return one more name that may be used; None where there is none, as far as known."""
        if not any(shape.patterns for shape in self.shapes) and not self.name_rules:
            if any(shape.rest == FALSE for shape in self.shapes):
                return None
            if self.asker.ask(self._unnamed_goal(set(), atoms.TRUE)).outcome == "value":
                return next(n for n in _plain_names() if n not in self._taken())
        for name, found in self._new_properties(part, atoms.TRUE):
            if name is not None and found.outcome == "value":
                return name
            self.unsure = True
        return None

    def _taken(self) -> set[str]:
        return {*self._known_names(), *self.lacking}

    def _built(self, most: int | None) -> Found:
        value: dict[str, Any] = {}
        size = 1
        for name in self.present:
            found = self._property(name)
            if found.outcome != "value":
                return UNSURE
            value[name] = found.value
            size += found.size
        if self.unsure or (most is not None and len(value) > most):
            return Found("unsure", value, size)
        return a_value(value, size)


def _plain_names() -> Iterator[str]:
    yield from "abcdefgh"
    yield from (f"a{number}" for number in count(1))


def _asks_for_some(part: Atom) -> bool:
    return isinstance(part, atoms.SomeField) or (isinstance(part, atoms.Named) and not part.all)
