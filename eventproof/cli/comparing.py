"""`simulate --compare`: the seeds of one scenario under several policies, and how they differ.

The same seeds are run under each policy; a difference is taken seed by seed, so that what the
seeds have in common (arrivals, the customers' random numbers) falls out of it. What could be
wrong: runs of different seeds held against each other, a figure that means nothing for some seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventproof.cli.figures import Intervals, figures_of, intervals_of
from eventproof.cli.timing import (
    Timed,
    is_told,
    progress_of,
    said_of,
    timed_record,
    verdict_of,
)
from eventproof.findings import Problem

if TYPE_CHECKING:
    from eventproof.simulator import Crew, Scenario

EXAMPLE = "such as --compare allocate=guarded,locked"
TOLD_OF_EACH = ("verdict", "journeys", "seconds", "metrics", "intervals", "violations")


@dataclass(frozen=True, slots=True)
class Compared:
    """Runs of one scenario on the same seeds, under each policy."""

    scenario: Scenario
    key: str
    """What the policies are values of."""
    timed: dict[str, Timed]
    """Policy -> its runs; the others are held against the first."""

    @property
    def first(self) -> str:
        """The policy that the others are held against."""
        return next(iter(self.timed))

    @property
    def differences(self) -> dict[str, Intervals]:
        """Each other policy -> its figures less the first one's, paired by seed."""
        return {
            policy: _difference(timed, self.timed[self.first])
            for policy, timed in self.timed.items()
            if policy != self.first
        }


def run_compared(
    scenario: Scenario,
    asked: str,
    *,
    seeds: Sequence[int],
    crew: Crew | None = None,
    kept: Path | None = None,
) -> Compared:
    """Run the seeds under each policy of `KEY=VALUE,VALUE`. `Problem` for one that is none."""
    from eventproof.simulator import prepare, sweep, watching, with_policy

    key, values = _read(asked)
    if len(seeds) < 2:
        raise Problem("a comparison needs at least two seeds.", hint="add --seeds 10")
    variants = {value: with_policy(scenario, key, value) for value in values}
    timed = {}
    for value, variant in variants.items():
        prepared = prepare(variant)
        with progress_of(f"{scenario.name}, {value}") as tick, watching():
            runs = sweep(prepared, seeds, crew=crew, kept=kept, progress=tick)
        timed[value] = Timed(variant, runs)
    return Compared(scenario, key, timed)


def _read(asked: str) -> tuple[str, list[str]]:
    key, equals, said = asked.partition("=")
    values = [value.strip() for value in said.split(",") if value.strip()]
    if not equals or len(values) < 2:
        raise Problem(f"`{asked}` does not name two policies to compare.", hint=EXAMPLE)
    twice = next((value for value in values if values.count(value) > 1), None)
    if twice is not None:
        raise Problem(f"`{asked}` names {twice} twice.", hint=EXAMPLE)
    return key.strip(), values


def _difference(timed: Timed, first: Timed) -> Intervals:
    paired = zip(timed.runs, first.runs, strict=True)
    of_seeds = [(figures_of(run), figures_of(other)) for run, other in paired]
    return intervals_of(
        [{name: _less(mine[name], its[name]) for name in mine} for mine, its in of_seeds]
    )


def _less(value: float | None, other: float | None) -> float | None:
    return None if value is None or other is None else value - other


def compared_record(compared: Compared) -> dict[str, Any]:
    """The comparison as it stands in JSON, without the format line."""
    records = {policy: timed_record(timed) for policy, timed in compared.timed.items()}
    return {
        "scenario": compared.scenario.name,
        "compared": compared.key,
        "seeds": [run.seed for run in compared.timed[compared.first].runs],
        "policies": [
            {"policy": policy, **{name: record[name] for name in TOLD_OF_EACH}}
            for policy, record in records.items()
        ],
        "differences": [
            {"policy": policy, "less": compared.first, "figures": figures}
            for policy, figures in compared.differences.items()
        ],
    }


def compared_text(compared: Compared) -> str:
    """The comparison for people: what each came to, then a table for each of the others."""
    seeds = len(compared.timed[compared.first].runs)
    width = max(map(len, compared.timed))
    lines = [f"{compared.scenario.name}, by {compared.key}: {seeds} seeds under each", ""]
    lines += [f"  {policy:<{width}} {verdict_of(t)}" for policy, t in compared.timed.items()]
    for policy, figures in compared.differences.items():
        lines += ["", *_table(compared, policy, figures)]
    lines += ["", "  means of a seed; differences by seed with 95 % confidence intervals"]
    return "\n".join([*lines, "  * the interval does not hold 0"])


def _table(compared: Compared, policy: str, figures: Intervals) -> list[str]:
    first, other = compared.timed[compared.first], compared.timed[policy]
    columns = [compared.first, policy]
    widths = [max(10, len(name)) for name in columns]
    named = "  ".join(f"{name:>{width}}" for name, width in zip(columns, widths, strict=True))
    lines = [f"  {named}  {'difference':>10}"]
    for name, found in figures.items():
        if not is_told(first, name):
            continue
        means = (_mean(timed.intervals, name) for timed in (first, other))
        cells = "  ".join(f"{m:>{width}}" for m, width in zip(means, widths, strict=True))
        if found is None:
            lines.append(f"  {cells}  {'-':>10}  {said_of(name)}")
            continue
        mark = " *" if found["low"] > 0 or found["high"] < 0 else ""
        between = f"({found['low']:,.2f} to {found['high']:,.2f})"
        lines.append(f"  {cells}  {found['mean']:>10,.2f}  {between}  {said_of(name)}{mark}")
    return lines


def _mean(intervals: Intervals | None, name: str) -> str:
    found = intervals[name] if intervals is not None else None
    return "-" if found is None else f"{found['mean']:,.2f}"


__all__ = ["Compared", "compared_record", "compared_text", "run_compared"]
