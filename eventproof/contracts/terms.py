"""Terms: how schemas are read when two versions are compared, beyond what they say themselves.

The decision itself is `compare`'s. Where the terms ask for it, the schemas that it is given are
rewritten first: a reader that fills in defaults requires less, and a format that is asserted
becomes the pattern that it stands for. The list of changes stays that of the schemas as written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from eventproof.contracts.avro import Native, compare_avro, native_of
from eventproof.contracts.changes import Change, changes_between
from eventproof.contracts.comparison import Comparison, Direction, Policy, compare
from eventproof.contracts.dialects import upgrade
from eventproof.contracts.keywords import Schema, pointer
from eventproof.contracts.protobuf import (
    CATEGORIES,
    Difference,
    NativeMessage,
    buf_differences,
    compare_protobuf,
    compare_protojson,
    protobuf_of,
)
from eventproof.contracts.reader_defaults import filled
from eventproof.contracts.string_formats import Formats, compare_asserted, formats_in
from eventproof.contracts.validation import UncheckableError, violations

Mode = Literal[
    "backward", "forward", "full", "backward-transitive", "forward-transitive", "full-transitive"
]
"""Which versions must understand which, in the words of schema registries. Transitive: each
version and all before it, else each version and the one before."""

Travel = Literal["wire", "json"]
"""How Protobuf messages travel: as bytes, which have numbers, or as ProtoJSON, which has names."""

MODES: tuple[Mode, ...] = get_args(Mode)

_DIRECTIONS: Mapping[str, tuple[Direction, ...]] = {
    "backward": ("backward",),
    "forward": ("forward",),
    "full": ("backward", "forward"),
}


@dataclass(frozen=True, slots=True)
class Terms:
    """How the schemas are read."""

    policy: Policy = "declared"
    reader_fills_defaults: bool = False
    """Whether a reader puts a property's `default` where the property is missing, and so does not
    require it. A validator does not; many deserialisers do."""
    formats: Formats = "annotation"
    """Whether `format` only informs, which is the standard's default, or is checked as well."""
    protobuf: Travel = "wire"
    """By which rules two Protobuf messages are compared. In JSON a reader passes over names that
    it does not know; under the policy `strict` it refuses them, as Protobuf's parsers do unless
    they are told otherwise."""


def compare_under(
    terms: Terms, *, writer: Schema, reader: Schema, direction: Direction = "backward"
) -> Comparison:
    """Compare what a writer may send with what a reader accepts, under these terms.

    Two contracts in the same native format are compared by the rules of that format.
    """
    sent, reading = native_of(writer), native_of(reader)
    if sent is not None and reading is not None:
        resolved = compare_avro(writer=sent, reader=reading)
        return _by_avro(resolved, writer, reader, terms, direction)
    written, asked = protobuf_of(writer), protobuf_of(reader)
    if written is not None and asked is not None:
        if terms.protobuf == "wire":
            native = compare_protobuf(writer=written, reader=asked)
        else:
            refuses = terms.policy == "strict"
            native = compare_protojson(writer=written, reader=asked, refuses_unknown=refuses)
        old, new = (asked, written) if direction == "forward" else (written, asked)
        rules = buf_differences(old, new)
        return _by_protobuf(native, rules, writer, reader, terms, direction)
    read = as_read(reader, terms)
    compared = compare(writer=writer, reader=read, policy=terms.policy, direction=direction)
    changes = compared.changes
    if read is not reader:
        changes = compare(
            writer=writer, reader=reader, policy=terms.policy, direction=direction
        ).changes
    if terms.formats == "assert" and (formats_in(writer) or formats_in(read)):
        compared = compare_asserted(
            writer=writer, reader=read, policy=terms.policy, direction=direction
        )
    return replace(compared, changes=changes)


def _by_avro(
    native: Native, writer: Any, reader: Any, terms: Terms, direction: Direction
) -> Comparison:
    old, new = (reader, writer) if direction == "forward" else (writer, reader)
    complaints = [
        Change(
            f"avro.{clash.kind.lower().replace('_', '-')}",
            pointer(clash.path),
            clash.message,
            clash.kind,
        )
        for clash in native.clashes
    ]
    shown = native.shown
    return Comparison(
        verdict=native.verdict,
        witness=shown.datum if shown else None,
        changes=(*complaints, *changes_between(old, new)),
        reason=native.reason,
        policy=terms.policy,
        direction=direction,
        encoded=shown.encoded.hex() if shown else None,
        refusals=shown.refused_by if shown else (),
    )


def _by_protobuf(
    native: NativeMessage,
    rules: tuple[Difference, ...],
    writer: Any,
    reader: Any,
    terms: Terms,
    direction: Direction,
) -> Comparison:
    old, new = (reader, writer) if direction == "forward" else (writer, reader)
    complaints = [Change(f"protobuf.{one.kind}", one.where, one.message) for one in native.losses]
    told = {(one.kind, one.path) for one in complaints}
    for one in rules:
        kind = f"protobuf.{one.kind}"
        if (kind, one.where) not in told:
            said = f"{one.message} (buf: {', '.join(CATEGORIES[one.kind])})"
            complaints.append(Change(kind, one.where, said))
    shown = native.shown
    return Comparison(
        verdict=native.verdict,
        witness=shown.datum if shown else None,
        changes=(*complaints, *changes_between(old, new)),
        reason=native.reason,
        policy=terms.policy,
        direction=direction,
        encoded=shown.encoded.hex() if shown and shown.encoded is not None else None,
        refusals=(shown.said,) if shown else (),
    )


def as_read(reader: Schema, terms: Terms) -> Schema:
    """Return the reader's schema as the terms have it; the very same where they change nothing."""
    if not terms.reader_fills_defaults:
        return reader
    upgraded = upgrade(reader)
    relaxed = filled(upgraded)
    return reader if relaxed == upgraded else relaxed


def rejections(
    reader: Schema, compared: Comparison, terms: Terms, *, limit: int = 3
) -> tuple[str, ...]:
    """Say why a reader rejects a witness; empty where the reason cannot be told in words."""
    if compared.refusals:
        return compared.refusals
    schema = as_read(reader, terms)
    if not isinstance(schema, dict):
        return ()
    try:
        return violations(schema, compared.witness, limit)
    except UncheckableError:
        return ()


def directions(mode: Mode) -> tuple[Direction, ...]:
    """Return the directions that a mode asks for, backward first."""
    return _DIRECTIONS[mode.removesuffix("-transitive")]


def is_transitive(mode: Mode) -> bool:
    """Whether a mode asks for all earlier versions, not only for the one before."""
    return mode.endswith("-transitive")
