"""The containment suites beside the repository, for tests and benchmarks; absent in a clone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2].parent / "shared" / "suites"
NAMES = ("ibm-jsonsubschema", "json-schema-diff", "sdbs-draft7")

ECMA_DISPUTES = frozenset(f"sdbs-draft7/00{number}" for number in (489, 492, 493, 496))
"""Pairs labelled by a validator whose `\\w` and `\\d` know Unicode; in ECMA-262 they are ASCII."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One labelled pair: is everything valid under `writer` valid under `reader`?"""

    id: str
    writer: dict[str, Any]
    reader: dict[str, Any]
    contained: bool


def pairs(name: str) -> Iterator[Pair]:
    """Yield the corroborated pairs of a suite whose labels nobody disputes."""
    with (FOLDER / f"{name}.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["corroborated"] and row["id"] not in ECMA_DISPUTES:
                sides = [_in_dialect(row[key], row["dialect"]) for key in ("s1", "s2")]
                yield Pair(row["id"], sides[0], sides[1], row["expected"])


def refutes(pair: Pair, payload: Any) -> bool:
    """Whether both validators, as they are, accept a payload for the writer only.

    Such a payload is a fact: where the label says that the writer is contained, the label is
    wrong. (`.` does not match a line break, which the label's author had overlooked.)
    """
    import jsonschema_rs
    from jsonschema.validators import validator_for

    def judged(schema: dict[str, Any]) -> set[bool]:
        slow = validator_for(schema)(schema).is_valid(payload)
        return {jsonschema_rs.validator_for(schema).is_valid(payload), slow}

    return judged(pair.writer) == {True} and judged(pair.reader) == {False}


def _in_dialect(schema: Any, dialect: str) -> dict[str, Any]:
    number = dialect.removeprefix("draft")
    body = schema if isinstance(schema, dict) else ({} if schema else {"not": {}})
    return {**body, "$schema": f"http://json-schema.org/draft-0{number}/schema#"}
