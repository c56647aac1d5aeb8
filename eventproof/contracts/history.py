"""History: a folder as it was at a commit, read from git without touching the checkout.

The objects are read by `git ls-tree` and `git cat-file` and written to a folder of the caller's.
Nothing is checked out, no hook and no filter runs, and nothing is fetched: where a shallow or
partial clone lacks an object, that is said.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from eventproof.findings import Problem, nearest

BLOB_BYTES_MAX = 8 * 1024 * 1024
"""The largest file that is taken: no page or schema that is read may be larger."""

_BATCH_BYTES = 64 * 1024 * 1024
"""How much is held in memory at once, about."""

_LINK, _FILES = "120000", ("100644", "100755")
_REFS_LIMIT = 2_000
_OF_HOOKS = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"})


@dataclass(frozen=True, slots=True)
class _Entry:
    mode: str
    digest: str
    path: str


def tree_at(folder: Path, ref: str, target: Path) -> bool:
    """Write a folder as it was at a ref to `target`; False where it was not there.

    Raises `Problem` in one sentence: no git, no repository, an unknown ref, a clone that is
    shallow or partial.
    """
    root = _root(folder)
    commit = _commit(root, ref)
    inside = folder.resolve().relative_to(root).as_posix()
    prefix = "" if inside == "." else f"{inside}/"
    entries = list(_entries(root, commit, prefix))
    files = [entry for entry in entries if entry.mode in _FILES]
    for entry, content in zip(files, _contents(root, files), strict=True):
        if content is not None:
            path = target / entry.path.removeprefix(prefix)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    links = [entry for entry in entries if entry.mode == _LINK]
    for entry, content in zip(links, _contents(root, links), strict=True):
        _link(target / entry.path.removeprefix(prefix), content)
    return bool(files)


def _root(folder: Path) -> Path:
    """Return the repository that a folder is in."""
    done = _git(folder, "rev-parse", "--show-toplevel")
    if done.returncode == 0:
        return Path(os.fsdecode(done.stdout.rstrip(b"\n"))).resolve()
    said = done.stderr.decode(errors="replace").strip()
    if "not a git repository" in said:
        raise Problem(
            f"{folder} is in no git repository, so that there is no earlier state of it.",
            hint="name a folder to compare with: --against FOLDER.",
        )
    first = said.splitlines()[0] if said else "nothing"
    raise Problem(f"git cannot read the repository of {folder}; it says: {first}")


def _commit(root: Path, ref: str) -> str:
    """Return the commit that a ref means."""
    if not ref or ref.startswith("-"):
        raise Problem(f"`{ref}` is no git ref and no folder.")
    done = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if done.returncode == 0:
        return done.stdout.decode().strip()
    shallow = _git(root, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true"
    if shallow:
        raise Problem(
            f"this clone is shallow and does not have `{ref}`.",
            hint=f"fetch it: git fetch origin {ref}; on a build server check out with full depth.",
        )
    near = nearest(ref, _refs(root))
    raise Problem(
        f"`{ref}` is no git ref and no folder.",
        hint=f"did you mean {near}?" if near else "name a branch, a tag, a commit or a folder.",
    )


def _refs(root: Path) -> list[str]:
    listed = _git(
        root, "for-each-ref", f"--count={_REFS_LIMIT}", "--format=%(refname:short)"
    )  # fmt: skip
    return listed.stdout.decode(errors="replace").splitlines()


def _entries(root: Path, commit: str, prefix: str) -> Iterator[_Entry]:
    """Yield what lies below a folder of a commit."""
    scope = ["--", prefix] if prefix else []
    done = _git(root, "ls-tree", "-r", "-z", "--full-tree", commit, *scope)
    if done.returncode != 0:
        raise _missing(commit)
    for line in done.stdout.split(b"\0"):
        head, _, name = line.partition(b"\t")
        if name:
            mode, _, digest = head.decode().split(" ")
            path = os.fsdecode(name)
            if _is_safe(path):
                yield _Entry(mode, digest, path)


def _is_safe(path: str) -> bool:
    """Whether a path stays inside its folder, which git itself checks on checkout only."""
    pure = PurePosixPath(path)
    return not pure.is_absolute() and not {"..", ".git"} & set(pure.parts) and "\\" not in path


def _contents(root: Path, entries: Sequence[_Entry]) -> Iterator[bytes | None]:
    """Yield the bytes of each entry; None for one that is too large to be read."""
    batch: list[_Entry] = []
    held = 0
    for entry, size in zip(entries, _sizes(root, entries), strict=True):
        if size > BLOB_BYTES_MAX:
            yield from _read(root, batch)
            yield None
            batch, held = [], 0
            continue
        batch.append(entry)
        held += size
        if held > _BATCH_BYTES:
            yield from _read(root, batch)
            batch, held = [], 0
    yield from _read(root, batch)


def _sizes(root: Path, entries: Sequence[_Entry]) -> list[int]:
    asked = "".join(f"{entry.digest}\n" for entry in entries).encode()
    lines = _git(root, "cat-file", "--batch-check", feed=asked).stdout.decode().splitlines()
    sizes = [line.split(" ")[-1] for line in lines]
    if len(sizes) != len(entries) or not all(size.isdigit() for size in sizes):
        raise _missing("a file of it")
    return [int(size) for size in sizes]


def _read(root: Path, entries: Sequence[_Entry]) -> Iterator[bytes]:
    asked = "".join(f"{entry.digest}\n" for entry in entries).encode()
    stream = _git(root, "cat-file", "--batch", feed=asked).stdout if entries else b""
    at = 0
    for _ in entries:
        end = stream.find(b"\n", at)
        size = stream[at:end].rpartition(b" ")[2]
        if end < 0 or not size.isdigit():
            raise _missing("a file of it")
        start = end + 1
        at = start + int(size) + 1
        yield stream[start : at - 1]


def _missing(what: str) -> Problem:
    return Problem(
        f"this clone lacks objects of the commit ({what[:12]}), and nothing is fetched.",
        hint="clone without --filter and --depth, or name a folder: --against FOLDER.",
    )


def _link(path: Path, content: bytes | None) -> None:
    """Make a symbolic link as it was; the catalog's reader refuses one that leads out."""
    if content is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.symlink_to(os.fsdecode(content))
    except (OSError, ValueError):
        return  # a system without links: the file is as good as missing


def _git(
    folder: Path, *arguments: str, feed: bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run git on a folder. Raises `Problem` where there is no git."""
    program = shutil.which("git")
    if program is None:
        raise Problem(
            "git is not installed, so that no earlier state can be read.",
            hint="name a folder to compare with: --against FOLDER.",
        )
    settings = {
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        # A partial clone would fetch what it lacks without being asked.
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
    }
    return subprocess.run(  # noqa: S603 - git with fixed arguments, and a ref that is no option
        [program, "-C", str(folder), *arguments],
        input=feed,
        capture_output=True,
        check=False,
        # Within a hook these name a repository, and an index, of the one who commits.
        env={**{k: v for k, v in os.environ.items() if k not in _OF_HOOKS}, **settings},
    )
