"""The verdict on one writer and one reader: proved, refuted by a payload, or neither.

Our own search (`inhabitants`) decides, and the engine of jsonschema-rs gives a second opinion: a
proof that it contradicts is no proof. A payload counts once both validators agree on it; of those
that do, the one that is easiest to read is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any
from typing import Literal as OneOf

from eventproof.contracts.atoms import Literal
from eventproof.contracts.candidates import pair
from eventproof.contracts.clock import now_s
from eventproof.contracts.containment import Proof, contained
from eventproof.contracts.found import Goal
from eventproof.contracts.inhabitants import ExhaustedError, Inhabitants
from eventproof.contracts.keywords import nodes
from eventproof.contracts.readable import simplified
from eventproof.contracts.scalars import cost
from eventproof.contracts.validation import UncheckableError
from eventproof.contracts.witness import Search, Side, confirmed, search

Verdict = OneOf["compatible", "breaking", "unknown"]

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
    is_empty: bool = False
    """Whether it is compatible for want of anything that the writer could send."""


def decide(
    *, writer: Side, reader: Side, deadline: float, notes_emptiness: bool = False
) -> Decision:
    """Decide whether a reader accepts what a writer sends; the writer is closed already.

    `deadline` is on the CPU clock of the thread, in seconds. `notes_emptiness` asks for `is_empty`
    as well.
    """
    question = _Question(writer, reader, deadline)
    decision = _decided(question)
    if notes_emptiness and decision.verdict == "compatible":
        return replace(decision, is_empty=question.sends_nothing())
    return decision


def _decided(question: _Question) -> Decision:
    try:
        found = question.inhabitants.ask(question.goal)
    except (ExhaustedError, RecursionError):
        return _fallback(question, "timeout" if now_s() > question.deadline else "too-complex")
    if found.is_none:
        if question.opinion().answer == "no":
            return _fallback(question, "provers-disagree")
        return Decision("compatible")
    if found.outcome == "value":
        for value in _readable(question, found.value):
            if _is_confirmed(question, value):
                return Decision("breaking", value)
    return _fallback(question, None)


@dataclass(slots=True)
class _Question:
    """One pair, and what was already made of it."""

    writer: Side
    reader: Side
    deadline: float
    inhabitants: Inhabitants
    sent: Literal
    goal: Goal
    names_formats: bool

    def __init__(self, writer: Side, reader: Side, deadline: float) -> None:
        sent, read, document = pair(writer.upgraded, reader.upgraded)
        self.writer, self.reader, self.deadline = writer, reader, deadline
        self.inhabitants = Inhabitants(document, deadline)
        literal = self.inhabitants.formulas.literal
        self.sent = literal(sent)
        self.goal = frozenset([self.sent, -literal(read)])
        self.inhabitants.knows_whole(self.sent, writer.upgraded)
        self.inhabitants.knows_whole(literal(read), reader.upgraded)
        self.names_formats = any("format" in node for node in nodes(sent))

    def is_odd(self, value: Any) -> bool:
        """Whether a text in a payload is not of its format."""
        return self.names_formats and not self.writer.shows_well(value)

    def rank(self, value: Any) -> tuple[bool, float]:
        """Return how good a payload is to show: of its formats first, then short."""
        return self.is_odd(value), cost(value)

    def sends_nothing(self) -> bool:
        """Whether it is proved that no value at all is valid for the writer."""
        try:
            return self.inhabitants.ask(frozenset([self.sent])).is_none
        except (ExhaustedError, RecursionError):
            return False

    def opinion(self) -> Proof:
        """Return what the engine says, where it may be asked."""
        if now_s() > self.deadline:
            return Proof("unknown")
        return contained(writer=self.writer.upgraded, reader=self.reader.upgraded)


def _fallback(question: _Question, reason: str | None) -> Decision:
    """Ask the engine for a proof, then look for a witness by trying many payloads."""
    proof = Proof("unknown") if reason == "provers-disagree" else question.opinion()
    if proof.answer == "yes":
        return Decision("compatible")
    for value in _alternatives(question):
        if confirmed(value, writer=question.writer, reader=question.reader):
            return Decision("breaking", value)
    left = question.deadline - now_s()
    found = search(writer=question.writer, reader=question.reader, budget_s=left)
    if found.outcome == "found":
        return Decision("breaking", found.payload)
    return Decision("unknown", reason=_reason(question, reason, proof, found))


def _reason(question: _Question, reason: str | None, proof: Proof, found: Search) -> str:
    if found.outcome == "disagree":
        return "validators-disagree"
    if "timeout" in (reason, found.outcome) or now_s() > question.deadline:
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


def _readable(question: _Question, witness: Any) -> Iterator[Any]:
    """Yield payloads that may show the break: the best made plain, then those at hand."""
    ranked = [witness]
    if now_s() <= question.deadline:
        question.inhabitants.deadline = min(question.deadline, now_s() + POLISH_S)
        question.inhabitants.steps_left = POLISH_STEPS
        ranked = sorted([witness, *_alternatives(question)], key=question.rank)
        yield from _plainer(question, ranked)
    yield from ranked


def _plainer(question: _Question, ranked: Sequence[Any]) -> Iterator[Any]:
    """Yield the first of the payloads that is a witness at sight, made plain."""
    try:
        sends, reads = question.writer.compiled, question.reader.compiled
    except UncheckableError:
        return

    def counts(value: Any) -> bool:
        return sends.is_valid(value) and not reads.is_valid(value)

    best = next(filter(counts, ranked), None)
    if best is not None or counts(None):
        yield simplified(best, counts=counts, is_odd=question.is_odd)


def _is_confirmed(question: _Question, value: Any) -> bool:
    return confirmed(value, writer=question.writer, reader=question.reader)
