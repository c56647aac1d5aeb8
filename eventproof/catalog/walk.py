"""Walk: the files of a catalog, in one order on every machine, and none outside its root.

A catalog is input from strangers. A link that leaves the root is refused and said so; a link to a
folder within is not followed, since that folder is read where it stands; a pipe or a device is
never opened, since reading it could wait for ever.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from eventproof.catalog.layout import (
    PAGE_ENDINGS,
    Kind,
    Parts,
    document_kind,
    is_entered,
    is_index,
    kind_of,
)
from eventproof.findings import read_within

FILE_BYTES_MAX = 2 * 1024 * 1024
"""A page longer than this is refused by its size, unread."""


_NOT_A_FILE = "is not an ordinary file"


class TooLargeError(Exception):
    """A page is longer than what is read. Says so in a predicate without its subject."""

    def __init__(self, path: str) -> None:
        size = os.stat(path).st_size  # noqa: PTH116 - a text, as the walk has it
        limit = FILE_BYTES_MAX // 1024 // 1024
        super().__init__(f"has {size:,} bytes; a page of more than {limit} MiB is not read")


@dataclass(frozen=True, slots=True)
class Found:
    """A file or folder that the walk met, and why it cannot be read, if it cannot."""

    parts: Parts
    """Its path relative to the root, taken apart."""
    path: str
    """Absolute."""
    refusal: str | None = None
    """A predicate without its subject, such as `is a symbolic link that leaves the catalog`."""
    kind: Kind | None = None
    """Which resource it is by its place."""
    document: str | None = None
    """Which document it is, such as `changelog`, where it is no resource."""

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

    Raises OSError when it cannot be read, and TooLargeError.
    """
    raw = read_within(found.path, FILE_BYTES_MAX)
    if len(raw) > FILE_BYTES_MAX:
        raise TooLargeError(found.path)
    return raw


def _met(root: Path, file: Parts, entry: os.DirEntry[str]) -> Iterator[Found]:
    """Return the entry, where it is one of the catalog's files or a link that would be."""
    is_page = file[-1].endswith(PAGE_ENDINGS)
    document = document_kind(file) if is_page else None
    kind = kind_of(file) if is_page and not document else None
    wanted = kind is not None or document is not None or is_index(file[-1])
    if entry.is_symlink():
        for path, refusal in _linked(root, file, entry.path, wanted=wanted):
            yield Found(file, path, refusal, kind, document)
    elif wanted:
        # The folder's own listing tells what an entry is: the file need not be asked.
        refusal = None if entry.is_file(follow_symlinks=False) else _NOT_A_FILE
        yield Found(file, entry.path, refusal, kind, document)


def _linked(
    root: Path, file: Parts, link: str, *, wanted: bool
) -> Iterator[tuple[str, str | None]]:
    """Return the path that a link leads to, where it counts, and why it is not read."""
    try:
        target = Path(link).resolve(strict=True)
        inside, is_folder = target.is_relative_to(root), target.is_dir()
    except (OSError, RuntimeError):
        if wanted:
            yield link, "is a symbolic link that leads nowhere"
        return
    if not wanted and not (is_folder and is_entered(file)):
        return
    if not inside:
        yield link, "is a symbolic link that leaves the catalog; it is not followed"
    elif not is_folder:
        yield str(target), None if target.is_file() else _NOT_A_FILE


def _is_true_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
