"""Strings of a length that match some patterns and not others."""

from __future__ import annotations

from collections.abc import Sequence

from eventproof.contracts.atoms import STRING, Atom, Extent, Formatted, Listed, Matching
from eventproof.contracts.expressions import UnreadableError
from eventproof.contracts.found import NONE, UNSURE, Asker, Found, a_value
from eventproof.contracts.languages import BudgetError, Term
from eventproof.contracts.scalars import FORMATS

LENGTH_LIMIT = 5_000
"""The longest string that is built."""


def string(parts: Sequence[Atom], asker: Asker) -> Found:
    """Look for a string."""
    least, most = extent(parts, STRING)
    if most is not None and least > most:
        return NONE
    excluded = unwanted(parts)
    likely = _likely(parts, least, most, asker)
    if likely is not None:
        return a_value(likely)
    if not any(isinstance(part, Matching) for part in parts):
        return _by_length(least, most, excluded)
    term, exact = language(parts, asker, with_length=False)
    try:
        text = shortest(term, asker)
        if text is not None and (len(text) < least or text in excluded):
            text = asker.languages.shortest(language(parts, asker, with_length=True)[0])
    except BudgetError:
        asker.note("regex-budget")
        return UNSURE
    if text is None or (most is not None and len(text) > most):
        return NONE  # no text at all, or the shortest is too long already
    return a_value(text) if exact else Found("unsure", text)


def language(
    parts: Sequence[Atom], asker: Asker, *, with_length: bool = True
) -> tuple[Term, bool]:
    """Return the language of the strings that meet the parts, and whether it is exact.

    Where a pattern cannot be read it is left out: the language is larger then.
    """
    add, terms, exact = asker.languages, [], True
    for part in parts:
        if isinstance(part, Matching):
            try:
                term = asker.patterns.language(part.pattern)
            except UnreadableError as error:
                asker.note(error.code)
                exact = False
                continue
            terms.append(term if part.wanted else add.other_than(term))
    if with_length:
        least, most = extent(parts, STRING)
        terms += [add.other_than(add.literal(text)) for text in unwanted(parts)]
        if least or most is not None:
            terms.append(add.of_length(least, most))
    return add.both(terms), exact


def shortest(term: Term, asker: Asker) -> str | None:
    """Return a shortest text, but a single letter rather than none where both will do."""
    text = asker.languages.shortest(term)
    if text == "":
        for code in asker.languages.letters(term)[:8]:
            if asker.languages.accepts(term, chr(code)) and chr(code).isalnum():
                return chr(code)
    return text


def extent(parts: Sequence[Atom], kind: int) -> tuple[int, int | None]:
    """Return the least and the largest extent that the parts allow."""
    extents = [part for part in parts if isinstance(part, Extent) and part.kind == kind]
    mosts = [part.most for part in extents if part.most is not None]
    return max((part.least for part in extents), default=0), min(mosts, default=None)


def unwanted(parts: Sequence[Atom]) -> set[str]:
    """Return the strings that are ruled out one by one."""
    lists = [part.values for part in parts if isinstance(part, Listed) and not part.wanted]
    return {value for values in lists for value in values if isinstance(value, str)}


def _likely(parts: Sequence[Atom], least: int, most: int | None, asker: Asker) -> str | None:
    """Return a text of the format that is named, where it meets everything else."""
    named = [FORMATS.get(part.name) for part in parts if isinstance(part, Formatted)]
    for text in filter(None, named):
        if len(text) < least or (most is not None and len(text) > most) or text in unwanted(parts):
            continue
        patterns = [part for part in parts if isinstance(part, Matching)]
        if all(asker.pattern_matches(p.pattern, text) is p.wanted for p in patterns):
            return text
    return None


def _by_length(least: int, most: int | None, excluded: set[str]) -> Found:
    if most == 0:
        return NONE if "" in excluded else a_value("")
    if least > LENGTH_LIMIT:
        return UNSURE
    length = max(1, least)
    for letter in "abcdefghijklmnopqrstuvwxyz0123456789":
        text = letter * length
        if text not in excluded:
            return a_value(text)
    longest = max(map(len, excluded)) + 1
    if most is not None and longest > most:
        return UNSURE
    return a_value("a" * longest)
