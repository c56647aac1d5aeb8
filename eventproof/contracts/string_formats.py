"""`format` as an assertion: the patterns that the formats of JSON Schema stand for.

Most formats are regular (RFC 3339 dates, RFC 4122 UUIDs, dotted IPv4 addresses) and are stated
exactly. Of the others two patterns are known: one that only valid texts match (`enough`), and one
that all valid texts match (`needed`). A proof takes the writer as wide and the reader as narrow as
they may be, a break the reverse; where neither is found, the verdict is unknown. A format that
JSON Schema does not define is an annotation to every validator, and is one here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from eventproof.contracts.comparison import Comparison, Direction, Policy, compare
from eventproof.contracts.dialects import upgrade
from eventproof.contracts.format_places import Way, certain, covered, rewritten
from eventproof.contracts.keywords import Schema, walk
from eventproof.contracts.validation import one_line

Formats = Literal["annotation", "assert"]

_AGAINST = frozenset({"not", "if", "oneOf", "contains"})


@dataclass(frozen=True, slots=True)
class _Texts:
    """What is known of the texts of one format."""

    enough: str
    """A pattern that only valid texts match."""
    needed: str | None = None
    """A pattern that all valid texts match; None for any text."""

    @property
    def is_exact(self) -> bool:
        return self.enough == self.needed


def _exactly(pattern: str) -> _Texts:
    return _Texts(f"^(?:{pattern})$", f"^(?:{pattern})$")


_DAYS = (
    "[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    "|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29"
)
_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_ZONE = f"(?:[Zz]|[+-]{_CLOCK})"
_FRACTION = r"(?:\.[0-9]+)?"
# A sixtieth second is valid in the last minute of a day in UTC only, which no pattern can say.
_TIME = f"{_CLOCK}:[0-5][0-9]{_FRACTION}{_ZONE}"
_TIME_OR_LEAP = f"{_CLOCK}:(?:[0-5][0-9]|60){_FRACTION}{_ZONE}"
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_LABEL = "[a-z0-9]{1,12}"
_WEB = r"https?://[a-z][a-z0-9]{0,20}(?:\.[a-z]{2,10})?(?:/[A-Za-z0-9._~-]*)*"

_KNOWN: Mapping[str, _Texts] = {
    "date": _exactly(_DAYS),
    "time": _Texts(f"^{_TIME}$", f"^{_TIME_OR_LEAP}$"),
    "date-time": _Texts(f"^(?:{_DAYS})[Tt]{_TIME}$", f"^(?:{_DAYS})[Tt]{_TIME_OR_LEAP}$"),
    "uuid": _exactly("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"),
    "ipv4": _exactly(rf"{_OCTET}(?:\.{_OCTET}){{3}}"),
    "duration": _Texts("^P[0-9]{1,4}[DW]$", "^P[0-9TYMWDHS]+$"),
    "email": _Texts(r"^[a-z0-9]+@[a-z0-9]+\.[a-z]+$", "@"),
    "idn-email": _Texts(r"^[a-z0-9]+@[a-z0-9]+\.[a-z]+$", "@"),
    "hostname": _Texts(rf"^{_LABEL}(?:\.{_LABEL}){{0,3}}$", r"^[A-Za-z0-9.-]+$"),
    "idn-hostname": _Texts(rf"^{_LABEL}(?:\.{_LABEL}){{0,3}}$", r"^[^ /@]+$"),
    "ipv6": _Texts("^[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){7}$", "^[0-9A-Fa-f:.]+$"),
    "uri": _Texts(f"^{_WEB}$", "^[A-Za-z][A-Za-z0-9+.-]*:[^ ]*$"),
    "iri": _Texts(f"^{_WEB}$", "^[A-Za-z][A-Za-z0-9+.-]*:[^ ]*$"),
    "uri-reference": _Texts(f"^{_WEB}$", "^[^ ]*$"),
    "iri-reference": _Texts(f"^{_WEB}$", "^[^ ]*$"),
    "uri-template": _Texts(f"^{_WEB}$", "^[^ ]*$"),
    "json-pointer": _exactly("(?:/(?:[^~/]|~[01])*)*"),
    "relative-json-pointer": _Texts("^(?:0|[1-9][0-9]*)(?:/[a-z]*)*$", "^[0-9]"),
    "regex": _Texts("^[A-Za-z0-9 _]*$"),
}


class _MixedError(Exception):
    """An inexact format in a place that counts for and against."""


def formats_in(schema: Schema) -> bool:
    """Whether a schema names a format that validators check."""
    return any(True for _ in _named(schema))


def compare_asserted(
    *, writer: Schema, reader: Schema, policy: Policy, direction: Direction
) -> Comparison:
    """Compare with the formats checked. A witness is checked again with a validator's own."""
    sent, read = upgrade(writer), upgrade(reader)
    assured = covered(read, certain(sent, _KNOWN), _KNOWN)
    names = sorted({name for schema in (sent, read) for name in _named(schema)})
    try:
        proof = compare(
            writer=_stated(sent, "needed"),
            reader=_stated(assured, "enough"),
            policy=policy,
            direction=direction,
        )
        refuted = compare(
            writer=_stated(sent, "enough"),
            reader=_stated(read, "needed"),
            policy=policy,
            direction=direction,
        )
    except _MixedError:
        return _undecided(names, policy, direction)
    if proof.verdict == "compatible":
        return proof
    if refuted.verdict == "breaking" and _confirmed(sent, read, refuted.witness):
        return refuted
    if refuted.verdict == "unknown" and proof.verdict == "unknown":
        return proof
    return _undecided(names, policy, direction)


def _undecided(names: list[str], policy: Policy, direction: Direction) -> Comparison:
    return Comparison(
        "unknown", None, (), f"format-undecided:{','.join(names)}", policy, direction
    )


def _named(schema: Schema) -> Iterator[str]:
    for _, node in walk(schema):
        name = node.get("format") if isinstance(node, dict) else None
        if isinstance(name, str) and name in _KNOWN:
            yield name


def _stated(schema: Schema, side: Literal["enough", "needed"]) -> Schema:
    """Return the schema with patterns for its formats. Raises _MixedError."""
    refers = any(
        isinstance(node, dict) and "$ref" in node and _AGAINST & set(path)
        for path, node in walk(schema)
    )

    def state(node: dict[str, Any], way: Way) -> dict[str, Any]:
        name = node.get("format")
        texts = _KNOWN.get(name) if isinstance(name, str) else None
        if texts is None:
            return node
        against = bool(_AGAINST & set(way)) or (refers and way[:1] == ("$defs",))
        if against and not texts.is_exact:
            raise _MixedError
        return _with_pattern(node, texts.enough if side == "enough" else texts.needed)

    return rewritten(schema, state)


def _with_pattern(node: dict[str, Any], pattern: str | None) -> dict[str, Any]:
    rest = {key: value for key, value in node.items() if key != "format"}
    if pattern is None:
        return rest
    if "pattern" not in rest:
        return {**rest, "pattern": pattern}
    return {**rest, "allOf": [*rest.get("allOf", []), {"pattern": pattern}]}


def _confirmed(writer: Schema, reader: Schema, payload: Any) -> bool:
    """Whether a validator that checks formats accepts the payload for one side only."""
    return accepts_asserted(writer, payload) and not accepts_asserted(reader, payload)


def accepts_asserted(schema: Schema, payload: Any) -> bool:
    """Whether jsonschema-rs accepts a payload with formats checked."""
    return bool(asserting_validator(schema).is_valid(payload))


def asserting_validator(schema: Schema) -> Any:
    """Return a jsonschema-rs validator that checks formats. Raises ValueError for no schema."""
    import jsonschema_rs

    try:
        return jsonschema_rs.validator_for(
            schema, validate_formats=True, offline=True, ignore_unknown_formats=True
        )
    except ValueError as error:
        raise ValueError(one_line(str(error))) from error
