"""Loads the handlers and journeys that a scenario names, as pytest loads tests: by path.

Each folder becomes a package of its own under a name made from its path, so that two projects in
one process never meet, and a handler file may say `from .generated.inventory_service import …`
whether it is loaded here or belongs to a team's own package.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from eventproof.findings import Problem, nearest
from eventproof.simulator.raised import NOT_THEIRS, line_in, words_of


def load_named(reference: str | Any, *, folder: Path, shown: str) -> Any:
    """The class or function that `path.py:Name` names, relative to `folder`; itself if it is one.

    `shown` is the file that holds the reference, for messages. `Problem` when there is no such
    file or name, or when the file cannot be imported.
    """
    if not isinstance(reference, str):
        return reference
    file_part, _, name = reference.rpartition(":")
    file = (folder / file_part).resolve()
    if not os.path.isfile(file):  # noqa: PTH113 - unlike Path's, says no where a name is too long
        raise Problem(f"{shown} names {reference}, but there is no file {file_part}.")
    module = imported(file, shown)
    if not hasattr(module, name):
        near = nearest(name, [n for n in vars(module) if not n.startswith("_")])
        hint = f"did you mean `{near}`?" if near else None
        raise Problem(f"{shown} names {reference}, but {file.name} has no {name}.", hint=hint)
    return getattr(module, name)


def imported(file: Path, shown: str) -> ModuleType:
    """The module in a file, which `shown` names."""
    package = _package_of(file.parent)
    try:
        return importlib.import_module(f"{package}.{file.stem}")
    except NOT_THEIRS:
        raise
    except BaseException as error:
        line = _line_in(file, error)
        raise Problem(
            f"{file.name}{f':{line}' if line else ''}, named by {shown}, cannot be imported: "
            f"{words_of(error)}."
        ) from error


def _package_of(folder: Path) -> str:
    name = f"_eventproof_handlers_{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}"
    if name not in sys.modules:
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(folder)]
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
    return name


def _line_in(file: Path, error: BaseException) -> int | None:
    if isinstance(error, SyntaxError) and error.filename == str(file):
        return error.lineno
    return line_in(str(file), error)
