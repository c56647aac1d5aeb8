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
from pathlib import Path, PurePosixPath

from eventproof.catalog.layout import is_entered, is_index, kind_of

FILE_BYTES_MAX = 2 * 1024 * 1024
"""A page longer than this is refused by its size, unread."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file or folder that the walk met, and why it cannot be read, if it cannot."""

    file: PurePosixPath
    """Relative to the root."""
    path: Path
    refusal: str | None = None
    """A predicate without its subject, such as `is a symbolic link that leaves the catalog`."""


def walk(root: Path) -> tuple[Found, ...]:
    """All index files, users and teams below `root`, sorted by path; refused ones among them."""
    found: list[Found] = []
    waiting = [PurePosixPath()]
    while waiting:
        folder = waiting.pop()
        try:
            entries = sorted(os.scandir(root / folder), key=lambda entry: entry.name)
        except OSError as error:
            found.append(Found(folder, root / folder, f"cannot be listed: {_reason(error)}"))
            continue
        for entry in entries:
            if _is_true_folder(entry):
                waiting.extend([folder / entry.name] if is_entered(folder / entry.name) else [])
            else:
                found.extend(_met(root, folder / entry.name, entry))
    return tuple(sorted(found, key=lambda one: one.file.parts))


def read(found: Found) -> bytes:
    """Return the bytes of a file that the walk did not refuse.

    Raises OSError when it cannot be read.
    """
    with found.path.open("rb") as stream:
        # It may have grown since the walk looked at its size; the limit still holds.
        return stream.read(FILE_BYTES_MAX)


def _met(root: Path, file: PurePosixPath, entry: os.DirEntry[str]) -> Iterator[Found]:
    """Return the entry, where it is one of the catalog's files or a link that would be."""
    wanted = is_index(file.name) or kind_of(file) is not None
    if entry.is_symlink():
        yield from _linked(root, file, wanted=wanted)
    elif wanted:
        yield Found(file, root / file, _refusal(root / file))


def _linked(root: Path, file: PurePosixPath, *, wanted: bool) -> Iterator[Found]:
    link = root / file
    try:
        target = link.resolve(strict=True)
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
        yield Found(file, target, _refusal(target))


def _refusal(path: Path) -> str | None:
    try:
        status = path.stat()
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
