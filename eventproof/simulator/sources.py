"""Which files the code of a scenario consists of, and one digest over them, for tapes.

From the files that a scenario names, imports are followed as they are written, also those inside
functions: relative ones from the file's folder, others where Python would find them. What belongs
to Python, to installed packages or to eventproof is not followed; a tape is not to be refused for
another version of a library.

Three things could be wrong: a module that is found by its name at run time (nobody sees it), a
name that may be a module or a part of one (both are tried), and a path that differs from one
machine to the next (files go by their paths from the scenario's folder).
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

FOREIGN = frozenset({*sys.stdlib_module_names, "eventproof"})
"""Packages whose code is nobody's handlers."""

INSTALLED = ("site-packages", "dist-packages")


def sources_of(files: Iterable[Path]) -> tuple[Path, ...]:
    """The files, and those that they import from the same project, in the order of their paths."""
    found: set[Path] = set()
    waiting = [file.resolve() for file in files]
    while waiting:
        file = waiting.pop()
        if file not in found and file.is_file():
            found.add(file)
            waiting += _imported(file)
    return tuple(sorted(found))


def digest_of(files: Iterable[Path], *, folder: Path) -> str:
    """One digest over files, by their paths from `folder` and what they hold."""
    summed = hashlib.sha256()
    for file in files:
        summed.update(Path(os.path.relpath(file, folder.resolve())).as_posix().encode())
        summed.update(b"\0" + file.read_bytes() + b"\0")
    return summed.hexdigest()


def syntax_of(file: Path) -> ast.AST:
    """A Python file as a tree; an empty one where it is none."""
    try:
        return ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):  # imported nowhere, or the import has said so
        return ast.Module(body=[], type_ignores=[])


def _imported(file: Path) -> Iterator[Path]:
    for node in ast.walk(syntax_of(file)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _absolute(alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            parts = node.module.split(".") if node.module else []
            for name in node.names:
                wanted = [*parts, name.name]
                yield from _relative(file, node.level, wanted) if node.level else _absolute(wanted)


def _relative(file: Path, level: int, parts: list[str]) -> Iterator[Path]:
    folder = file.parent
    for _ in range(level - 1):
        folder = folder.parent
    yield from _along(folder, parts)


def _absolute(parts: list[str]) -> Iterator[Path]:
    home = _home_of(parts[0])
    if home is not None:
        yield from _along(home, parts)


def _home_of(package: str) -> Path | None:
    """The folder in which a package of the project lies; None where it is somebody else's."""
    try:
        spec = None if package in FOREIGN else importlib.util.find_spec(package)
    except (ImportError, ValueError):  # such as a module that was put together at run time
        spec = None
    if spec is None:
        return None
    lies = [*(spec.submodule_search_locations or ()), spec.origin or ""]
    home = Path(lies[0]).parent
    return None if set(INSTALLED) & set(home.parts) or not lies[0] else home


def _along(folder: Path, parts: list[str]) -> Iterator[Path]:
    """The files that Python runs on its way to a module; the last part may be a name in one."""
    yield folder / "__init__.py"
    for part in parts:
        yield folder / f"{part}.py"
        folder = folder / part
        yield folder / "__init__.py"


__all__ = ["digest_of", "sources_of", "syntax_of"]
