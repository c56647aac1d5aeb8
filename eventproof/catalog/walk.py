"""Walk: the files of a catalog, in one order on every machine, and none outside its root.

A catalog is input from strangers. A link that leaves the root is refused and said so; a link to a
folder within is not followed, since that folder is read where it stands; a pipe or a device is
never opened, since reading it could wait for ever.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from eventproof.catalog.layout import (
    PAGE_ENDINGS,
    Parts,
    document_kind,
    is_entered,
    is_index,
    kind_of,
)
from eventproof.findings import read_within

FILE_BYTES_MAX = 2 * 1024 * 1024
"""A page longer than this is refused by its size, unread."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file or folder that the walk met, and why it cannot be read, if it cannot."""

    parts: Parts
    """Its path relative to the root, taken apart."""
    path: str
    """Absolute."""
    refusal: str | None = None
    """A predicate without its subject, such as `is a symbolic link that leaves the catalog`."""

    @property
    def file(self) -> str:
        """Relative to the root, with forward slashes."""
        return "/".join(self.parts)


def walk(root: Path) -> tuple[Found, ...]:
    """All pages below `root` that may be a resource or its document, sorted; refused ones too."""
    found: list[Found] = []
    waiting: list[tuple[Parts, str]] = [((), str(root))]
    while waiting:
        folder, path = waiting.pop()
        try:
            entries = list(os.scandir(path))
        except OSError as error:
            found.append(Found(folder, path, f"cannot be listed: {_reason(error)}"))
            continue
        for entry in entries:
            if _is_true_folder(entry):
                parts = (*folder, entry.name)
                waiting.extend([(parts, entry.path)] if is_entered(parts) else [])
            elif entry.name.endswith(PAGE_ENDINGS) or entry.is_symlink():
                # Most files are schemas and pictures; their ending alone tells.
                found.extend(_met(root, (*folder, entry.name), entry))
    return tuple(sorted(found, key=lambda one: one.parts))


def read(found: Found) -> bytes:
    """Return the bytes of a file that the walk did not refuse.

    Raises OSError when it cannot be read.
    """
    # It may have grown since the walk looked at its size; the limit still holds.
    return read_within(found.path, FILE_BYTES_MAX)


def _is_wanted(file: Parts) -> bool:
    """Whether a file of this name and place is one of the catalog's."""
    if not file[-1].endswith(PAGE_ENDINGS):
        return False
    return is_index(file[-1]) or bool(document_kind(file)) or kind_of(file) is not None


def _met(root: Path, file: Parts, entry: os.DirEntry[str]) -> Iterator[Found]:
    """Return the entry, where it is one of the catalog's files or a link that would be."""
    wanted = _is_wanted(file)
    if entry.is_symlink():
        yield from _linked(root, file, entry.path, wanted=wanted)
    elif wanted:
        yield Found(file, entry.path, _refusal(entry.path))


def _linked(root: Path, file: Parts, link: str, *, wanted: bool) -> Iterator[Found]:
    try:
        target = Path(link).resolve(strict=True)
        inside, is_folder = target.is_relative_to(root), target.is_dir()
    except (OSError, RuntimeError):
        if wanted:
            yield Found(file, link, "is a symbolic link that leads nowhere")
        return
    if not wanted and not (is_folder and is_entered(file)):
        return
    if not inside:
        yield Found(file, link, "is a symbolic link that leaves the catalog; it is not followed")
    elif not is_folder:
        yield Found(file, str(target), _refusal(str(target)))


def _refusal(path: str) -> str | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - a text, as the walk has it
    except OSError as error:
        return f"cannot be read: {_reason(error)}"
    if not stat.S_ISREG(status.st_mode):
        return "is not an ordinary file"
    if status.st_size > FILE_BYTES_MAX:
        limit = FILE_BYTES_MAX // 1024 // 1024
        return f"has {status.st_size:,} bytes; a page of more than {limit} MiB is not read"
    return None


def _is_true_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
