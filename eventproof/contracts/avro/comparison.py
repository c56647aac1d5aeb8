"""Two Avro schemas: proved readable, refuted by bytes that nobody can read, or unknown.

The rules of schema resolution prove that everything can be read. What they complain of counts as a
break only with a datum: bytes written with the writer's schema that fastavro and Apache's library
both refuse to read with the reader's. Where one of them reads it all the same, as they do with
records of another name, the verdict is unknown and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from eventproof.contracts.avro.conversion import NATIVE
from eventproof.contracts.avro.datum import NoDatumError, Shown, shown
from eventproof.contracts.avro.parsing import parse
from eventproof.contracts.avro.resolution import Clash, clashes
from eventproof.contracts.avro.schema import AvroError, AvroSchema

_LIBRARIES = 2


@dataclass(frozen=True, slots=True)
class Native:
    """What Avro's own rules say of a writer and a reader."""

    verdict: Literal["compatible", "breaking", "unknown"]
    clashes: tuple[Clash, ...]
    shown: Shown | None = None
    """The datum, of a break."""
    reason: str | None = None
    """Why the verdict is unknown."""


def native_of(document: Any) -> AvroSchema | None:
    """The Avro schema that a contract's document carries, or None."""
    native = document.get(NATIVE) if isinstance(document, dict) else None
    if native is None:
        return None
    try:
        return parse(native)
    except AvroError:
        return None  # written by somebody else; its JSON Schema is compared


def compare_avro(*, writer: AvroSchema, reader: AvroSchema) -> Native:
    """Compare by the rules of schema resolution, and confirm a break by its datum."""
    found = clashes(writer, reader)
    if not found:
        return Native("compatible", ())
    reason = "avro-no-datum"
    for clash in found:
        try:
            tried = shown(writer, reader, clash)
        except ImportError:
            return Native("unknown", found, reason="avro-not-installed")
        except NoDatumError:
            continue
        if len(tried.refused_by) == _LIBRARIES:
            return Native("breaking", found, tried)
        reason = "avro-readers-disagree"
    return Native("unknown", found, reason=reason)
