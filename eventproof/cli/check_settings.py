"""What `[check]` says in a settings file, read into the records that the findings part knows.

Each key is optional, and a flag of the command line goes before its key:

    [check]
    fail_on = "warning"
    ignore = ["CAT401"]
    severity = {CAT203 = "info"}
    baseline = "baseline.json"

    [[check.overrides]]
    files = ["catalog/legacy/**"]
    ignore = ["CAT3"]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eventproof.cli.project import demand_one_of, settings_above
from eventproof.findings import Layer, Problem, Rule, Severity, demand_known

_OVERRIDE_KEYS = ("files", "ignore", "select", "severity")


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """The settings for one catalog; those of nobody where there is no file."""

    folder: Path | None = None
    """Where the file lies; the patterns of overrides and the baseline are relative to it."""
    layer: Layer = field(default_factory=Layer)
    overrides: tuple[Layer, ...] = ()
    fail_on: Severity | None = None
    baseline: Path | None = None


def check_settings_for(catalog_root: Path, rules: Iterable[Rule]) -> CheckSettings:
    """Return the settings nearest to a catalog, upwards to the root of its repository.

    Raises Problem for what is not known or not of its type, with the file and line.
    """
    found = settings_above(catalog_root)
    if found is None:
        return CheckSettings()
    file, tables = found
    table = tables.get("check", {})
    reader = _Reader(file, tuple(rules))
    baseline = reader.text(table, "baseline")
    overrides = reader.tables(table, "overrides")
    return CheckSettings(
        folder=file.parent.resolve(),
        layer=reader.layer(table),
        overrides=tuple(reader.override(entry) for entry in overrides),
        fail_on=reader.severity(table["fail_on"]) if "fail_on" in table else None,
        baseline=file.parent / baseline if baseline else None,
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads values of one settings file, and says where a wrong one stands."""

    file: Path
    rules: tuple[Rule, ...]

    def layer(self, table: Mapping[str, Any]) -> Layer:
        select, ignore = self.texts(table, "select"), self.texts(table, "ignore")
        severity = table.get("severity", {})
        if not isinstance(severity, dict):
            raise self.problem('`severity` is a table: write severity = {CAT402 = "info"}.')
        for selector in (*select, *ignore, *severity):
            demand_known([selector], self.rules, where=self.place(selector))
        grades = {selector: self.severity(word) for selector, word in severity.items()}
        return Layer(select, ignore, grades, self.texts(table, "files"))

    def override(self, table: Mapping[str, Any]) -> Layer:
        for key in table:
            demand_one_of(key, _OVERRIDE_KEYS, self.file, "key in [[check.overrides]]")
        if not table.get("files"):
            raise self.problem("an override names its `files`.", hint='files = ["legacy/**"]')
        return self.layer(table)

    def severity(self, word: Any) -> Severity:
        if word not in list(Severity):
            raise self.problem(f"`{word}` is no severity.", hint="one of error, warning, info")
        return Severity(word)

    def text(self, table: Mapping[str, Any], key: str) -> str:
        value = table.get(key, "")
        if not isinstance(value, str):
            raise self.problem(f"`{key}` is text.")
        return value

    def texts(self, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.problem(f'`{key}` is a list: write {key} = ["…"].')
        return tuple(value)

    def tables(self, table: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise self.problem(f"`{key}` is a list of tables: write [[check.{key}]].")
        return value

    def problem(self, sentence: str, *, hint: str | None = None) -> Problem:
        return Problem(f"{self.file}: {sentence}", hint=hint)

    def place(self, word: str) -> str:
        """Return the file and the first line that holds a word; the parser keeps no places."""
        lines = self.file.read_text(encoding="utf-8").splitlines()
        found = (number for number, line in enumerate(lines, 1) if word in line)
        number = next(found, None)
        return f"{self.file}:{number}" if number else str(self.file)
