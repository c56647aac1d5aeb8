"""The verdict on one writer and one reader: proved, refuted by a payload, or neither.

Our own search (`inhabitants`) decides, and the engine of jsonschema-rs gives a second opinion: a
proof that it contradicts is no proof. A payload counts once both validators agree on it; of those
that do, the one that is easiest to read is shown.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from eventproof.contracts.candidates import pair
from eventproof.contracts.containment import Proof, contained
from eventproof.contracts.found import Goal
from eventproof.contracts.inhabitants import ExhaustedError, Inhabitants
from eventproof.contracts.keywords import bare, nodes
from eventproof.contracts.scalars import cost
from eventproof.contracts.witness import Search, Side, confirmed, search

Verdict = Literal["compatible", "breaking", "unknown"]

ENGINE_LIMIT = 400
"""How many sub-schemas the engine is asked about; it cannot be stopped once it has begun."""

SEARCH_LIMIT = 60
"""Up to how many sub-schemas a more readable witness is looked for by trying many."""

ALTERNATIVES_LIMIT = 40
"""How many alternatives of a break are built to choose a witness among."""

POLISH_S = 0.03
"""How long more readable witnesses are looked for once there is one, in seconds."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict with its witness or its reason."""

    verdict: Verdict
    witness: Any = None
    reason: str | None = None


def decide(*, writer: Side, reader: Side, deadline: float) -> Decision:
    """Decide whether a reader accepts what a writer sends; the writer is closed already.

    `deadline` is on the monotonic clock, in seconds.
    """
    question = _Question(writer, reader, deadline)
    try:
        found = question.inhabitants.ask(question.goal)
    except (ExhaustedError, RecursionError):
        return _fallback(question, "timeout" if time.monotonic() > deadline else "too-complex")
    if found.is_none:
        if question.opinion().answer == "no":
            return _fallback(question, "provers-disagree")
        return Decision("compatible")
    if found.outcome == "value" and confirmed(found.value, writer=writer, reader=reader):
        return Decision("breaking", _most_readable(question, found.value))
    return _fallback(question, None)


@dataclass(slots=True)
class _Question:
    """One pair, and what was already made of it."""

    writer: Side
    reader: Side
    deadline: float
    inhabitants: Inhabitants
    goal: Goal
    size: int

    def __init__(self, writer: Side, reader: Side, deadline: float) -> None:
        sent, read, document = pair(bare(writer.upgraded), bare(reader.upgraded))
        self.writer, self.reader, self.deadline = writer, reader, deadline
        self.inhabitants = Inhabitants(document, deadline)
        literal = self.inhabitants.formulas.literal
        self.goal = frozenset([literal(sent), -literal(read)])
        self.size = len(nodes(sent)) + len(nodes(read))

    def opinion(self) -> Proof:
        """Return what the engine says, where it may be asked."""
        if self.size > ENGINE_LIMIT or time.monotonic() > self.deadline:
            return Proof("unknown")
        return contained(writer=self.writer.upgraded, reader=self.reader.upgraded)


def accepts_nothing(schema: dict[str, Any], deadline: float) -> bool:
    """Whether it is proved that no value at all is valid under a 2020-12 schema."""
    sent, _, document = pair(bare(schema), True)
    inhabitants = Inhabitants(document, deadline)
    try:
        return inhabitants.ask(frozenset([inhabitants.formulas.literal(sent)])).is_none
    except (ExhaustedError, RecursionError):
        return False


def _fallback(question: _Question, reason: str | None) -> Decision:
    """Ask the engine for a proof, then look for a witness by trying many payloads."""
    proof = Proof("unknown") if reason == "provers-disagree" else question.opinion()
    if proof.answer == "yes":
        return Decision("compatible")
    for value in _alternatives(question):
        if confirmed(value, writer=question.writer, reader=question.reader):
            return Decision("breaking", value)
    left = question.deadline - time.monotonic()
    found = search(writer=question.writer, reader=question.reader, budget_s=left)
    if found.outcome == "found":
        return Decision("breaking", found.payload)
    return Decision("unknown", reason=_reason(question, reason, proof, found))


def _reason(question: _Question, reason: str | None, proof: Proof, found: Search) -> str:
    if found.outcome == "disagree":
        return "validators-disagree"
    if reason == "timeout" or found.outcome == "timeout":
        return "timeout"
    noted = question.inhabitants.reasons
    return reason or (noted[0] if noted else proof.reason) or "witness-not-found"


def _alternatives(question: _Question) -> list[Any]:
    """Return values for the ways in which the reader may reject, as time allows."""
    found: list[Any] = []
    try:
        ways = islice(question.inhabitants.values(question.goal), ALTERNATIVES_LIMIT)
        found.extend(one.value for one in ways if one.outcome == "value")
    except (ExhaustedError, RecursionError):
        pass
    return sorted(found, key=cost)


def _most_readable(question: _Question, witness: Any) -> Any:
    """Return the cheapest confirmed payload among those at hand and those quickly tried."""
    best = (cost(witness), str(witness), witness)
    begin = time.monotonic()
    question.inhabitants.deadline = min(question.deadline, begin + POLISH_S)
    for value in _alternatives(question):
        if cost(value) >= best[0]:
            break
        if confirmed(value, writer=question.writer, reader=question.reader):
            best = (cost(value), str(value), value)
            break
    if question.size <= SEARCH_LIMIT:
        left = min(question.deadline - time.monotonic(), POLISH_S)
        found = search(writer=question.writer, reader=question.reader, budget_s=left)
        if found.outcome == "found" and cost(found.payload) <= best[0]:
            return found.payload
    return best[2]
