"""Payloads against a contract: one document, or a stream of JSON lines that may never end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eventproof.contracts.keywords import pointer
from eventproof.contracts.schema_files import RefusedError, line_of, parsed
from eventproof.contracts.string_formats import Formats, asserting_validator
from eventproof.contracts.validation import UncheckableError, fast_validator, one_line
from eventproof.findings import Problem

if TYPE_CHECKING:
    import jsonschema_rs

PAYLOAD_BYTES_MAX = 8 * 1024 * 1024
"""The longest line, or file, that is read as one payload."""

FAULTS_LIMIT = 5
"""How many faults of one payload are told."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One reason why a payload is rejected."""

    line: int | None
    """From 1: of the stream, or of the file where the value begins."""
    pointer: str
    """JSON pointer into the payload; empty for the whole."""
    message: str


@dataclass(frozen=True, slots=True)
class Payload:
    """What became of one payload."""

    faults: tuple[Fault, ...]

    @property
    def is_valid(self) -> bool:
        """Whether the contract accepts it."""
        return not self.faults


@dataclass(frozen=True, slots=True)
class Validation:
    """A contract that payloads are held against."""

    validator: jsonschema_rs.Validator

    @classmethod
    def of(cls, schema: dict[str, Any], *, formats: Formats = "annotation") -> Validation:
        """Compile a contract. Raises `Problem` for one that no validator can use."""
        try:
            if formats == "assert":
                return cls(asserting_validator(schema))
            return cls(fast_validator(schema))
        except (UncheckableError, ValueError) as error:
            raise Problem(f"the contract cannot be used: {error}.") from error

    def document(self, text: bytes) -> Payload:
        """Judge one document; faults have the line of the file where the value begins."""
        try:
            decoded = _decoded(text)
            payload = parsed(decoded)
        except RefusedError as refusal:
            return Payload((Fault(refusal.line, "", f"the payload {refusal.sentence}"),))
        faults = self._faults(payload)
        return Payload(
            tuple(Fault(line_of(decoded, path), pointer(path), why) for path, why in faults)
        )

    def lines(self, stream: Iterable[bytes]) -> Iterator[Payload]:
        """Judge each line of a stream as it comes; empty lines are no payloads."""
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            try:
                payload = parsed(_decoded(line.rstrip(b"\r\n")))
            except RefusedError as refusal:
                where = f" (column {refusal.column})" if refusal.column else ""
                yield Payload((Fault(number, "", f"the line {refusal.sentence}{where}"),))
                continue
            yield Payload(
                tuple(Fault(number, pointer(path), why) for path, why in self._faults(payload))
            )

    def _faults(self, payload: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
        if self.validator.is_valid(payload):
            return
        for count, error in enumerate(self.validator.iter_errors(payload), 1):
            yield tuple(error.instance_path), one_line(error.message)
            if count == FAULTS_LIMIT:
                return


def _decoded(text: bytes) -> str:
    """Return the text of a payload. Raises RefusedError."""
    if len(text) > PAYLOAD_BYTES_MAX:
        raise RefusedError("broken", f"is larger than {PAYLOAD_BYTES_MAX // 1024 // 1024} MiB")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RefusedError("broken", "is not UTF-8 text") from error
