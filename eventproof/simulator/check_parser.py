"""The SQL of a check constraint, read into a function of a row.

Read are comparisons of columns, constants and integer sums and products, `is [not] null`, `in` and
`between`, joined by `and`, `or` and `not`. What the two databases could read otherwise, or a
server's collation decides, is refused: `NotUnderstood` says which words.

Three things that could be wrong: an operator that binds otherwise than in SQL, NULL (a condition
may be unknown), and a comparison of values that a database would convert first.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Container, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from eventproof.simulator.tables import Row

Value = Callable[["Row"], Any]

CONDITION = "condition"
TEXT = "text"
INTEGER = "integer"
NUMBERS = (INTEGER, "float", "numeric")
"""Kinds of numbers: each is compared with its own kind and with integers."""
OTHER = "other"
"""Of columns of any other type: they are or are not NULL."""

LONGEST = 1_000
"""Words of a condition."""

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d{1,18})(?![\w.])|(?P<string>'(?:[^']|'')*')|(?P<quoted>"(?:[^"]|"")+")"""
    r"""|(?P<word>[A-Za-z_]\w*)|(?P<sign><>|!=|<=|>=|-(?!-)|[+*=<>(),.]))"""
)
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SUMS, _PRODUCTS = {"+": operator.add, "-": operator.sub}, {"*": operator.mul}


class NotUnderstood(Exception):
    """The words of a condition that are not understood."""


class Part(NamedTuple):
    """A part of a condition: what kind of value it has, and the value for a row."""

    kind: str
    value: Value


def parsed(
    text: str, table: str, kinds: Mapping[str, str], *, reserved: Container[str] = ()
) -> Callable[[Row], bool]:
    """Whether a row of `table` is accepted: its condition is true or unknown.

    `kinds` are those of its columns, by name; those that are `reserved` words have to be quoted.
    """
    parser = _Parser(_tokens(text), table, kinds, reserved)
    try:
        condition = parser.disjunction()
    except RecursionError as error:
        raise NotUnderstood("so many parentheses") from error
    if condition.kind != CONDITION or parser.word:
        raise NotUnderstood(parser.word or text)
    value = condition.value
    return lambda row: value(row) is not False


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or len(found) == LONGEST:
            raise NotUnderstood(text[at:].strip())
        found.append((str(match.lastgroup), match[str(match.lastgroup)]))
        at = match.end()
    return found


class _Parser:
    """Descends through the grammar, loosest binding first."""

    def __init__(
        self,
        tokens: list[tuple[str, str]],
        table: str,
        kinds: Mapping[str, str],
        reserved: Container[str],
    ) -> None:
        self._tokens = [*tokens, ("end", "")]
        self._at = 0
        self._table = table
        self._kinds = kinds
        self._reserved = reserved

    @property
    def word(self) -> str:
        """The next word, in lower case; empty at the end."""
        kind, text = self._tokens[self._at]
        return text.lower() if kind in ("word", "sign") else text

    def disjunction(self) -> Part:
        """Conditions joined by `or`."""
        part = self._conjunction()
        while self._takes("or"):
            part = _joined(part, self._conjunction(), decides=True)
        return part

    def _conjunction(self) -> Part:
        part = self._negation()
        while self._takes("and"):
            part = _joined(part, self._negation(), decides=False)
        return part

    def _negation(self) -> Part:
        if not self._takes("not"):
            return self._predicate()
        return _negated(_demand(self._negation(), CONDITION))

    def _predicate(self) -> Part:
        left = self._sum()
        if self.word in _COMPARED:
            return self._compared(left, self._next())
        if self._takes("is"):
            wanted = not self._takes("not")
            self._expect("null")
            value = _demand(left, *NUMBERS, TEXT, OTHER).value
            return Part(CONDITION, lambda row: (value(row) is None) is wanted)
        is_negated = self._takes("not")
        if self._takes("in"):
            part = self._one_of(left)
        elif self._takes("between"):
            low = self._compare(left, ">=", self._sum())
            self._expect("and")
            part = _joined(low, self._compare(left, "<=", self._sum()), decides=False)
        elif is_negated:
            raise NotUnderstood(f"not {self.word}".strip())
        else:
            return left
        return _negated(part) if is_negated else part

    def _compared(self, left: Part, sign: str) -> Part:
        return self._compare(left, sign, self._sum())

    def _compare(self, left: Part, sign: str, right: Part) -> Part:
        kinds = {left.kind, right.kind}
        numbers = kinds <= set(NUMBERS) and len(kinds - {INTEGER}) <= 1
        # Which text comes first is the server's collation's to say.
        if not numbers and not (kinds == {TEXT} and sign in ("=", "<>", "!=")):
            raise NotUnderstood(f"{left.kind} {sign} {right.kind}")
        return Part(CONDITION, _unless_null(_COMPARED[sign], left.value, right.value))

    def _one_of(self, left: Part) -> Part:
        self._expect("(")
        part = self._compare(left, "=", self._sum())
        while self._takes(","):
            part = _joined(part, self._compare(left, "=", self._sum()), decides=True)
        self._expect(")")
        return part

    def _sum(self) -> Part:
        return self._calculated(_SUMS, self._product)

    def _product(self) -> Part:
        return self._calculated(_PRODUCTS, self._atom)

    def _calculated(
        self, signs: Mapping[str, Callable[[Any, Any], Any]], operand: Callable[[], Part]
    ) -> Part:
        part = operand()
        while self.word in signs:
            function = signs[self._next()]
            left, right = _demand(part, INTEGER), _demand(operand(), INTEGER)
            part = Part(INTEGER, _unless_null(function, left.value, right.value))
        return part

    def _atom(self) -> Part:
        if self._takes("("):
            part = self.disjunction()
            self._expect(")")
            return part
        if self._takes("-"):
            value = _demand(self._atom(), INTEGER).value
            return Part(INTEGER, _unless_null(operator.sub, lambda _: 0, value))
        kind, text = self._tokens[self._at]
        if kind == "number":
            return self._constant(INTEGER, int(text))
        if kind == "string":
            return self._constant(TEXT, text[1:-1].replace("''", "'"))
        return self._column()

    def _constant(self, kind: str, constant: Any) -> Part:
        self._next()
        return Part(kind, lambda _: constant)

    def _column(self) -> Part:
        name = self._name()
        if name == self._table and self._takes("."):
            name = self._name()
        if name not in self._kinds:
            raise NotUnderstood(name)
        return Part(self._kinds[name], operator.attrgetter(name))

    def _name(self) -> str:
        kind, text = self._tokens[self._at]
        if kind not in ("word", "quoted"):
            raise NotUnderstood(text or "its end")
        if kind == "word" and text.lower() in self._reserved:
            raise NotUnderstood(text)  # such as `user`: the server's own, and no column
        self._next()
        return text.lower() if kind == "word" else text[1:-1].replace('""', '"')

    def _takes(self, word: str) -> bool:
        is_next = self._tokens[self._at][0] in ("word", "sign") and self.word == word
        self._at += is_next
        return is_next

    def _expect(self, word: str) -> None:
        if not self._takes(word):
            raise NotUnderstood(self.word or "its end")

    def _next(self) -> str:
        word = self.word
        self._at += 1
        return word


def _demand(part: Part, *kinds: str) -> Part:
    if part.kind not in kinds:
        raise NotUnderstood(f"{part.kind} where {kinds[0]} is wanted")
    return part


def _unless_null(function: Callable[[Any, Any], Any], left: Value, right: Value) -> Value:
    def value(row: Row) -> Any:
        one, other = left(row), right(row)
        return None if one is None or other is None else function(one, other)

    return value


def _joined(left: Part, right: Part, *, decides: bool) -> Part:
    """`or` where true decides, `and` where false does; else one that is unknown makes it so."""
    one, other = _demand(left, CONDITION).value, _demand(right, CONDITION).value

    def value(row: Row) -> Any:
        first = one(row)
        if first is decides:
            return decides
        second = other(row)
        if second is decides:
            return decides
        return None if first is None or second is None else not decides

    return Part(CONDITION, value)


def _negated(part: Part) -> Part:
    value = part.value

    def opposite(row: Row) -> Any:
        found = value(row)
        return None if found is None else not found

    return Part(CONDITION, opposite)
