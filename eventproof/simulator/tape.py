"""The tape: everything that was left to chance in a run, so that it can be run again.

A tape is versioned JSON. It says which scenario it belongs to, by which catalog and handlers it
was made (as digests), with which seed, which property it breaks, and every step in order: whose,
which, and what was chosen where there was a choice. Scheduling, payment outcomes and deadlock
victims are all the same to it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from eventproof.findings import Problem

FORMAT = "eventproof-tape-1"

MOST_CUSTOMERS = 1_000_000
"""As in a scenario."""


@dataclass(frozen=True, slots=True)
class TapeStep:
    """One step of one process."""

    actor: str
    slot: int
    process: str
    """The program's title; with `step`, the check that the tape still fits."""
    step: str
    """The step's label as it was asked, before its answer."""
    kind: str
    """`step`, `wait` or `abort`."""
    choice: str | None = None


@dataclass(frozen=True, slots=True)
class Tape:
    """A recorded run."""

    scenario: str
    """Path of the scenario file, relative to the tape's own folder where that is possible."""
    name: str
    """The scenario's title."""
    eventproof: str
    """Version that recorded it."""
    catalog_digest: str
    handlers_digest: str
    seed: int
    customers: int
    """How many of the scenario's customers come."""
    stock: Mapping[str, int]
    """Product -> units in stock at the beginning, in place of the scenario's."""
    property: str
    sentence: str
    steps: tuple[TapeStep, ...]
    loop: int = 0
    """How many of the last steps go round for ever; 0 where the run ends."""


Record = TypeVar("Record", TapeStep, Tape)


def dump(tape: Tape) -> str:
    """The tape as text: one step a line, so that two tapes can be compared by eye."""
    body = asdict(tape)
    steps = body.pop("steps")
    if not tape.loop:
        del body["loop"]
    head = json.dumps({"format": FORMAT, **body}, indent=2, ensure_ascii=False)
    lines = ",\n".join(f"    {json.dumps(step, ensure_ascii=False)}" for step in steps)
    return f'{head[:-2]},\n  "steps": [\n{lines}\n  ]\n}}\n'


def read_tape(path: Path) -> Tape:
    """The tape in a file. `Problem` when it is none, or of a version that is not understood."""
    try:
        body: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise Problem(f"{path} is not a tape: {error}.") from error
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise Problem(
            f"{path} is not a tape of format {FORMAT}.",
            hint="`eventproof explore SCENARIO` writes one for each violation",
        )
    try:
        steps = tuple(_demand_types(TapeStep(**step)) for step in body["steps"])
        rest = {key: value for key, value in body.items() if key not in ("format", "steps")}
        return _demand_types(Tape(**rest, steps=steps))
    except (TypeError, KeyError) as error:
        raise Problem(f"{path} is a damaged tape: {error}.") from error


def _demand_types(record: Record) -> Record:
    numbers = dict.fromkeys(("slot", "seed", "customers", "loop"), int)
    kinds: dict[str, type] = {**numbers, "stock": dict}
    for field in fields(record):
        value = getattr(record, field.name)
        if field.name == "steps" or (field.name == "choice" and value is None):
            continue
        wanted = kinds.get(field.name, str)
        if type(value) is not wanted:
            raise TypeError(f"{field.name} is {type(value).__name__}, not {wanted.__name__}")
        if isinstance(value, dict) and not all(type(n) is int and n >= 0 for n in value.values()):
            raise TypeError(f"{field.name} has something else than numbers of units")
        if isinstance(value, int) and field.name == "customers":
            _demand_possible(value)
        if wanted is str and not _is_text(str(value)):
            raise TypeError(f"{field.name} has half a character")
    return record


def _demand_possible(customers: int) -> None:
    if not 0 <= customers <= MOST_CUSTOMERS:
        raise TypeError(f"customers is not between 0 and {MOST_CUSTOMERS}")


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:  # JSON can name halves of characters, which nobody can print
        return False
    return True
