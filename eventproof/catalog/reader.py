"""Reader: a folder into a `Catalog`. Never raises on content: what is broken becomes a finding.

Files are read one after the other, and only what a resource keeps stays in memory. A resource is
made when all are read, since the format that a catalog is written in shows only in the whole.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from eventproof.catalog.catalog import Catalog
from eventproof.catalog.config_file import (
    core_version,
    dependencies_in,
    find_config,
    read_config,
    users_in,
)
from eventproof.catalog.fields import Fault, Place, resource_of
from eventproof.catalog.frontmatter import Page
from eventproof.catalog.layout import (
    COLLECTIONS,
    PEOPLE,
    format_of,
    is_index,
    name_of,
)
from eventproof.catalog.legacy import with_parties
from eventproof.catalog.locating import Locator, location
from eventproof.catalog.pages import ReadPage, read_page
from eventproof.catalog.resources import Dependency, Document, Resource
from eventproof.catalog.rules import (
    cat102_broken_frontmatter,
    cat103_missing_field,
    cat104_version_not_a_string,
)
from eventproof.catalog.walk import walk
from eventproof.findings import Edit, Finding, Location, Problem, nearest

_BROKEN = cat102_broken_frontmatter.RULE
_MISSING = cat103_missing_field.RULE
_UNQUOTED = cat104_version_not_a_string.RULE

_OLD_FORMATS = ("v1", "hybrid")


@dataclass(slots=True)
class _Taken:
    """What the files hold, sorted out."""

    resources: list[Resource] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    problems: list[Finding] = field(default_factory=list)
    locator: Locator = field(default_factory=Locator)


def load(path: Path | str) -> Catalog:
    """Read the catalog at `path`, or in the folder `catalog` of the project at `path`.

    Raises Problem when there is no such folder, and on nothing that the folder holds.
    """
    typed = _catalog_folder(Path(path))
    root, shown = typed.resolve(), _shown(typed)
    digest = hashlib.sha256()
    files = [read_page(found, digest) for found in walk(root)]
    layout = format_of(
        (one.found.kind.type, one.page.metadata, one.found.parts[-1])
        for one in files
        if one.page and one.found.kind
    )
    taken = _Taken()
    for one in files:
        _take(one, shown, layout, taken)
    dependencies = _configured(root, shown, layout, taken)
    return Catalog(
        root=root,
        shown=shown,
        layout=layout,
        resources=_completed(taken.resources, layout),
        files=sum(is_index(one.found.parts[-1]) for one in files),
        problems=tuple(taken.problems),
        digest=digest.hexdigest(),
        pages=tuple(taken.pages),
        documents=tuple(taken.documents),
        dependencies=dependencies,
        core=core_version(root),
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


def _is_page(one: ReadPage, layout: str) -> bool:
    """Whether a file that was met is no resource after all."""
    kind = one.found.kind
    if one.found.refusal:
        return False
    if kind is None:
        return True
    if layout == "v1" and kind.type in PEOPLE.values() and is_index(one.found.parts[-1]):
        return True
    # EventCatalog would not read it there; it is a resource only if it says so itself.
    return not kind.certain and not (one.page and {"id", "name"} <= set(one.page.metadata))


def _take(one: ReadPage, shown: str, layout: str, taken: _Taken) -> None:
    """Add what a file holds to the resources, and what is amiss to the problems."""
    found = one.found
    file = _file(shown, found.file)
    if not found.document and _is_page(one, layout):
        # Of loose files, only those count that say of themselves what they are.
        taken.pages.extend([file] if is_index(found.parts[-1]) else [])
    elif one.trouble:
        trouble, at = one.trouble, location(file, one.trouble.mark)
        taken.problems.append(trouble.rule.finding(f"{file} {trouble.sentence}.", location=at))
    elif found.document and (page := one.page):
        document = Document(found.document, file, found.path, page.metadata, page.body)
        taken.documents.append(document)
    elif found.kind and one.page:
        folder = _printable(name_of(found.parts))
        place = Place(found.kind.type, file, found.path, folder, by_name=layout == "v1")
        _take_resource(one.page, place, taken)


def _take_resource(page: Page, place: Place, taken: _Taken) -> None:
    resource, faults = resource_of(page, place)
    taken.resources.append(resource)
    taken.problems.extend(_repeated(resource, page))
    taken.problems.extend(_finding(resource, fault, taken.locator) for fault in faults)


def _configured(root: Path, shown: str, layout: str, taken: _Taken) -> tuple[Dependency, ...]:
    """Add the users that the configuration names, and return what it takes from elsewhere."""
    path = find_config(root)
    if path is None:
        return ()
    config = read_config(path)
    if layout in _OLD_FORMATS:
        file = _file(shown, path.name)
        taken.resources.extend(_user(user, file, path) for user in users_in(config))
    return tuple(dependencies_in(config))


def _user(said: dict[str, Any], file: str, path: Path) -> Resource:
    name = said.get("name")
    return Resource(
        type="user",
        id=said["id"],
        version=None,
        name=name if isinstance(name, str) else said["id"],
        file=file,
        absolute=str(path),
        frontmatter=said,
    )


def _completed(resources: list[Resource], layout: str) -> tuple[Resource, ...]:
    in_order = sorted(resources, key=lambda one: one.file.split("/"))
    return with_parties(in_order) if layout in _OLD_FORMATS else tuple(in_order)


def _repeated(resource: Resource, page: Page) -> Iterator[Finding]:
    for key, mark in page.repeated:
        yield _BROKEN.finding(
            f"{resource} writes the key {key} twice; EventCatalog refuses the page.",
            location=location(resource.file, mark),
            resource=resource.ref,
            about=key,
            details=["It was read with the last of them."],
        )


def _finding(resource: Resource, fault: Fault, locator: Locator) -> Finding:
    rule = _UNQUOTED if fault.is_version else _MISSING
    return rule.finding(
        f"{resource} {fault.sentence}.",
        location=_place_of(resource, fault, locator),
        resource=resource.ref,
        about=".".join(str(step) for step in fault.path),
        edit=_quoting(resource, fault),
    )


def _place_of(resource: Resource, fault: Fault, locator: Locator) -> Location:
    if fault.mark:
        return location(resource.file, fault.mark)
    return locator.locate(resource.absolute, resource.file, fault.path)


def _quoting(resource: Resource, fault: Fault) -> Edit | None:
    """Return the edit that puts quotes around a scalar which should be text."""
    if fault.mark is None or not fault.written:
        return None
    mark = fault.mark
    return Edit(resource.path, mark.line, mark.column, fault.written, f'"{fault.written}"')


def _shown(typed: Path) -> str:
    text = _printable(PurePath(typed).as_posix())
    return "" if text == "." else text


def _file(shown: str, file: str) -> str:
    inside = _printable(file)
    return f"{shown.rstrip('/')}/{inside}" if shown else inside


def _printable(path: str) -> str:
    """Return a path that any stream can print: a name may hold bytes that are no UTF-8."""
    return path if path.isascii() else os.fsencode(path).decode(errors="replace")
