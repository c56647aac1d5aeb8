"""Runs a scenario's seeds in simulated time and puts the figures together."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventproof.cli.figures import (
    DIGITS,
    Intervals,
    figures_of,
    intervals_of,
    metrics_of,
    untold_of,
)
from eventproof.cli.taping import Taped, tape_races

if TYPE_CHECKING:
    from eventproof.catalog import Catalog
    from eventproof.contracts import Contracts
    from eventproof.simulator import Crew, Scenario, TimedRun


@dataclass(frozen=True)
class Timed:
    """The runs of one scenario, a seed each."""

    scenario: Scenario
    runs: tuple[TimedRun, ...]
    taped: tuple[Taped, ...] = ()
    """The first race of each broken property."""

    @property
    def verdict(self) -> str:
        """`violated` when any run broke a property, else `passed`: timed runs prove nothing."""
        return "violated" if any(run.breaches for run in self.runs) else "passed"

    @property
    def unreached(self) -> tuple[str, ...]:
        """`sometimes` properties that no run met."""
        return tuple(
            name for name in self.scenario.sometimes if all(name in run.unmet for run in self.runs)
        )

    @property
    def as_expected(self) -> bool:
        """Whether the runs broke a property exactly when the scenario says so."""
        expected = self.scenario.expect == "violated"
        return (self.verdict == "violated") is expected and not self.unreached

    @property
    def journeys(self) -> int:
        """Finished journeys, over all seeds."""
        return sum(len(run.tally.journey_s) for run in self.runs)

    @property
    def metrics(self) -> dict[str, Any]:
        """Sums over all seeds, and times over all journeys, in simulated seconds."""
        return metrics_of(self.runs)

    @property
    def intervals(self) -> Intervals | None:
        """Means of a seed's figures with 95 % confidence intervals; None for a single seed."""
        if len(self.runs) < 2:
            return None
        return intervals_of([figures_of(run) for run in self.runs])


def run_timed(
    scenario: Scenario,
    *,
    seeds: Sequence[int],
    catalog: Catalog | None = None,
    contracts: Contracts | None = None,
    crew: Crew | None = None,
    kept: Path | None = None,
    work: Path,
) -> Timed:
    """Run the scenario once a seed, and write tapes of the races that are met beneath `work`."""
    from eventproof.simulator import demand_one_order, prepare, sweep, watching

    prepared = prepare(scenario, catalog=catalog, contracts=contracts)
    with progress_of(scenario.name) as tick, watching():
        runs = sweep(prepared, seeds, crew=crew, kept=kept, progress=tick)
        demand_one_order(prepared)
        return Timed(scenario, runs, tape_races(prepared, runs, work=work))


@contextmanager
def progress_of(title: str) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on stderr while many seeds run; only where a person looks on."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task(title, total=None)
        yield lambda done, wanted: bars.update(bar, completed=done, total=wanted)


def timed_record(timed: Timed) -> dict[str, Any]:
    """The runs as they stand in JSON, without the format line."""
    return {
        "scenario": timed.scenario.name,
        "seeds": [run.seed for run in timed.runs],
        "verdict": timed.verdict,
        "expected": timed.scenario.expect,
        "as_expected": timed.as_expected,
        "journeys": timed.journeys,
        "seconds": round(sum(run.seconds for run in timed.runs), DIGITS),
        "metrics": timed.metrics,
        "intervals": timed.intervals,
        "violations": _violation_records(timed),
        "unreached": list(timed.unreached),
    }


def _violation_records(timed: Timed) -> list[dict[str, Any]]:
    tapes = {(taped.seed, taped.property): taped.tape for taped in timed.taped}
    return [
        {
            "seed": run.seed,
            "property": breach.property,
            "sentence": breach.sentence,
            "tape": tapes.get((run.seed, breach.property)),
        }
        for run in timed.runs
        for breach in run.breaches
    ]


def timed_headline(timed: Timed) -> str:
    """One line: the scenario, its verdict, and how much was run."""
    from eventproof.report import NAME_WIDTH

    expected = "" if timed.as_expected else f"   (expected {timed.scenario.expect or 'passed'})"
    return f"{timed.scenario.name:<{NAME_WIDTH}} {verdict_of(timed)}{expected}"


def verdict_of(timed: Timed) -> str:
    """The verdict with the properties that broke, and how much was run."""
    broken = sorted({breach.property for run in timed.runs for breach in run.breaches})
    words = " ".join([timed.verdict.upper(), ", ".join(broken)]).strip()
    journeys = f"{timed.journeys:,} journeys"
    if timed.scenario.has_inventory:
        journeys += f", {timed.metrics['oversold_units']:,} units oversold"
    return f"{words}   {journeys}"


def timed_text(timed: Timed) -> str:
    """The runs for people: the headline, then one figure a line."""
    seeds = ", ".join(str(run.seed) for run in timed.runs)
    simulated_s = sum(run.seconds for run in timed.runs)
    lines = [timed_headline(timed), "", f"  seeds {seeds}; {simulated_s:,.0f} simulated seconds"]
    for name, value in timed.metrics.items():
        if name == "outcomes":
            lines += [f"  {count:>9,}  {outcome}" for outcome, count in value.items()]
        elif is_told(timed, name) and name != "offered_load":
            number = "never" if value is None and name == "sell_out_s" else number_of(value)
            lines.append(f"  {number:>9}  {said_of(name)}")
    lines += _interval_lines(timed)
    lines += [f"  never reached: {name}" for name in timed.unreached]
    for run in timed.runs:
        lines += [f"  seed {run.seed}: {breach.sentence}" for breach in run.breaches]
    return "\n".join([*lines, *_race_lines(timed)])


def is_told(timed: Timed, name: str) -> bool:
    """Whether a figure is told to people."""
    return name not in untold_of(timed.scenario)


def said_of(name: str) -> str:
    """A figure's name in words, with its unit."""
    if name.endswith("_unit_s"):
        return f"{name.removesuffix('_unit_s').replace('_', ' ')}, unit-seconds"
    unit = ", seconds" if name.endswith("_s") else ""
    return f"{name.removesuffix('_s').replace('_', ' ')}{unit}"


def number_of(value: float | None) -> str:
    """A count, or a measure with two decimals; a dash where there is none."""
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


def _race_lines(timed: Timed) -> list[str]:
    """The first race in a few lines, and where the tapes are."""
    from eventproof.report import timeline

    lines: list[str] = []
    told = next((taped.story for taped in timed.taped if taped.story is not None), None)
    if told is not None:
        lines += ["", f"  {told.sentence}", ""]
        lines += [f"  {line}" for line in timeline(told.lines).splitlines()]
    for taped in timed.taped:
        if taped.tape is not None:
            lines.append(f"  replay {taped.property}: eventproof replay {taped.tape}")
        else:
            lines.append(f"  no tape of {taped.property}: {taped.why_not}")
    return lines


def _interval_lines(timed: Timed) -> list[str]:
    if timed.intervals is None:
        return []
    lines = ["  means of a seed, with 95 % confidence intervals"]
    for name, found in timed.intervals.items():
        if found is not None and is_told(timed, name):
            between = f"({found['low']:,.2f} to {found['high']:,.2f})"
            lines.append(f"  {found['mean']:>9,.2f}  {between}  {said_of(name)}")
    return lines
