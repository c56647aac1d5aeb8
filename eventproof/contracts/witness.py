"""The search for a witness: a payload that the writer may send and the reader rejects."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from eventproof.contracts.candidates import Candidates, pair
from eventproof.contracts.clock import now_s
from eventproof.contracts.scalars import cost
from eventproof.contracts.validation import (
    UncheckableError,
    both_accept,
    fast_validator,
    strict_validator,
)

if TYPE_CHECKING:
    import jsonschema_rs

BUDGET_S = 1.0
"""How long one search may take, in seconds."""

BUILT_LIMIT = 20_000
"""How many values are built in one search, inner ones included."""

TRIED_LIMIT = 4_000
"""How many payloads are tried in one search."""

DOUBTFUL_LIMIT = 12
"""How many payloads the two validators may differ on before the search ends."""


@dataclass(frozen=True, slots=True)
class Search:
    """What a search found."""

    outcome: Literal["found", "none", "disagree", "timeout"]
    payload: Any = None


@dataclass(frozen=True)
class Side:
    """One schema in every form that a witness is checked against."""

    upgraded: dict[str, Any]
    """Draft 2020-12, read under the policy; what payloads are built from."""
    authored: dict[str, Any]
    """As written, in its own draft."""

    @cached_property
    def compiled(self) -> jsonschema_rs.Validator:
        """What judges the upgraded schema. Raises `UncheckableError`."""
        return fast_validator(self.upgraded)

    def shows_well(self, payload: Any) -> bool:
        """Whether every text in a payload is of its format, where that can be told."""
        return self._strict is None or self._strict.is_valid(payload)

    @cached_property
    def _strict(self) -> jsonschema_rs.Validator | None:
        try:
            return strict_validator(self.authored)
        except UncheckableError:
            return None


def search(
    *, writer: Side, reader: Side, budget_s: float = BUDGET_S, steps: int = BUILT_LIMIT
) -> Search:
    """Return the cheapest payload found that the writer accepts and the reader rejects.

    Both validators have to agree on it, on the schemas as authored and as upgraded.
    """
    if budget_s <= 0:
        return Search("timeout")  # only to compile two large schemas takes a while
    deadline = now_s() + budget_s
    try:
        accepting, rejecting = writer.compiled, reader.compiled
    except UncheckableError:
        return Search("none")
    timed_out = False
    doubtful = 0
    built = list(_built(writer, reader, deadline, steps))
    for _, payload in sorted(built, key=lambda entry: entry[0])[:TRIED_LIMIT]:
        if now_s() > deadline:
            timed_out = True
            break
        if accepting.is_valid(payload) and not rejecting.is_valid(payload):
            if confirmed(payload, writer=writer, reader=reader):
                return Search("found", payload)
            doubtful += 1
            if doubtful >= DOUBTFUL_LIMIT:
                break
    if doubtful:
        return Search("disagree")
    return Search("timeout" if timed_out or now_s() > deadline else "none")


def confirmed(payload: Any, *, writer: Side, reader: Side) -> bool:
    """Whether both validators accept the payload for the writer and reject it for the reader.

    Both judge the schemas as authored; the quick one judges what was made of them as well.
    """
    try:
        meant = writer.compiled.is_valid(payload) and not reader.compiled.is_valid(payload)
    except UncheckableError:
        return False
    accepted = meant and both_accept(writer.authored, payload) is True
    return accepted and both_accept(reader.authored, payload) is False


def _built(
    writer: Side, reader: Side, deadline: float, steps: int
) -> list[tuple[tuple[float, str], Any]]:
    """Distinct payloads with their rank: cost, then text."""
    ours, theirs, document = pair(writer.upgraded, reader.upgraded)
    found: dict[str, tuple[float, Any]] = {}
    candidates = Candidates.between(document, steps=steps, deadline=deadline)
    for payload in candidates.values(ours, theirs):
        found.setdefault(json.dumps(payload, sort_keys=True), (cost(payload), payload))
    return [((price, text), payload) for text, (price, payload) in found.items()]
