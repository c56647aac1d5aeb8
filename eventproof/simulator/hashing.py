"""Whether code has anything whose order or value depends on hashing, as its text tells.

Text is hashed anew in each process, so the order of a set of text differs from one to the next,
and so does what `hash` returns. A dictionary keeps the order of its making. Uses of a set that do
not show its order (membership, `len`, `sorted` without a key) are passed over, also where it has a
name first.

What could be wrong: a set that a library makes (nobody looks there), a set passed over that shows
its order (only what cannot is), and code counted that never runs (then others are asked in vain).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from eventproof.simulator.sources import syntax_of

HASHING = frozenset({"set", "frozenset", "hash"})

VIEWS = frozenset({"keys", "items"})
"""Methods of a dictionary whose results make sets when they are joined or cut."""

ORDERLESS = frozenset({"sorted", "len", "any", "all"})
"""Functions to which the order of what they are given makes no difference."""


def depends_on_hashing(file: Path) -> bool:
    """Whether a Python file makes sets whose order may show, or asks for a hash."""
    tree = syntax_of(file)
    passed_over = {part for node in ast.walk(tree) for part in _without_order(node)}
    passed_over |= {part for node in ast.walk(tree) for part in _named(node, passed_over)}
    return any(_is_hashing(node) for node in ast.walk(tree) if node not in passed_over)


def _without_order(node: ast.AST) -> Iterator[ast.AST]:
    """The sets beneath a node that are used where their order does not show."""
    if isinstance(node, ast.Compare):
        operators = zip(node.ops, node.comparators, strict=True)
        used = [right for how, right in operators if isinstance(how, ast.In | ast.NotIn)]
    elif isinstance(node, ast.Call) and _name_of(node.func) in ORDERLESS and not node.keywords:
        used = node.args
    else:
        used = []
    for part in used:
        yield from _made(part)


def _named(node: ast.AST, passed_over: set[ast.AST]) -> Iterator[ast.AST]:
    """The sets that a function gives a name which is only ever used where no order shows."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return
    uses = [n for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
    showing = {use.id for use in uses if use not in passed_over}
    outer = (n for n in ast.walk(node) if isinstance(n, ast.Global | ast.Nonlocal))
    showing.update(name for declared in outer for name in declared.names)
    for part in ast.walk(node):
        if isinstance(part, ast.Assign) and len(part.targets) == 1:
            name = _name_of(part.targets[0])
            if name and name not in showing:
                yield from _made(part.value)


def _made(part: ast.expr) -> Iterator[ast.AST]:
    """What makes a set, and the name of the function that does."""
    yield part
    if isinstance(part, ast.Call) and _name_of(part.func) in HASHING - {"hash"}:
        yield part.func


def _is_hashing(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        return _is_view(node.left) or _is_view(node.right)
    return isinstance(node, ast.Set | ast.SetComp) or _name_of(node) in HASHING


def _is_view(node: ast.expr) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Attribute) and called.attr in VIEWS


def _name_of(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""


__all__ = ["depends_on_hashing"]
