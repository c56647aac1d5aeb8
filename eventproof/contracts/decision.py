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
from eventproof.contracts.validation import UncheckableError, accepts_formats
from eventproof.contracts.witness import Search, Side, confirmed, search

Verdict = Literal["compatible", "breaking", "unknown"]

SEARCH_LIMIT = 60
"""Up to how many sub-schemas a more readable witness is looked for by trying many."""

ALTERNATIVES_LIMIT = 40
"""How many alternatives of a break are built to choose a witness among."""

POLISH_STEPS = 3_000
"""How many steps are taken for a more readable witness once there is one."""

POLISH_S = 0.25
"""How long that may take at most, in seconds; the steps end first unless the machine is busy."""


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
    names_formats: bool

    def __init__(self, writer: Side, reader: Side, deadline: float) -> None:
        sent, read, document = pair(bare(writer.upgraded), bare(reader.upgraded))
        self.writer, self.reader, self.deadline = writer, reader, deadline
        self.inhabitants = Inhabitants(document, deadline)
        literal = self.inhabitants.formulas.literal
        self.goal = frozenset([literal(sent), -literal(read)])
        self.size = len(nodes(sent)) + len(nodes(read))
        self.names_formats = any("format" in node for node in nodes(sent))

    def opinion(self) -> Proof:
        """Return what the engine says, where it may be asked."""
        if time.monotonic() > self.deadline:
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
    if "timeout" in (reason, found.outcome) or time.monotonic() > question.deadline:
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
    """Return the best confirmed payload among those at hand and those quickly tried."""
    if time.monotonic() > question.deadline:
        return witness
    question.inhabitants.deadline = min(question.deadline, time.monotonic() + POLISH_S)
    question.inhabitants.steps_left = POLISH_STEPS
    candidates = [witness, *_alternatives(question)]
    if question.size <= SEARCH_LIMIT:
        left = min(question.deadline - time.monotonic(), POLISH_S)
        found = search(
            writer=question.writer, reader=question.reader, budget_s=left, steps=POLISH_STEPS
        )
        if found.outcome == "found":
            candidates.insert(0, found.payload)
    ranked = sorted(candidates, key=lambda value: _rank(question, value))
    return next(
        value
        for value in ranked
        if value is witness or confirmed(value, writer=question.writer, reader=question.reader)
    )


def _rank(question: _Question, value: Any) -> tuple[bool, float]:
    """Return how good a payload is to show: of its formats first, then short."""
    if not question.names_formats:
        return False, cost(value)
    try:
        return not accepts_formats(question.writer.authored, value), cost(value)
    except UncheckableError:
        return False, cost(value)
