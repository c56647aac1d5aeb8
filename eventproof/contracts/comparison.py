"""Whether a reader accepts what a writer sends: proved, refuted by a payload, or unknown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from eventproof.contracts.changes import Change, changes_between
from eventproof.contracts.clock import now_s
from eventproof.contracts.closing import closed
from eventproof.contracts.decision import Decision, decide
from eventproof.contracts.decision import Verdict as Verdict
from eventproof.contracts.dialects import (
    declared_as,
    declared_dialect,
    dialect_of,
    too_old,
    upgrade,
)
from eventproof.contracts.keywords import Schema, bare, is_schema, nodes, text_of
from eventproof.contracts.plain_references import plain
from eventproof.contracts.references import unresolved
from eventproof.contracts.validation import metaschema_error
from eventproof.contracts.witness import Side

Policy = Literal["declared", "strict"]
"""`declared`: the writer sends the properties it declares and no others, so that a reader may add
an optional one. `strict`: sets of payloads, nothing assumed."""

Direction = Literal["backward", "forward", "full"]
"""Backward: a new reader, an old writer. Forward: an old reader, a new writer."""

BUDGET_S = 1.0
"""How long one comparison may take before it ends as unknown, in seconds of its thread on the CPU:
so that a verdict is not a matter of what else the machine does."""

SCHEMAS_LIMIT = 10_000
"""How many sub-schemas and listed values one document may have to be compared; ten characters of
a pattern weigh as much as one."""


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
    """Why the verdict is unknown: a code of `REASONS`; a keyword may follow its colon."""
    policy: Policy
    direction: Direction
    encoded: str | None = None
    """The witness as bytes of its own format, in hexadecimal; None where that is JSON."""
    refusals: tuple[str, ...] = ()
    """What the readers of that format said of it; empty for JSON, whose validators are asked."""


def compare(
    *,
    writer: Schema,
    reader: Schema,
    policy: Policy = "declared",
    direction: Direction = "backward",
    budget_s: float = BUDGET_S,
) -> Comparison:
    """Compare what a writer may send with what a reader accepts.

    Both may be of any draft. `direction` says which of them is the new one: the reader if
    backward, the writer if forward; it turns the list of changes, not the verdict. After
    `budget_s` seconds on the CPU the verdict is unknown, for the reason `timeout`.
    """
    deadline = now_s() + budget_s
    try:
        if _too_large(writer) or _too_large(reader):
            return Comparison("unknown", None, (), "too-large", policy, direction)
        return _compared(writer, reader, policy, direction, deadline)
    except RecursionError:  # nested beyond what Python follows
        return Comparison("unknown", None, (), "too-large", policy, direction)


def _compared(
    writer: Schema, reader: Schema, policy: Policy, direction: Direction, deadline: float
) -> Comparison:
    if not (is_schema(writer) and is_schema(reader)):
        return Comparison("unknown", None, (), "schema-invalid", policy, direction)
    if too_old(writer) or too_old(reader):
        return Comparison("unknown", None, (), "dialect-unsupported", policy, direction)
    authored = [declared_as(schema, dialect_of(schema)) for schema in (writer, reader)]
    if any(metaschema_error(schema) for schema in authored):
        return Comparison("unknown", None, (), "schema-invalid", policy, direction)
    sent, read = upgrade(writer), upgrade(reader)
    old, new = (read, sent) if direction == "forward" else (sent, read)
    changes = (*_assumed_dialects(writer, reader), *changes_between(old, new))
    decision = _decided(
        writer=Side(_bare(sent), authored[0]),
        reader=Side(_bare(read), authored[1]),
        policy=policy,
        deadline=deadline,
    )
    return Comparison(
        decision.verdict, decision.witness, changes, decision.reason, policy, direction
    )


def _decided(*, writer: Side, reader: Side, policy: Policy, deadline: float) -> Decision:
    if any(unresolved(side.upgraded) for side in (writer, reader)):
        return Decision("unknown", reason="ref-unresolved")
    if now_s() > deadline:
        return Decision("unknown", reason="timeout")
    if text_of(writer.upgraded) == text_of(reader.upgraded):
        return Decision("compatible")  # the same schema, whatever it says
    if policy == "strict":
        return decide(writer=writer, reader=reader, deadline=deadline)
    sending = Side(closed(writer.upgraded), writer.authored)
    decision = decide(writer=sending, reader=reader, deadline=deadline, notes_emptiness=True)
    if decision.is_empty:
        return decide(writer=writer, reader=reader, deadline=deadline)  # nothing left to send
    return decision


def _too_large(schema: Schema) -> bool:
    """Whether deciding would take long; the engine cannot be stopped once it has begun."""
    left = SCHEMAS_LIMIT
    for node in nodes(schema):
        values = node.get("enum", ())
        left -= 1 + (len(values) if isinstance(values, list) else 0)
        left -= len(str(node["pattern"])) // 10 if "pattern" in node else 0
    return left < 0


def _bare(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema with pointers for references, without what accepts all there is."""
    stripped = bare(plain(schema))
    assert isinstance(stripped, dict)
    return stripped


def _assumed_dialects(writer: Schema, reader: Schema) -> Iterator[Change]:
    for who, schema in (("writer", writer), ("reader", reader)):
        named = schema.get("$schema") if isinstance(schema, dict) else None
        if named is not None and declared_dialect(schema) is None:
            sentence = f"the {who}'s $schema {named!r} is not known; read as {dialect_of(schema)}"
            yield Change("dialect.assumed", "/$schema", sentence)
