"""OpenAPI and AsyncAPI documents that the catalog's pages name, and what messages they speak of.

Read within the same limits as schemas, inside the catalog only. AsyncAPI 2 says `publish` where
its application receives, and half of the world reads it the other way round; so its directions
are not taken from there. AsyncAPI 3 says `send` and `receive`, which nobody misreads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

from eventproof.contracts.keywords import Path as JsonPath
from eventproof.contracts.keywords import at, steps
from eventproof.contracts.schema_files import RefusedError, SchemaFile, inside, read_schema_file
from eventproof.contracts.vocabulary import spelled

if TYPE_CHECKING:
    from eventproof.catalog import Catalog, Resource

Kind = Literal["asyncapi", "openapi", "graphql"]
Role = Literal["sends", "receives"]

_KEYS: Mapping[str, Kind] = {
    "openapiPath": "openapi", "asyncapiPath": "asyncapi", "graphqlPath": "graphql",
}  # fmt: skip
_MARKS: Mapping[str, Kind] = {"asyncapi": "asyncapi", "openapi": "openapi", "swagger": "openapi"}
_ROLES: Mapping[str, Role] = {"send": "sends", "receive": "receives"}
_NOTHING = SchemaFile("", "", None)
_METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace", "query")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message or operation that a document speaks of."""

    label: str
    """How the document calls it; empty where it gives it no name of its own."""
    names: tuple[str, ...]
    """Every name that it has there: keys, titles, operation ids."""
    path: JsonPath
    role: Role | None = None
    """What the application does with it, where the document says so beyond doubt."""


@dataclass(frozen=True, slots=True)
class Specification:
    """One document that a page names, read or refused."""

    owner: Resource
    kind: Kind
    """What it is; what the page says of it where it cannot be read."""
    named: Kind
    """What the page says that it is."""
    file: str
    """As the page writes it."""
    shown: str
    """As the user would type it."""
    place: tuple[str | int, ...]
    """Where the page names it."""
    read: SchemaFile = field(default=_NOTHING, repr=False)
    """What it holds; nothing where it cannot be read."""
    spoken: tuple[Spoken, ...] = ()
    trouble: RefusedError | None = None

    @property
    def name(self) -> str:
        """The file relative to the catalog's root."""
        return self.read.name

    @property
    def text(self) -> str:
        """The document as it is written."""
        return self.read.text


@dataclass(slots=True)
class Specifications:
    """The OpenAPI and AsyncAPI documents of a catalog that lie inside it, each read when needed.

    A file that is missing, or that lies elsewhere, is not among them.
    """

    catalog: Catalog
    known: dict[str, tuple[Specification, ...]] = field(default_factory=dict)
    """By the file of the page that names them."""
    named: tuple[Resource, ...] | None = None

    @property
    def owners(self) -> tuple[Resource, ...]:
        """The resources whose pages name a document."""
        if self.named is None:
            owners = (one for one in self.catalog.resources if next(_entries(one), None))
            self.named = tuple(owners)
        return self.named

    @property
    def all(self) -> tuple[Specification, ...]:
        """Every document, in the order of the pages."""
        return tuple(document for owner in self.owners for document in self.of(owner))

    def of(self, owner: Resource) -> tuple[Specification, ...]:
        """Return the documents that one page names."""
        if owner.file not in self.known:
            read = (_read(self.catalog, owner, *entry) for entry in _entries(owner))
            self.known[owner.file] = tuple(one for one in read if one is not None)
        return self.known[owner.file]


def _entries(owner: Resource) -> Iterator[tuple[Kind, str, tuple[str | int, ...]]]:
    """Yield the kind, file and place of each document, from an object or a list of them."""
    said = owner.frontmatter.get("specifications")
    if isinstance(said, dict):
        for key, kind in _KEYS.items():
            if _is_local(said.get(key)):
                yield kind, said[key].strip(), ("specifications", key)
    for index, entry in enumerate(said if isinstance(said, list) else []):
        named = entry.get("type") if isinstance(entry, dict) else None
        for kind in _KEYS.values():
            if kind == named and _is_local(entry.get("path")):
                yield kind, entry["path"].strip(), ("specifications", index, "path")


def _is_local(path: Any) -> bool:
    return isinstance(path, str) and bool(path.strip()) and "://" not in path


def _read(
    catalog: Catalog, owner: Resource, named: Kind, file: str, place: tuple[str | int, ...]
) -> Specification | None:
    if named == "graphql":
        return None
    shown = PurePosixPath(owner.file).parent.joinpath(file).as_posix()
    try:
        path = inside(catalog.root, owner.folder, file)
        read = read_schema_file(catalog.root, path)
        kind = kind_of(read.content)
    except RefusedError as refusal:
        if refusal.kind == "missing":
            return None
        return Specification(owner, named, named, file, shown, place, trouble=refusal)
    spoken = _asyncapi(read.content) if kind == "asyncapi" else _openapi(read.content)
    return Specification(owner, kind, named, file, shown, place, read, tuple(spoken))


def kind_of(content: Any) -> Kind:
    """Return what a document is. Raises `RefusedError` for one that is neither."""
    for key, kind in _MARKS.items():
        if isinstance(content, dict) and key in content:
            return kind
    raise RefusedError("broken", "says neither openapi nor asyncapi at its top")


def _asyncapi(document: dict[str, Any]) -> Iterator[Spoken]:
    version = str(document.get("asyncapi"))
    channels = _mapping(document.get("channels"))
    if version.startswith("3"):
        operations = _mapping(document.get("operations"))
        if not operations:
            for key, channel in channels.items():
                yield from _channel_messages(document, ("channels", key), channel, [], None)
        for key, written in operations.items():
            yield from _operation(document, key, written)
        return
    for key, channel in channels.items():
        for verb in ("publish", "subscribe"):
            operation = _mapping(_mapping(_followed(document, channel)[0]).get(verb))
            if operation:
                names = [key, operation.get("operationId")]
                yield from _said(document, ("channels", key, verb), operation, names)


def _operation(document: dict[str, Any], key: str, written: Any) -> Iterator[Spoken]:
    """Yield the messages of an operation of AsyncAPI 3: those it lists, or all of its channel."""
    operation = _mapping(_followed(document, written)[0])
    role = _ROLES.get(str(operation.get("action")))
    listed = operation.get("messages")
    path: JsonPath = ("operations", key)
    if isinstance(listed, list):
        # An operation's own name stands for its message only where there is no second one.
        names = [key, operation.get("title")] if len(listed) == 1 else []
        for index, message in enumerate(listed):
            yield from _message(document, (*path, "messages", index), message, names, role)
    else:
        channel, place = _followed(document, operation.get("channel"))
        messages = _mapping(_mapping(channel).get("messages"))
        names = [key, operation.get("title")] if len(messages) == 1 else []
        yield from _channel_messages(document, place or path, channel, names, role)


def _channel_messages(
    document: dict[str, Any], path: JsonPath, channel: Any, names: list[Any], role: Role | None
) -> Iterator[Spoken]:
    for key, message in _mapping(_mapping(channel).get("messages")).items():
        place = (*path, "messages", key)
        yield from _message(document, place, message, [key, *names], role)


def _said(
    document: dict[str, Any], path: JsonPath, operation: Mapping[str, Any], names: list[Any]
) -> Iterator[Spoken]:
    """Yield the messages of an operation of AsyncAPI 2: one, or several under `oneOf`."""
    message = operation.get("message")
    several = _mapping(message).get("oneOf")
    if isinstance(several, list):
        for index, one in enumerate(several):
            yield from _message(document, (*path, "message", "oneOf", index), one, [], None)
    elif message is not None:
        yield from _message(document, (*path, "message"), message, names, None)


def _message(
    document: dict[str, Any], path: JsonPath, written: Any, names: list[Any], role: Role | None
) -> Iterator[Spoken]:
    message, place = _followed(document, written)
    own = _mapping(message)
    key = place[-1] if place else (path[-1] if path[-2:-1] == ("messages",) else None)
    found = (own.get("name"), key, own.get("messageId"), own.get("title"), *names)
    texts = tuple(dict.fromkeys(one for one in found if isinstance(one, str) and spelled(one)))
    if texts:
        yield Spoken(texts[0], texts, path, role)


def _openapi(document: dict[str, Any]) -> Iterator[Spoken]:
    for address, item in _mapping(document.get("paths")).items():
        for method in _METHODS:
            operation = _mapping(_mapping(_followed(document, item)[0]).get(method))
            if operation:
                found = (operation.get("operationId"), operation.get("summary"))
                names = tuple(one for one in found if isinstance(one, str) and spelled(one))
                label = found[0] if isinstance(found[0], str) else ""
                yield Spoken(label, names, ("paths", address, method))


def _followed(document: dict[str, Any], value: Any) -> tuple[Any, JsonPath]:
    """Return what a local `$ref` means and where it stands; other files are only named."""
    path: JsonPath = ()
    for _ in range(8):  # more in a row is a circle, or might as well be
        reference = value.get("$ref") if isinstance(value, dict) else None
        if not isinstance(reference, str):
            break
        path = steps(reference.partition("#")[2]) or (PurePosixPath(reference).stem,)
        if not reference.startswith("#"):
            return None, path
        try:
            value = at(document, path)
        except LookupError:
            return None, path
    return value, path


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
