"""Runs a scenario's seeds in simulated time and puts the figures together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eventproof.catalog import Catalog
    from eventproof.contracts import Contracts
    from eventproof.simulator import Scenario, TimedRun

DIGITS = 6
"""Decimals of times in JSON."""


@dataclass(frozen=True)
class Timed:
    """The runs of one scenario, a seed each."""

    scenario: Scenario
    runs: tuple[TimedRun, ...]

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
        outcomes: Counter[str] = Counter()
        steps: Counter[str] = Counter()
        figures: Counter[str] = Counter()
        for run in self.runs:
            outcomes.update(run.tally.outcomes)
            steps.update(run.tally.steps)
            figures.update(run.figures)
        durations = sorted(s for run in self.runs for s in run.tally.journey_s)
        return {
            "outcomes": dict(sorted(outcomes.items())),
            **{name: figures[name] for name in ("received_units", "paid_units", "oversold_units")},
            "statements": steps["statements"],
            "lock_waits": steps["lock waits"],
            "serialization_failures": steps["serialization failures"],
            "deadlocks": steps["deadlocks"],
            **{f"journey_p{p}_s": quantile(durations, p) for p in (50, 95, 99)},
        }


def run_timed(
    scenario: Scenario,
    *,
    seeds: Iterable[int],
    catalog: Catalog | None = None,
    contracts: Contracts | None = None,
) -> Timed:
    """Run the scenario once a seed."""
    from eventproof.simulator import prepare, simulate

    prepared = prepare(scenario, catalog=catalog, contracts=contracts)
    runs = tuple(simulate(prepared.model, scenario, seed=seed) for seed in seeds)
    return Timed(scenario, runs)


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
        "violations": [
            {"seed": run.seed, "property": breach.property, "sentence": breach.sentence}
            for run in timed.runs
            for breach in run.breaches
        ],
        "unreached": list(timed.unreached),
    }


def timed_headline(timed: Timed) -> str:
    """One line: the scenario, its verdict, and how much was run."""
    from eventproof.report import NAME_WIDTH

    broken = sorted({breach.property for run in timed.runs for breach in run.breaches})
    words = " ".join([timed.verdict.upper(), ", ".join(broken)]).strip()
    oversold = timed.metrics["oversold_units"]
    journeys = f"{timed.journeys:,} journeys, {oversold:,} units oversold"
    expected = "" if timed.as_expected else f"   (expected {timed.scenario.expect or 'passed'})"
    return f"{timed.scenario.name:<{NAME_WIDTH}} {words}   {journeys}{expected}"


def timed_text(timed: Timed) -> str:
    """The runs for people: the headline, then one figure a line."""
    seeds = ", ".join(str(run.seed) for run in timed.runs)
    simulated_s = sum(run.seconds for run in timed.runs)
    lines = [timed_headline(timed), "", f"  seeds {seeds}; {simulated_s:,.0f} simulated seconds"]
    for name, value in timed.metrics.items():
        if name == "outcomes":
            lines += [f"  {count:>9,}  {outcome}" for outcome, count in value.items()]
        elif name.endswith("_s"):
            lines.append(f"  {value:>9.2f}  {name.removesuffix('_s').replace('_', ' ')}, seconds")
        else:
            lines.append(f"  {value:>9,}  {name.replace('_', ' ')}")
    lines += [f"  never reached: {name}" for name in timed.unreached]
    for run in timed.runs:
        lines += [f"  seed {run.seed}: {breach.sentence}" for breach in run.breaches]
    return "\n".join(lines)


def quantile(ordered: Sequence[float], percent: int) -> float:
    """The nearest-rank quantile; 0 for no values."""
    if not ordered:
        return 0.0
    rank = max(0, -(-percent * len(ordered) // 100) - 1)
    return round(ordered[rank], DIGITS)
