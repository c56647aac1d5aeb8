"""A project: the folder with `eventproof.toml`, and what that file says.

Settings may also stand in `pyproject.toml` under `[tool.eventproof]`. Without either, a folder
that is a catalog, or has one in `catalog/`, is a project with the usual places.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eventproof.findings import Problem, Severity, nearest

KNOWN = {
    "project": ("name", "catalog", "scenarios", "generated"),
    "check": ("fail_on", "select", "ignore", "severity", "overrides", "baseline"),
    "contracts": (
        "policy", "reader_fills_defaults", "string_formats", "protobuf", "unknown", "mode",
        "major_may_break", "waivers",
    ),
}  # fmt: skip
"""Table -> its keys."""

WORK_FOLDER = ".eventproof"
"""Where commands put what they make for themselves: tapes, contracts, stubs."""


@dataclass(frozen=True, slots=True)
class Project:
    """Where a project keeps what. Paths are as the user would type them."""

    root: Path
    name: str
    catalog: Path
    scenarios: Path
    generated: Path
    """Where the team keeps the stubs that `generate python` wrote."""
    fail_on: Severity = Severity.ERROR

    @property
    def work(self) -> Path:
        """The folder for what commands make for themselves."""
        return self.root / WORK_FOLDER

    def scenario_files(self) -> tuple[Path, ...]:
        """The project's scenario files, by name."""
        if not self.scenarios.is_dir():
            return ()
        return tuple(sorted(p for p in self.scenarios.iterdir() if p.suffix in (".yaml", ".yml")))


def load_project(root: Path) -> Project:
    """The project in a folder. `Problem` for a missing folder or a wrong setting."""
    if not root.is_dir():
        what = "is a file, not a folder" if root.exists() else "does not exist"
        raise Problem(f"{root} {what}.", hint="name a project folder, such as examples/acme")
    settings = _settings(root)
    project = settings.get("project", {})
    catalog = root / str(project.get("catalog", "catalog"))
    if "catalog" not in project and not catalog.is_dir():
        catalog = root
    return Project(
        root=root,
        name=str(project.get("name", root.resolve().name)),
        catalog=catalog,
        scenarios=root / str(project.get("scenarios", "scenarios")),
        generated=root / str(project.get("generated", "handlers/generated")),
        fail_on=_severity(settings.get("check", {}).get("fail_on", "error"), root),
    )


def project_root_of(file: Path) -> Path:
    """The nearest folder above a file that has an `eventproof.toml`; else the current folder."""
    for folder in file.resolve().parents:
        if (folder / "eventproof.toml").is_file():
            return folder
    return Path.cwd()


def settings_above(folder: Path) -> tuple[Path, Mapping[str, Any]] | None:
    """The nearest settings file at or above a folder, up to the repository's root, and its tables.

    Raises Problem for a file that is not TOML or has an unknown key.
    """
    for place in map(_typed, (folder, *folder.parents)):
        own, python = place / "eventproof.toml", place / "pyproject.toml"
        if own.is_file():
            return own, _settings(place)
        if python.is_file() and _table_in(python):
            return python, _settings(place)
        if (place / ".git").exists():
            return None
    return None


def demand_one_of(word: str, known: Any, file: Path, what: str) -> None:
    """Raise Problem for a word in a settings file that is not known; it names the nearest."""
    if word not in known:
        near = nearest(word, known)
        hint = f"did you mean `{near}`?" if near else f"known: {', '.join(known)}"
        raise Problem(f"{file}: unknown {what}: `{word}`.", hint=hint)


def _settings(root: Path) -> Mapping[str, Any]:
    own = root / "eventproof.toml"
    if own.is_file():
        settings = _toml(own)
    else:
        python = root / "pyproject.toml"
        own = python
        settings = _table_in(python) if python.is_file() else {}
    _demand_known(settings, own)
    return settings


def _table_in(python: Path) -> dict[str, Any]:
    """What `pyproject.toml` has under `[tool.eventproof]`."""
    tool = _toml(python).get("tool", {})
    table = tool.get("eventproof", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise Problem(f"{python}: `tool.eventproof` is a table: write [tool.eventproof].")
    return table


def _typed(folder: Path) -> Path:
    """A folder as the user would type it here."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Problem(f"{file} is not TOML: {error}.") from error
    except OSError as error:
        raise Problem(f"{file} cannot be read: {(error.strerror or '').lower()}.") from error


def _demand_known(settings: Mapping[str, Any], file: Path) -> None:
    for table, values in settings.items():
        demand_one_of(table, KNOWN, file, "table")
        if not isinstance(values, dict):
            raise Problem(f"{file}: `{table}` is a table: write [{table}].")
        for key in values:
            demand_one_of(key, KNOWN[table], file, f"key in [{table}]")


def _severity(word: str, root: Path) -> Severity:
    if word not in list(Severity):
        raise Problem(f"{root}: fail_on is `{word}`.", hint="one of error, warning, info")
    return Severity(word)
