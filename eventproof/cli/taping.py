"""Tapes of races that timed runs met: one for each broken property, of its first seed.

The records flow `TimedRun` -> recorded steps -> `Story`, made smaller, -> a file beneath the
project. What could be wrong: a break that no tape can show (said in a sentence, the figures
stand), and a tape for each of a thousand seeds (one for each property is enough).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventproof.cli.running import write_tape
from eventproof.findings import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from eventproof.simulator import Prepared, Story, TapeStep, TimedRun


@dataclass(frozen=True, slots=True)
class Taped:
    """A race met in a timed run."""

    seed: int
    property: str
    story: Story | None = None
    tape: str | None = None
    """The tape's path, as the user would type it; None where there is no story."""
    why_not: str | None = None
    """Why no tape shows it."""


def tape_races(prepared: Prepared, runs: Iterable[TimedRun], *, work: Path) -> tuple[Taped, ...]:
    """Record, make smaller and write down each property's first break, beneath `work`."""
    first: dict[str, int] = {}
    for run in runs:
        for breach in run.breaches:
            first.setdefault(breach.property, run.seed)
    named = {name: at for at, name in enumerate(map(str, prepared.scenario.always))}
    order = sorted(first, key=lambda name: named.get(name, len(named)))
    return tuple(
        _taped(prepared, first[name], name, work, is_first=at == 0)
        for at, name in enumerate(order)
    )


def _with_later_attempts(prepared: Prepared, steps: Iterable[TapeStep]) -> Prepared:
    """The scenario with a customer for each attempt: on a tape nobody comes again."""
    from eventproof.simulator import with_data

    scenario = prepared.scenario
    names = {step.actor for step in steps} - set(scenario.actors)
    numbers = [int(name.rpartition("-")[2]) for name in names]
    count = max(scenario.customers.count, *numbers, 0)
    if count == scenario.customers.count:
        return prepared
    return with_data(prepared, customers=count, stock=scenario.stock)


def _taped(prepared: Prepared, seed: int, name: str, work: Path, *, is_first: bool) -> Taped:
    from eventproof.simulator import record, tell_steps

    model = prepared.model
    try:
        steps = record(model, prepared.scenario, seed=seed, name=name)
        alike = model.alike and model.telling_apart is None
        cast = _with_later_attempts(prepared, steps)
        story = tell_steps(cast, steps, name, alike=alike, seed=seed)
    except Problem as problem:
        return Taped(seed, name, why_not=problem.sentence)
    tape = write_tape(story.tape, prepared.scenario, work, first=is_first)
    return Taped(seed, name, story, tape)
