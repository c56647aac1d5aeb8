"""What `check --fix` and `check --diff` do: the mends of findings, file by file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from eventproof.cli.checking import Checked
from eventproof.findings import (
    Edit,
    Finding,
    Problem,
    difference,
    mended,
    read_exactly,
    write_exactly,
)

_ROUNDS_MAX = 10
"""A mend may uncover another: a key that is spelt right has a value that can be looked at."""


@dataclass(frozen=True, slots=True)
class Mend:
    """What becomes of one file."""

    path: Path
    shown: str
    """The file as findings name it."""
    before: str
    after: str
    places: int
    """How many edits were made."""

    @property
    def diff(self) -> str:
        """The difference, as `patch` reads it."""
        return difference(self.shown, self.before, self.after)


def mends_of(findings: Sequence[Finding]) -> tuple[Mend, ...]:
    """Return the mends that the findings carry, by file; none for a file that has changed."""
    edits: dict[Path, list[Edit]] = defaultdict(list)
    shown: dict[Path, str] = {}
    for finding in findings:
        if finding.edit is not None:
            edits[finding.edit.path].append(finding.edit)
            shown[finding.edit.path] = finding.location.file
    mends = (_mend(path, shown[path], edits[path]) for path in sorted(edits))
    return tuple(mend for mend in mends if mend is not None)


def fixed(checked: Checked, again: Callable[[], Checked]) -> tuple[Checked, str]:
    """Make all mends and check `again`, until there are none left to make.

    Returns what is left, and a line about what was done. Raises Problem for a file that cannot be
    written; those before it are mended, each whole.
    """
    files: set[Path] = set()
    places = 0
    for _ in range(_ROUNDS_MAX):
        mends = mends_of(checked.findings)
        if not mends:
            break
        for mend in mends:
            _write(mend)
            files.add(mend.path)
            places += mend.places
        checked = again()
    if not places:
        return checked, "nothing to mend"
    return checked, f"mended {_counted(places, 'place')} in {_counted(len(files), 'file')}"


def _mend(path: Path, shown: str, edits: Sequence[Edit]) -> Mend | None:
    try:
        before = read_exactly(path)
    except (OSError, UnicodeDecodeError):
        return None
    result = mended(before, edits)
    return Mend(path, shown, before, result.text, len(result.made)) if result.made else None


def _write(mend: Mend) -> None:
    try:
        write_exactly(mend.path, mend.after)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise Problem(f"{mend.shown} cannot be written: {reason}.") from error


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
