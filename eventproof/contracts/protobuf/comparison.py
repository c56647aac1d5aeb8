"""Two Protobuf messages: proved readable on the wire, refuted by bytes, or unknown.

The rules of the wire format prove that a reader sees each field that it shares with the writer as
it was written. What they complain of counts as a break only with bytes that Protobuf's own runtime
refuses, or reads with something lost or changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from eventproof.contracts.protobuf.buf_rules import Difference, differences
from eventproof.contracts.protobuf.compiling import ProtobufSchema
from eventproof.contracts.protobuf.datum import ShownOnWire, shown
from eventproof.contracts.protobuf.wire import Loss, losses


def buf_differences(old: ProtobufSchema, new: ProtobufSchema) -> tuple[Difference, ...]:
    """Return what `buf breaking` says of a newer message; it explains, and decides nothing."""
    return differences(old.descriptor(), new.descriptor())


@dataclass(frozen=True, slots=True)
class NativeWire:
    """What the rules of Protobuf's wire format say of a writer and a reader."""

    verdict: Literal["compatible", "breaking", "unknown"]
    losses: tuple[Loss, ...]
    shown: ShownOnWire | None = None
    """The message, of a break."""
    reason: str | None = None
    """Why the verdict is unknown."""


def compare_protobuf(*, writer: ProtobufSchema, reader: ProtobufSchema) -> NativeWire:
    """Compare by the rules of the wire format, and confirm a break by its bytes."""
    sent, read = writer.descriptor(), reader.descriptor()
    found = losses(sent, read)
    if not found:
        return NativeWire("compatible", ())
    for loss in found:
        tried = shown(sent, read, loss)
        if tried is not None:
            return NativeWire("breaking", found, tried)
    return NativeWire("unknown", found, reason="protobuf-no-datum")
