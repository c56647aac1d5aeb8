"""Regular languages as terms that are intersected, complemented and searched by derivatives.

The derivative of a language by a character is what may follow it (Brzozowski 1964; Owens, Reppy
and Turon 2009). Terms are kept once each and named by a number, so that intersection, complement
and counted repetition cost nothing until a search walks them, and that walk stays lazy: the first
accepted text that a breadth-first search meets is a shortest one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from eventproof.contracts import charsets
from eventproof.contracts.charsets import CharSet
from eventproof.contracts.clock import now_s

Term = int
"""A language, by its number in one `Languages`."""

EMPTY: Term = 0
"""No text at all."""

NOTHING: Term = 1
"""The empty text only."""

ANYTHING: Term = 2
"""Every text."""

STATES_LIMIT = 25_000
"""How many derivatives one search may visit."""


class BudgetError(Exception):
    """The search visited as much as it may, or ran out of time."""


_Key = tuple[Any, ...]
_Join = Callable[[Iterable[CharSet]], CharSet]


@dataclass(slots=True)
class Languages:
    """Terms of one question; `deadline` is on the CPU clock of the thread, in seconds."""

    deadline: float
    _keys: list[_Key] = field(default_factory=list)
    _accepting: list[bool] = field(default_factory=list)
    _known: dict[_Key, Term] = field(default_factory=dict)
    _heads: dict[Term, frozenset[CharSet]] = field(default_factory=dict)
    _after: dict[tuple[Term, int], Term] = field(default_factory=dict)
    _letters: dict[frozenset[CharSet], tuple[int, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._new(("none",), accepting=False)
        self._new(("nothing",), accepting=True)
        self._new(("anything",), accepting=True)

    def _new(self, key: _Key, *, accepting: bool) -> Term:
        term = self._known.get(key)
        if term is None:
            term = self._known[key] = len(self._keys)
            self._keys.append(key)
            self._accepting.append(accepting)
        return term

    def accepts_nothing_yet(self, term: Term) -> bool:
        """Whether the empty text is not in a language."""
        return not self._accepting[term]

    def chars(self, chosen: CharSet) -> Term:
        """Return the texts of one character of a set."""
        return self._new(("chars", chosen), accepting=False) if chosen else EMPTY

    def literal(self, text: str) -> Term:
        """Return the language of one text."""
        term = NOTHING
        for char in reversed(text):
            term = self.then(self.chars(charsets.of(char)), term)
        return term

    def then(self, first: Term, second: Term) -> Term:
        """Return the texts of `first`, each followed by a text of `second`."""
        if EMPTY in (first, second):
            return EMPTY
        if first == NOTHING:
            return second
        if second == NOTHING:
            return first
        key = self._keys[first]
        if second == ANYTHING and self._accepting[first]:
            return ANYTHING
        if second == ANYTHING and key[0] == "repeat" and key[3] != key[2]:
            return self.then(self.repeat(key[1], key[2], key[2]), second)
        if key[0] == "then":
            return self.then(key[1], self.then(key[2], second))
        return self._new(
            ("then", first, second), accepting=self._accepting[first] and self._accepting[second]
        )

    def either(self, terms: Iterable[Term]) -> Term:
        """Return what is in any of the languages."""
        found = self._flat(terms, "either") - {EMPTY}
        if ANYTHING in found or any(self._opposite(term) in found for term in found):
            return ANYTHING
        found = self._joined(found, charsets.union, "either")
        if NOTHING in found and any(self._accepting[t] for t in found if t != NOTHING):
            found = found - {NOTHING}
        if len(found) < 2:
            return next(iter(found), EMPTY)
        accepting = any(self._accepting[term] for term in found)
        return self._new(("either", tuple(sorted(found))), accepting=accepting)

    def both(self, terms: Iterable[Term]) -> Term:
        """Return what is in all of the languages."""
        found = self._flat(terms, "both") - {ANYTHING}
        if EMPTY in found or any(self._opposite(term) in found for term in found):
            return EMPTY
        if NOTHING in found:
            return NOTHING if all(self._accepting[term] for term in found) else EMPTY
        found = self._joined(found, charsets.intersection, "both")
        if EMPTY in found:
            return EMPTY
        if len(found) < 2:
            return next(iter(found), ANYTHING)
        accepting = all(self._accepting[term] for term in found)
        return self._new(("both", tuple(sorted(found))), accepting=accepting)

    def other_than(self, term: Term) -> Term:
        """Return every text that is not in a language."""
        if term in (EMPTY, ANYTHING):
            return ANYTHING if term == EMPTY else EMPTY
        key = self._keys[term]
        if key[0] == "other":
            return int(key[1])
        return self._new(("other", term), accepting=not self._accepting[term])

    def repeat(self, term: Term, least: int, most: int | None) -> Term:
        """Return the texts of a language one after the other, as often as allowed."""
        if most == 0 or term == NOTHING:
            return NOTHING
        if term == EMPTY:
            return NOTHING if least == 0 else EMPTY
        if (least, most) == (1, 1):
            return term
        least = 0 if self._accepting[term] else least
        if least == 0 and most is None and self._keys[term] == ("chars", charsets.ALL):
            return ANYTHING
        if least == 0 and most is None and self._keys[term][0] == "repeat":
            inner = self._keys[term]
            if inner[2] in (0, 1) and inner[3] is None:
                return self.repeat(inner[1], 0, None)
        return self._new(("repeat", term, least, most), accepting=least == 0)

    def of_length(self, least: int, most: int | None) -> Term:
        """Return the texts of so many characters."""
        return self.repeat(self.chars(charsets.ALL), least, most)

    def _flat(self, terms: Iterable[Term], kind: str) -> frozenset[Term]:
        found: set[Term] = set()
        for term in terms:
            key = self._keys[term]
            found.update(key[1] if key[0] == kind else (term,))
        return frozenset(found)

    def _opposite(self, term: Term) -> Term:
        key = self._keys[term]
        if key[0] == "other":
            return int(key[1])
        return self._known.get(("other", term), -1)

    def _joined(self, terms: frozenset[Term], join: _Join, kind: str) -> frozenset[Term]:
        """Draw the sets of single characters among the terms into one."""
        sets = [term for term in terms if self._keys[term][0] == "chars"]
        if len(sets) < 2:
            return terms
        joined = self.chars(join(self._keys[term][1] for term in sets))
        rest = (terms - frozenset(sets)) | {joined}
        return rest - {EMPTY} if kind == "either" else rest

    def after(self, term: Term, code: int) -> Term:
        """Return what may follow one character: the derivative of a language."""
        known = self._after.get((term, code))
        if known is None:
            known = self._after[(term, code)] = self._derived(term, code)
        return known

    def _derived(self, term: Term, code: int) -> Term:
        key = self._keys[term]
        kind = key[0]
        if kind == "chars":
            return NOTHING if charsets.has(key[1], code) else EMPTY
        if kind == "then":
            return self._after_pair(key[1], key[2], code)
        if kind == "either":
            return self.either([self.after(one, code) for one in key[1]])
        if kind == "both":
            return self.both([self.after(one, code) for one in key[1]])
        if kind == "other":
            return self.other_than(self.after(key[1], code))
        if kind == "repeat":
            _, part, least, most = key
            fewer = self.repeat(part, max(0, least - 1), None if most is None else most - 1)
            return self._spread(self.after(part, code), fewer)
        return ANYTHING if kind == "anything" else EMPTY

    def _after_pair(self, first: Term, second: Term, code: int) -> Term:
        taken = self._spread(self.after(first, code), second)
        if not self._accepting[first]:
            return taken
        return self.either([taken, self.after(second, code)])

    def _spread(self, first: Term, second: Term) -> Term:
        """Put `second` behind each alternative of `first`: equal ones are then met as equal."""
        key = self._keys[first]
        if key[0] == "either":
            return self.either([self.then(one, second) for one in key[1]])
        return self.then(first, second)

    def heads(self, term: Term) -> frozenset[CharSet]:
        """Return the sets that the first character is told apart by."""
        known = self._heads.get(term)
        if known is not None:
            return known
        key = self._keys[term]
        found: frozenset[CharSet] = frozenset()
        if key[0] == "chars":
            found = frozenset([key[1]])
        elif key[0] == "then":
            found = self.heads(key[1])
            if self._accepting[key[1]]:
                found |= self.heads(key[2])
        elif key[0] in ("either", "both"):
            found = frozenset().union(*(self.heads(one) for one in key[1]))
        elif key[0] in ("other", "repeat"):
            found = self.heads(key[1])
        self._heads[term] = found
        return found

    def letters(self, term: Term) -> tuple[int, ...]:
        """Return one character for each way to go on, readable ones first."""
        heads = self.heads(term)
        known = self._letters.get(heads)
        if known is None:
            known = self._letters[heads] = charsets.representatives(heads)
        return known

    def accepts(self, term: Term, text: str) -> bool:
        """Whether a text is in a language."""
        for char in text:
            term = self.after(term, ord(char))
        return self._accepting[term]

    def shortest(self, term: Term, *, states: int = STATES_LIMIT) -> str | None:
        """Return a shortest text of a language, a readable one; None where there is none.

        Raises `BudgetError` where the search would be too long.
        """
        try:
            return self._shortest(term, states)
        except RecursionError as error:
            raise BudgetError from error

    def _shortest(self, term: Term, states: int) -> str | None:
        if self._accepting[term]:
            return ""
        seen = {term}
        front = [(term, "")]
        while front:
            beyond: list[tuple[Term, str]] = []
            for state, text in front:
                if now_s() > self.deadline:
                    raise BudgetError
                for code in self.letters(state):
                    after = self.after(state, code)
                    if self._accepting[after]:
                        return text + chr(code)
                    if after != EMPTY and after not in seen:
                        seen.add(after)
                        beyond.append((after, text + chr(code)))
            if len(seen) > states:
                raise BudgetError
            front = beyond
        return None
