"""What `[contracts]` says in a settings file; a flag or the environment goes before each key.

[contracts]
policy = "strict"                      # or "declared"
reader_fills_defaults = true           # a required property with a default is optional
string_formats = "assert"              # or "annotation"
protobuf = "json"                      # or "wire": how Protobuf messages travel
unknown = "warn"                       # or "fail"
mode = "full-transitive"               # what `contracts diff` compares
major_may_break = true                 # a new major version announces its breaks
waivers = "eventproof-waivers.toml"    # relative to the settings file
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventproof.cli.project import demand_one_of, settings_above
from eventproof.findings import Problem

if TYPE_CHECKING:
    from eventproof.contracts import Leniency, Terms, Waiver

WAIVERS_FILE = "eventproof-waivers.toml"

POLICIES = ("declared", "strict")
STRING_FORMATS = ("annotation", "assert")
TRAVELS = ("wire", "json")
UNKNOWN = ("fail", "warn")
MODES = (
    "backward", "forward", "full", "backward-transitive", "forward-transitive", "full-transitive"
)  # fmt: skip

CHOICES: Mapping[str, Sequence[str]] = {
    "policy": POLICIES,
    "string_formats": STRING_FORMATS,
    "protobuf": TRAVELS,
    "unknown": UNKNOWN,
    "mode": MODES,
}
_FLAGS = ("reader_fills_defaults", "major_may_break")


def wishes(options: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return the options of a command, and for those that are None what the settings say.

    `folder` is absolute; the settings nearest to it are taken. Raises `Problem` for a value that
    a key cannot have.
    """
    found = settings_above(folder)
    table: Mapping[str, Any] = found[1].get("contracts", {}) if found else {}
    for key, value in table.items():
        assert found is not None
        _demand(key, value, found[0])
    said = {key: value for key, value in options.items() if value is not None}
    waivers = table.get("waivers")
    if found and waivers is not None:
        table = {**table, "waivers": found[0].parent / waivers}
    return {**dict.fromkeys(options), **table, **said}


def terms_of(wished: Mapping[str, Any]) -> Terms:
    """Return how schemas are read."""
    from eventproof.contracts import Terms

    return Terms(
        policy=wished["policy"] or "declared",
        reader_fills_defaults=bool(wished["reader_fills_defaults"]),
        formats=wished["string_formats"] or "annotation",
        protobuf=wished["protobuf"] or "wire",
    )


def leniency_of(wished: Mapping[str, Any], folder: Path) -> Leniency:
    """Return what does not fail; waivers lie in the file that is named, or above the catalog."""
    from eventproof.contracts import Leniency

    today = wished["today"]
    return Leniency(
        today=today.date() if today else date.today(),
        waivers=_waivers(wished["waivers"], folder),
        unknown_warns=wished["unknown"] == "warn",
        major_may_break=bool(wished.get("major_may_break")),
    )


def judging(catalog_root: Path, options: Mapping[str, Any]) -> tuple[Terms, Leniency]:
    """Return how `check` and `prove` compare contracts: as `contracts matrix` does.

    `options` are those on waivers; the rest is what the settings say.
    """
    wished = wishes({**dict.fromkeys((*CHOICES, *_FLAGS)), **options}, catalog_root)
    return terms_of(wished), leniency_of(wished, catalog_root)


def _waivers(named: Path | None, folder: Path) -> tuple[Waiver, ...]:
    from eventproof.contracts import read_waivers

    if named is not None:
        if not named.is_file():
            raise Problem(f"{named} does not exist.", hint=f"the usual name is {WAIVERS_FILE}.")
        return read_waivers(named)
    for place in (folder, *folder.parents):
        file = place / WAIVERS_FILE
        if file.is_file():
            return read_waivers(_typed(file))
        if (place / ".git").exists():
            break
    return ()


def _typed(file: Path) -> Path:
    """A file as the user would type it here."""
    here = Path.cwd()
    return file.relative_to(here) if file.is_relative_to(here) else file


def _demand(key: str, value: Any, file: Path) -> None:
    if key in _FLAGS and not isinstance(value, bool):
        raise Problem(f"{file}: `{key}` is true or false.")
    if key == "waivers" and not isinstance(value, str):
        raise Problem(f"{file}: `waivers` is the path of a file.")
    if key in CHOICES:
        if not isinstance(value, str):
            raise Problem(f"{file}: `{key}` is text.", hint=f"one of {', '.join(CHOICES[key])}.")
        demand_one_of(value, CHOICES[key], file, f"value of `{key}` in [contracts]")
