"""Two Protobuf messages: proved readable as they travel, refuted by a message, or unknown.

They travel as bytes or as JSON, and the rules of that prove that a reader sees each field that it
shares with the writer as it was written. What they complain of counts as a break only with a
message that Protobuf's own runtime refuses, or reads with something lost or changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from eventproof.contracts.protobuf.buf_rules import Difference, differences
from eventproof.contracts.protobuf.compiling import ProtobufSchema
from eventproof.contracts.protobuf.datum import Shown, shown
from eventproof.contracts.protobuf.json_datum import shown_in_json
from eventproof.contracts.protobuf.protojson import json_losses
from eventproof.contracts.protobuf.wire import Loss, losses


def buf_differences(old: ProtobufSchema, new: ProtobufSchema) -> tuple[Difference, ...]:
    """Return what `buf breaking` says of a newer message; it explains, and decides nothing."""
    return differences(old.descriptor(), new.descriptor())


@dataclass(frozen=True, slots=True)
class NativeMessage:
    """What Protobuf's own rules say of a writer and a reader."""

    verdict: Literal["compatible", "breaking", "unknown"]
    losses: tuple[Loss, ...]
    shown: Shown | None = None
    """The message, of a break."""
    reason: str | None = None
    """Why the verdict is unknown."""


def compare_protobuf(*, writer: ProtobufSchema, reader: ProtobufSchema) -> NativeMessage:
    """Compare by the rules of the wire format, and confirm a break by its bytes."""
    sent, read = writer.descriptor(), reader.descriptor()
    found = losses(sent, read)
    return _confirmed(found, (shown(sent, read, loss) for loss in found))


def compare_protojson(
    *, writer: ProtobufSchema, reader: ProtobufSchema, refuses_unknown: bool
) -> NativeMessage:
    """Compare by the rules of ProtoJSON, and confirm a break by its text.

    `refuses_unknown` is whether the reader's parser refuses names that it does not know.
    """
    sent, read = writer.descriptor(), reader.descriptor()
    found = json_losses(sent, read, refuses_unknown=refuses_unknown)
    tried = (shown_in_json(sent, read, one, refuses_unknown=refuses_unknown) for one in found)
    return _confirmed(found, tried)


def _confirmed(found: tuple[Loss, ...], tried: Iterable[Shown | None]) -> NativeMessage:
    if not found:
        return NativeMessage("compatible", ())
    for one in tried:
        if one is not None:
            return NativeMessage("breaking", found, one)
    return NativeMessage("unknown", found, reason="protobuf-no-datum")
