"""Schema resolution: what a reader's schema cannot read of what a writer's schema writes.

The rules are those of the section "Schema Resolution" of Avro's specification. A clash names the
reader's complaint in the words of Avro's own checker, and the way through the writer's datum that
leads to it, so that a datum can be built which shows it. Where a writer's type refers to itself, a
pair of types is taken to resolve while it is being looked at; a clash would be found elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from eventproof.contracts.avro.schema import (
    Array,
    AvroSchema,
    Enum,
    Fixed,
    Map,
    Named,
    Node,
    Primitive,
    Record,
    Union,
    short,
)

_PROMOTIONS = {
    "int": {"long", "float", "double"},
    "long": {"float", "double"},
    "float": {"double"},
    "string": {"bytes"},
    "bytes": {"string"},
}
"""What a writer's primitive may be read as, besides itself."""

Step = str | int
"""A field's name, `items`, `values`, or the number of a union's branch."""


@dataclass(frozen=True, slots=True)
class Clash:
    """Something that a writer may write and a reader cannot read."""

    kind: str
    """A type of Avro's SchemaCompatibility: `READER_FIELD_MISSING_DEFAULT_VALUE` and so on."""
    path: tuple[Step, ...]
    """The way through the writer's datum."""
    message: str
    symbol: str | None = None
    """The enum symbol that is not known."""


def clashes(writer: AvroSchema, reader: AvroSchema) -> tuple[Clash, ...]:
    """Return what stands in the way of reading; empty where every datum can be read."""
    return tuple(_Resolving(writer, reader).nodes(writer.root, reader.root, ()))


@dataclass(slots=True)
class _Resolving:
    writer: AvroSchema
    reader: AvroSchema
    entered: set[tuple[str, str]] = field(default_factory=set)
    """Pairs of full names that were met."""

    def nodes(self, wrote: Node, reads: Node, path: tuple[Step, ...]) -> Iterator[Clash]:
        sent, read = self.writer.at(wrote), self.reader.at(reads)
        if isinstance(sent, Union):
            for index, branch in enumerate(sent.branches):
                yield from self.nodes(branch, reads, (*path, index))
        elif isinstance(read, Union):
            yield from self._into_union(wrote, read, path)
        elif isinstance(sent, Array) and isinstance(read, Array):
            yield from self.nodes(sent.items, read.items, (*path, "items"))
        elif isinstance(sent, Map) and isinstance(read, Map):
            yield from self.nodes(sent.values, read.values, (*path, "values"))
        elif isinstance(sent, Record | Enum | Fixed) and type(sent) is type(read):
            yield from self._named(sent, read, path)
        elif not _is_promoted(sent, read):
            sentence = f"a reader of {_shown(read)} cannot read {_shown(sent)}"
            yield Clash("TYPE_MISMATCH", path, sentence)

    def _into_union(self, wrote: Node, read: Union, path: tuple[Step, ...]) -> Iterator[Clash]:
        """The first branch that the writer's type resolves against is taken."""
        for branch in read.branches:
            tried = _Resolving(self.writer, self.reader, set(self.entered))
            if next(tried.nodes(wrote, branch, path), None) is None:
                return
        sent = self.writer.at(wrote)
        same = [b for b in read.branches if type(self.reader.at(b)) is type(sent)]
        if len(same) == 1 and not isinstance(sent, Primitive):
            yield from self.nodes(wrote, same[0], path)
            return
        sentence = f"no branch of the reader's union can read {_shown(sent)}"
        yield Clash("MISSING_UNION_BRANCH", path, sentence)

    def _named(self, sent: Named, read: object, path: tuple[Step, ...]) -> Iterator[Clash]:
        assert isinstance(read, Record | Enum | Fixed)
        if (sent.name, read.name) in self.entered:
            return
        self.entered.add((sent.name, read.name))
        names = {short(read.name), *(short(alias) for alias in read.aliases)}
        if short(sent.name) not in names:
            sentence = f"{sent.name} is read as {read.name}, which is another name"
            yield Clash("NAME_MISMATCH", path, sentence)
        if isinstance(sent, Record) and isinstance(read, Record):
            yield from self._fields(sent, read, path)
        elif isinstance(sent, Enum) and isinstance(read, Enum):
            yield from _symbols(sent, read, path)
        elif isinstance(sent, Fixed) and isinstance(read, Fixed) and sent.size != read.size:
            sentence = f"{read.name} has {read.size} bytes, and {sent.size} are written"
            yield Clash("FIXED_SIZE_MISMATCH", path, sentence)
        self.entered.discard((sent.name, read.name))

    def _fields(self, sent: Record, read: Record, path: tuple[Step, ...]) -> Iterator[Clash]:
        written = {one.name: one for one in sent.fields}
        for one in read.fields:
            name = next((n for n in (one.name, *one.aliases) if n in written), None)
            if name is not None:
                yield from self.nodes(written[name].type, one.type, (*path, name))
            elif not one.has_default:
                sentence = f"{read.name} has the field {one.name} without a default, "
                yield Clash(
                    "READER_FIELD_MISSING_DEFAULT_VALUE",
                    path,
                    f"{sentence}and the writer has no such field",
                )


def _symbols(sent: Enum, read: Enum, path: tuple[Step, ...]) -> Iterator[Clash]:
    if read.default is None:
        for symbol in sent.symbols:
            if symbol not in read.symbols:
                sentence = f"{read.name} has no symbol {symbol}, and no default"
                yield Clash("MISSING_ENUM_SYMBOLS", path, sentence, symbol)


def _is_promoted(sent: object, read: object) -> bool:
    if not (isinstance(sent, Primitive) and isinstance(read, Primitive)):
        return False
    return sent.kind == read.kind or read.kind in _PROMOTIONS.get(sent.kind, ())


def _shown(node: object) -> str:
    match node:
        case Primitive(kind):
            return kind
        case Record(name) | Enum(name) | Fixed(name):
            return name
    return type(node).__name__.lower()
