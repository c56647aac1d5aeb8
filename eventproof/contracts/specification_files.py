"""The files that an OpenAPI or AsyncAPI document is made of, and where its references lead.

A `Place` is a value in one of the files; `Files` reads each file once, inside the catalog only.
Three things could be wrong: a reference leads nowhere, it leads in a circle, or it leads out of
the catalog. Each is an `UnusableError` with its place; nothing is ever fetched.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urldefrag, urlsplit

from eventproof.contracts.keywords import Path as JsonPath
from eventproof.contracts.keywords import at, steps
from eventproof.contracts.references import FILES_LIMIT, NotReadableError
from eventproof.contracts.schema_files import RefusedError, SchemaFile, inside, read_schema_file

_LINKS_MAX = 16
"""How many references may follow each other: more is a circle, or might as well be."""


class Place(NamedTuple):
    """A value in a file."""

    file: str
    """Relative to the catalog's root."""
    path: JsonPath = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """Why something in a document cannot be used, and where."""

    place: Place
    why: str
    reference: str | None = None
    """The `$ref` that leads nowhere, where that is the fault."""


class UnusableError(Exception):
    """Something in a document cannot be used; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.why)
        self.fault = fault


@dataclass(slots=True)
class Files:
    """The files of a catalog's documents, each read once."""

    root: Path
    known: dict[str, SchemaFile] = field(default_factory=dict)

    def value(self, place: Place) -> Any:
        """Return what stands at a place."""
        try:
            return at(self.known[place.file].content, place.path)
        except LookupError as error:
            raise UnusableError(Fault(place, "nothing stands there")) from error

    def target(self, reference: str, holder: Place) -> Place:
        """Return the place that a `$ref` means; `holder` is where it is written."""
        url, fragment = urldefrag(reference)
        try:
            if urlsplit(url).scheme or url.startswith("//"):
                raise NotReadableError("nothing is fetched from a network")
            if fragment and not fragment.startswith("/"):
                raise NotReadableError("it is no JSON pointer")
            place = Place(
                self._read(unquote(url), holder.file) if url else holder.file, steps(fragment)
            )
            at(self.known[place.file].content, place.path)
        except NotReadableError as error:
            raise UnusableError(Fault(holder, str(error), reference)) from error
        except LookupError as error:
            raise UnusableError(Fault(holder, "nothing stands there", reference)) from error
        return place

    def followed(self, place: Place) -> Place:
        """Return the place where the references that begin at a place end."""
        for _ in range(_LINKS_MAX):
            value = self.value(place)
            reference = value.get("$ref") if isinstance(value, dict) else None
            if not isinstance(reference, str):
                return place
            place = self.target(reference, place)
        raise UnusableError(Fault(place, "it leads in a circle", reference))

    def reached(self, file: str, path: JsonPath) -> Place:
        """Return the place at the end of a path, on which every step may be a reference."""
        place = self.followed(Place(file))
        for step in path:
            place = self.followed(Place(place.file, (*place.path, step)))
        return place

    def _read(self, relative: str, file: str) -> str:
        try:
            path = inside(self.root, (self.root / file).parent.as_posix(), relative)
            name = path.removeprefix(self.root.as_posix()).lstrip("/")
            if name not in self.known:
                if len(self.known) >= FILES_LIMIT:
                    raise NotReadableError(f"it leads to more than {FILES_LIMIT} files")
                self.known[name] = read_schema_file(self.root, path)
        except RefusedError as refusal:
            raise NotReadableError(f"the file {refusal.sentence}") from refusal
        return name
