"""Reader: a folder into a `Catalog`. Never raises on content: what is broken becomes a finding."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from eventproof.catalog.catalog import Catalog
from eventproof.catalog.fields import Fault, Place, resource_of
from eventproof.catalog.frontmatter import Mark, Page, PageError, parse, place
from eventproof.catalog.layout import (
    COLLECTIONS,
    PEOPLE,
    Kind,
    format_of,
    is_index,
    kind_of,
    owner_folder,
)
from eventproof.catalog.legacy import with_parties
from eventproof.catalog.resources import Resource
from eventproof.catalog.rules import (
    cat101_unreadable_file,
    cat102_broken_frontmatter,
    cat103_missing_field,
    cat104_version_not_a_string,
)
from eventproof.catalog.walk import Found, read, walk
from eventproof.findings import Finding, Location, Problem, Rule, nearest

_UNREADABLE = cat101_unreadable_file.RULE
_BROKEN = cat102_broken_frontmatter.RULE
_MISSING = cat103_missing_field.RULE
_UNQUOTED = cat104_version_not_a_string.RULE


@dataclass(frozen=True, slots=True)
class _Read:
    """A file as far as it could be read: its page, or why there is none."""

    found: Found
    kind: Kind | None
    raw: bytes = b""
    text: str = ""
    page: Page | None = None
    trouble: tuple[Rule, PageError] | None = None


def load(path: Path | str) -> Catalog:
    """Read the catalog at `path`, or in the folder `catalog` of the project at `path`.

    Raises Problem when there is no such folder, and on nothing that the folder holds.
    """
    typed = _catalog_folder(Path(path))
    root, shown = typed.resolve(), _shown(typed)
    files = [_read(found) for found in walk(root)]
    layout = format_of(
        (one.kind.type, one.page.metadata, one.found.file.name)
        for one in files
        if one.page and one.kind
    )
    resources: list[Resource] = []
    problems: list[Finding] = []
    pages: list[str] = []
    for one in files:
        if _is_page(one, layout):
            pages.append(_file(shown, one.found))
        else:
            _take(one, shown, layout, resources, problems)
    return Catalog(
        root=root,
        shown=shown,
        layout=layout,
        resources=with_parties(resources) if layout in ("v1", "hybrid") else tuple(resources),
        files=sum(is_index(one.found.file.name) for one in files),
        problems=tuple(problems),
        digest=_digest(files),
        pages=tuple(pages),
    )


def _catalog_folder(path: Path) -> Path:
    """Return the folder that is the catalog. Raises Problem when there is none."""
    try:
        if path.is_dir():
            inner = path / "catalog"
            return inner if inner.is_dir() and not _looks_like_catalog(path) else path
        exists = path.exists()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Problem(f"{_printable(str(path))} cannot be read: {reason.lower()}.") from error
    if exists:
        raise Problem(f"{path} is a file; a catalog is a folder.", hint=f"Try {path.parent}.")
    meant = nearest(path.name, _folders_in(path.parent))
    hint = f"Did you mean {path.parent / meant}?" if meant else "Give the folder of a catalog."
    raise Problem(f"There is no folder {_printable(str(path))}.", hint=hint)


def _folders_in(path: Path) -> list[str]:
    try:
        return [entry.name for entry in os.scandir(path) if entry.is_dir()]
    except (OSError, ValueError):
        return []


def _looks_like_catalog(path: Path) -> bool:
    return any((path / name).is_dir() for name in COLLECTIONS) or any(
        path.glob("eventcatalog.config.*")
    )


def _read(found: Found) -> _Read:
    """Read one file; whatever is wrong with it stays with it."""
    kind = kind_of(found.file)
    if found.refusal:
        return _Read(found, kind, trouble=(_UNREADABLE, PageError(found.refusal)))
    try:
        raw = read(found)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        return _Read(found, kind, trouble=(_UNREADABLE, PageError(f"cannot be read: {reason}")))
    try:
        text = _decoded(raw)
    except PageError as broken:
        return _Read(found, kind, raw, trouble=(_UNREADABLE, broken))
    try:
        return _Read(found, kind, raw, text, parse(text))
    except PageError as broken:
        return _Read(found, kind, raw, text, trouble=(_BROKEN, broken))


def _decoded(raw: bytes) -> str:
    """Return the text of a page. Raises PageError for bytes that are no text."""
    if b"\x00" in raw:
        line = raw[: raw.index(b"\x00")].count(b"\n") + 1
        raise PageError("holds NUL bytes and is no text", Mark(line, 1))
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise PageError(f"is not UTF-8 at byte {error.start}", Mark(line, 1)) from error


def _is_page(one: _Read, layout: str) -> bool:
    """Whether a file that was met is no resource after all."""
    if one.found.refusal:
        return False
    if one.kind is None:
        return True
    if layout == "v1" and one.kind.type in PEOPLE.values() and is_index(one.found.file.name):
        return True
    # EventCatalog would not read it there; it is a resource only if it says so itself.
    return not one.kind.certain and not (one.page and {"id", "name"} <= set(one.page.metadata))


def _take(
    one: _Read, shown: str, layout: str, resources: list[Resource], problems: list[Finding]
) -> None:
    """Add what a file holds to the resources, and what is amiss to the problems."""
    file = _file(shown, one.found)
    if one.trouble or not one.page or not one.kind:
        rule, broken = one.trouble or (_UNREADABLE, PageError("cannot be read"))
        problems.append(
            rule.finding(f"{file} {broken.sentence}.", location=_at(file, broken.mark))
        )
        return
    where = Place(
        type=one.kind.type,
        file=file,
        path=one.found.path,
        folder=_name_of(one),
        by_name=layout == "v1",
    )
    resource, faults = resource_of(one.page, where)
    resources.append(resource)
    problems.extend(_repeated(resource, one.page))
    problems.extend(_finding(resource, fault, one) for fault in faults)


def _name_of(one: _Read) -> str:
    file = one.found.file
    name = owner_folder(file) if is_index(file.name) else file.stem
    return _printable(name)


def _repeated(resource: Resource, page: Page) -> Iterator[Finding]:
    for key, mark in page.repeated:
        yield _BROKEN.finding(
            f"{resource} writes the key {key} twice; EventCatalog refuses the page.",
            location=_at(resource.file, mark),
            resource=resource.ref,
            about=key,
            details=["It was read with the last of them."],
        )


def _finding(resource: Resource, fault: Fault, one: _Read) -> Finding:
    rule = _UNQUOTED if fault.is_version else _MISSING
    return rule.finding(
        f"{resource} {fault.sentence}.",
        location=_at(resource.file, place(one.text, fault.path)),
        resource=resource.ref,
        about=".".join(str(step) for step in fault.path),
    )


def _at(file: str, mark: Mark | None) -> Location:
    return Location(file, mark.line, mark.column) if mark else Location(file)


def _shown(typed: Path) -> str:
    text = _printable(PurePath(typed).as_posix())
    return "" if text == "." else text


def _file(shown: str, found: Found) -> str:
    inside = _printable(found.file.as_posix())
    return f"{shown.rstrip('/')}/{inside}" if shown else inside


def _printable(path: str) -> str:
    """Return a path that any stream can print: a name may hold bytes that are no UTF-8."""
    return os.fsencode(path).decode(errors="replace")


def _digest(files: list[_Read]) -> str:
    total = hashlib.sha256()
    for one in files:
        total.update(os.fsencode(one.found.file.as_posix()))
        # Lengths keep two catalogs apart whose paths and bytes run together alike.
        total.update(b"\x00%d\x00" % len(one.raw))
        total.update(one.raw)
    return total.hexdigest()
