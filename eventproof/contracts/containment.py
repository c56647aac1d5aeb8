"""Whether everything one schema accepts is accepted by another: the engine's answer.

This is the one file that knows the schema algebra of jsonschema-rs, whose interface moves
between minor releases. `yes` is a proof; `no` and `unknown` are hints for whoever looks for a
witness. Formats are annotations here, as the 2020-12 standard has them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from eventproof.contracts.keywords import Schema, walk

_UNREADABLE = ("$dynamicRef", "$recursiveRef", "unevaluatedProperties", "unevaluatedItems")
_PATTERNS = ("pattern", "patternProperties")


@dataclass(frozen=True, slots=True)
class Proof:
    """What the engine says of `writer` within `reader`."""

    answer: Literal["yes", "no", "unknown"]
    reason: str | None = None
    """Why it is unknown: a code as in `Comparison.reason`."""


def contained(*, writer: dict[str, Any], reader: dict[str, Any]) -> Proof:
    """Whether `reader` accepts everything that `writer` accepts; both are draft 2020-12."""
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
        return Proof("unknown", _suspect(writer, reader))
    except ValueError:  # the engine's own limits on depth and size
        return Proof("unknown", _suspect(writer, reader))
    if answer == canonical.Containment.YES:
        return Proof("yes")
    if answer == canonical.Containment.NO:
        return Proof("no")
    return Proof("unknown", _suspect(writer, reader))


def _canonical(schema: dict[str, Any]) -> Any:
    import jsonschema_rs

    return jsonschema_rs.canonicalize(
        schema, draft=jsonschema_rs.Draft202012, validate_formats=False, offline=True
    )


def _suspect(writer: Schema, reader: Schema) -> str:
    """Return the likeliest cause of an unknown answer; the engine itself names none."""
    nodes = [n for s in (writer, reader) for _, n in walk(s) if isinstance(n, dict)]
    for keyword in _UNREADABLE[:2]:
        if any(keyword in node for node in nodes):
            return f"keyword-unsupported:{keyword}"
    if any(keyword in node for node in nodes for keyword in _PATTERNS):
        return "regex-undecided"
    if any("$ref" in node for node in nodes):
        return "recursion-undecided"
    for keyword in _UNREADABLE[2:]:
        if any(keyword in node for node in nodes):
            return f"keyword-unsupported:{keyword}"
    return "witness-not-found"
