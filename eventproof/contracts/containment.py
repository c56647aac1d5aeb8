"""Whether everything one schema accepts is accepted by another: the engine's answer.

This is the one file that knows the schema algebra of jsonschema-rs, whose interface moves
between minor releases. It is a second opinion on a proof of our own, and is asked small questions
only. Formats are annotations here, as the 2020-12 standard has them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from eventproof.contracts.keywords import Schema, nodes

EFFORT_LIMIT = 200
"""How much the engine is asked, by `_effort`; it cannot be stopped once it has begun."""

_BRANCHING = ("anyOf", "oneOf", "dependentRequired", "dependentSchemas")


@dataclass(frozen=True, slots=True)
class Proof:
    """What the engine says of `writer` within `reader`."""

    answer: Literal["yes", "no", "unknown"]
    reason: str | None = None
    """Why it is unknown: a code as in `Comparison.reason`."""


def contained(*, writer: dict[str, Any], reader: dict[str, Any]) -> Proof:
    """Whether `reader` accepts everything that `writer` accepts; both are draft 2020-12."""
    if _effort(writer) + _effort(reader) > EFFORT_LIMIT:
        return Proof("unknown")
    from jsonschema_rs import canonical

    try:
        answer = _canonical(reader).covers(_canonical(writer))
    except canonical.InvalidPattern:
        return Proof("unknown", "regex-unreadable")
    except canonical.IncompatibleOperands:
        return Proof("unknown", "dialect-mix")
    except canonical.CanonicalizationError as error:
        if "exist" in str(error) or "retriev" in str(error):
            return Proof("unknown", "ref-unresolved")
        return Proof("unknown")
    except ValueError:  # the engine's own limits on depth and size
        return Proof("unknown")
    if answer == canonical.Containment.YES:
        return Proof("yes")
    if answer == canonical.Containment.NO:
        return Proof("no")
    return Proof("unknown")


def _canonical(schema: dict[str, Any]) -> Any:
    import jsonschema_rs

    return jsonschema_rs.canonicalize(
        schema, draft=jsonschema_rs.Draft202012, validate_formats=False, offline=True
    )


def _effort(schema: Schema) -> int:
    """Estimate the engine's work: alternatives multiply, and so do counted patterns."""
    effort = 0
    for node in nodes(schema):
        branches = sum(len(node.get(keyword, ())) for keyword in _BRANCHING)
        text = str(node.get("pattern", "")) + "".join(node.get("patternProperties", ()))
        effort += 1 + 4 * branches + (3 if "{" in text else 1) * len(text)
    return effort
