"""Edits: a mend that cannot be wrong, as a replacement of a few characters where they stand.

A rule that knows how to mend what it found gives its finding an `Edit`. The text around it is
never parsed and written again, so that comments, quotes and line ends stay as they are. What
could go wrong is kept out thus: an edit names the characters that it expects, and where they do
not stand there it is left alone; edits that touch each other are not made in one go; and a file is
written whole beside the old one and renamed over it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from eventproof.findings.escaping import printable

_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What YAML counts as the end of a line, since the places of edits come from its marks."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Replaces the text `before`, which begins at a line and column, by `after`."""

    path: Path
    """The file itself; findings show it as the user typed it."""
    line: int
    """Counts from 1, as in the finding's location."""
    column: int
    """In characters, counts from 1."""
    before: str
    """The exact text that must stand there; within one line."""
    after: str


@dataclass(frozen=True, slots=True)
class Mended:
    """A text after its edits, and which of them were made."""

    text: str
    made: tuple[Edit, ...] = ()


def mended(text: str, edits: Iterable[Edit]) -> Mended:
    """Make the edits in a text. Those that do not fit, or touch an earlier one, are left out."""
    starts = _line_starts(text)
    wanted = {(_offset(starts, edit), edit.before): edit for edit in edits if edit.before}
    pieces: list[str] = []
    made: list[Edit] = []
    end = 0
    for (start, before), edit in sorted(wanted.items(), key=lambda item: item[0]):
        if start >= end and text.startswith(before, start):
            pieces += (text[end:start], edit.after)
            made.append(edit)
            end = start + len(before)
    return Mended("".join((*pieces, text[end:])), tuple(made))


def difference(name: str, before: str, after: str) -> str:
    """Return a unified diff of a text and its mend, safe to print; empty where nothing changed."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{name}", f"b/{name}"
    )
    return "".join(_shown(line) for line in lines)


def read_exactly(path: Path) -> str:
    """Return a file's text with its line ends and byte order mark.

    Raises OSError, and UnicodeDecodeError for what is not UTF-8.
    """
    return path.read_bytes().decode()


_NEW_FILE_MODE = 0o644
"""Of a file that was not there: a temporary file's own mode lets nobody else read it."""


def write_exactly(path: Path, text: str) -> None:
    """Write a whole file or nothing, and keep its permissions. Raises OSError."""
    import shutil
    import tempfile

    # The name is random and the file new, so that a link laid in its way is not followed.
    with tempfile.NamedTemporaryFile("wb", dir=path.parent, delete=False) as stream:
        beside = Path(stream.name)
        try:
            stream.write(text.encode())
            stream.flush()
            if path.exists():
                shutil.copymode(path, beside)
            else:
                beside.chmod(_NEW_FILE_MODE)
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise


def _shown(line: str) -> str:
    """Return one line of a diff with its line end; what a terminal would obey is made visible."""
    words, end = line.rstrip("\r\n"), line[len(line.rstrip("\r\n")) :]
    shown = "\t".join(printable(part) for part in words.split("\t"))
    return f"{shown}{end}" if end else f"{shown}\n\\ No newline at end of file\n"


def _line_starts(text: str) -> Sequence[int]:
    return (0, *(match.end() for match in _LINE_END.finditer(text)))


def _offset(starts: Sequence[int], edit: Edit) -> int:
    """Return where an edit begins; beyond the text for a line that it does not have."""
    beyond = starts[-1] + edit.column
    return starts[edit.line - 1] + edit.column - 1 if 0 < edit.line <= len(starts) else beyond
