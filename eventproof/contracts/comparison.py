"""Whether a reader accepts what a writer sends: proved, refuted by a payload, or unknown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from eventproof.contracts.changes import Change, changes_between
from eventproof.contracts.closing import closed
from eventproof.contracts.containment import accepts_nothing, contained
from eventproof.contracts.dialects import declared_as, declared_dialect, dialect_of, upgrade
from eventproof.contracts.keywords import ANNOTATIONS, Schema, rebuilt, walk
from eventproof.contracts.references import unresolved
from eventproof.contracts.validation import both_accept, metaschema_error
from eventproof.contracts.witness import Side, search

Policy = Literal["declared", "strict"]
"""`declared`: the writer sends the properties it declares and no others, so that a reader may add
an optional one. `strict`: sets of payloads, nothing assumed."""

Direction = Literal["backward", "forward", "full"]
"""Backward: a new reader, an old writer. Forward: an old reader, a new writer."""

Verdict = Literal["compatible", "breaking", "unknown"]


SCHEMAS_LIMIT = 20_000
"""How many sub-schemas one document may have to be compared."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is known of one writer and one reader."""

    verdict: Verdict
    """`compatible` is proved, `breaking` has a witness, `unknown` has a reason."""
    witness: Any
    """The payload that the writer sends and the reader rejects; None unless breaking. A witness
    may itself be null, so ask the verdict, not the witness."""
    changes: tuple[Change, ...]
    """What differs, from the old schema to the new one. Explains, never decides."""
    reason: str | None
    """Why the verdict is unknown: witness-not-found, validators-disagree, ref-unresolved,
    schema-invalid, too-large, dialect-mix, timeout, keyword-unsupported:…, regex-…, or
    recursion-undecided."""
    policy: Policy
    direction: Direction


def compare(
    *,
    writer: Schema,
    reader: Schema,
    policy: Policy = "declared",
    direction: Direction = "backward",
) -> Comparison:
    """Compare what a writer may send with what a reader accepts.

    Both may be of any draft. `direction` says which of them is the new one: the reader if
    backward, the writer if forward; it turns the list of changes, not the verdict.
    """
    if _too_large(writer) or _too_large(reader):
        return Comparison("unknown", None, (), "too-large", policy, direction)
    sent, read = upgrade(writer), upgrade(reader)
    old, new = (read, sent) if direction == "forward" else (sent, read)
    changes = (*_assumed_dialects(writer, reader), *changes_between(old, new))
    verdict, witness, reason = _verdict(
        writer=Side(sent, declared_as(writer, dialect_of(writer))),
        reader=Side(read, declared_as(reader, dialect_of(reader))),
        policy=policy,
    )
    return Comparison(verdict, witness, changes, reason, policy, direction)


def _verdict(*, writer: Side, reader: Side, policy: Policy) -> tuple[Verdict, Any, str | None]:
    if any(metaschema_error(side.authored) for side in (writer, reader)):
        return "unknown", None, "schema-invalid"
    if any(unresolved(side.upgraded) for side in (writer, reader)):
        return "unknown", None, "ref-unresolved"
    if _bare(writer.upgraded) == _bare(reader.upgraded):
        return "compatible", None, None  # the same schema, whatever it says
    sending = Side(_as_sent(writer.upgraded, policy), writer.authored)
    proof = contained(writer=sending.upgraded, reader=reader.upgraded)
    if proof.answer == "yes" or _all_accepted(sending.upgraded, reader):
        return "compatible", None, None
    found = search(writer=sending, reader=reader)
    if found.outcome == "found":
        return "breaking", found.payload, None
    if found.outcome == "disagree":
        return "unknown", None, "validators-disagree"
    if found.outcome == "timeout":
        return "unknown", None, "timeout"
    return "unknown", None, proof.reason or "witness-not-found"


def _too_large(schema: Schema) -> bool:
    """Whether deciding would take long; the engine cannot be stopped once it has begun."""
    return next(islice(walk(schema), SCHEMAS_LIMIT, None), None) is not None


def _all_accepted(writer: dict[str, Any], reader: Side) -> bool:
    """Prove by enumeration: the writer lists its payloads, and both validators accept each."""
    values = writer["enum"] if "enum" in writer else [writer["const"]] if "const" in writer else []
    return bool(values) and all(
        both_accept(schema, value) is True
        for value in values
        for schema in (reader.authored, reader.upgraded)
    )


def _as_sent(schema: dict[str, Any], policy: Policy) -> dict[str, Any]:
    """Close the writer where the policy asks for it and something is left to send then."""
    if policy == "strict":
        return schema
    narrow = closed(schema)
    return schema if accepts_nothing(narrow) and not accepts_nothing(schema) else narrow


def _bare(schema: Schema) -> str:
    """Return the schema's text without what accepts and rejects nothing."""

    def strip(node: Schema) -> Schema:
        if not isinstance(node, dict):
            return node
        return rebuilt({k: v for k, v in node.items() if k not in ANNOTATIONS}, strip)

    return json.dumps(strip(schema), sort_keys=True)


def _assumed_dialects(writer: Schema, reader: Schema) -> Iterator[Change]:
    for who, schema in (("writer", writer), ("reader", reader)):
        named = schema.get("$schema") if isinstance(schema, dict) else None
        if named is not None and declared_dialect(schema) is None:
            sentence = f"the {who}'s $schema {named!r} is not known; read as {dialect_of(schema)}"
            yield Change("dialect.assumed", "/$schema", sentence)
