"""The figures of timed runs: over all seeds, for each seed, and their intervals.

A figure that a scenario does not ask for (the wait for a connection, where there are any number)
is None. What could be wrong: a mean over seeds of which some have no such figure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest
from statistics import fmean
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eventproof.simulator import Scenario, TimedRun

DIGITS = 6
"""Decimals of times in JSON."""
UNIT_FIGURES = (
    "received_units", "paid_units", "oversold_units", "lost_sales", "sell_out_s",
    "hold_waste_unit_s", "out_of_turn_rate",
)  # fmt: skip
"""Figures of what was sold; not told where a scenario has no stock."""

CONNECTION_FIGURES = ("connection_wait_p95_s",)
"""Figures of the pool of connections; not told where a scenario names none."""

ATTEMPT_FIGURES = ("attempts_per_customer", "retry_rate", "peak_load")
RETRY_FIGURES = (*ATTEMPT_FIGURES, "offered_load", "conflicts_of_retries")
"""Figures of customers who come again; not told where nobody does."""

Figures = dict[str, float | None]
"""What one seed came to; None where a figure means nothing for it."""

Intervals = dict[str, dict[str, float] | None]
"""Figure -> its mean and the ends of its interval; None where it means nothing for some seed."""


def untold_of(scenario: Scenario) -> tuple[str, ...]:
    """The figures that mean nothing for a scenario, and are not told to people."""
    units = () if scenario.has_inventory else UNIT_FIGURES
    pool = () if scenario.latency.connections else CONNECTION_FIGURES
    retries = () if scenario.customers.retry else RETRY_FIGURES
    patience = () if scenario.customers.patience_s is not None else ("abandoned_journeys",)
    return (*units, *pool, *retries, *patience)


def metrics_of(runs: Sequence[TimedRun]) -> dict[str, Any]:
    """Sums over all seeds, and times over all journeys, in simulated seconds."""
    from eventproof.simulator import CONFLICTS_AGAIN

    outcomes: Counter[str] = Counter()
    steps: Counter[str] = Counter()
    figures: Counter[str] = Counter()
    for run in runs:
        outcomes.update(run.tally.outcomes)
        steps.update(run.tally.steps)
        figures.update(run.figures)
    durations = sorted(s for run in runs for s in run.tally.journey_s)
    sales = [run.sales for run in runs]
    sold_out = [x.sell_out_s for x in sales if x.sell_out_s is not None]
    pairs, out_of_turn = sum(x.pairs for x in sales), sum(x.out_of_turn for x in sales)
    return {
        "outcomes": dict(sorted(outcomes.items())),
        **{name: figures[name] for name in ("received_units", "paid_units", "oversold_units")},
        "lost_sales": sum(x.lost for x in sales),
        "sell_out_s": round(fmean(sold_out), DIGITS) if sold_out else None,
        "hold_waste_unit_s": round(sum(x.hold_waste_unit_s for x in sales), DIGITS),
        "out_of_turn_rate": round(out_of_turn / pairs, DIGITS) if pairs else None,
        "statements": steps["statements"],
        "lock_waits": steps["lock waits"],
        "serialization_failures": steps["serialization failures"],
        "deadlocks": steps["deadlocks"],
        "busy_answers": steps["busy answers"],
        "requests_given_up": steps["requests given up"],
        "connection_wait_p95_s": _connection_wait_s(runs),
        **_retry_metrics(runs, steps[CONFLICTS_AGAIN]),
        **{f"journey_p{p}_s": quantile(durations, p) for p in (50, 95, 99)},
    }


def figures_of(run: TimedRun) -> Figures:
    """What one seed came to."""
    steps, durations, sales = run.tally.steps, sorted(run.tally.journey_s), run.sales
    from eventproof.simulator import ABANDONED, CONFLICTS

    conflicts = sum(steps[kind] for kind in CONFLICTS)
    refused = sum(n for said, n in run.tally.outcomes.items() if said.startswith("refused"))
    return {
        "paid_units": run.figures["paid_units"],
        "oversold_units": run.figures["oversold_units"],
        "refused_journeys": refused,
        "lost_sales": sales.lost,
        "sell_out_s": sales.sell_out_s,
        "hold_waste_unit_s": sales.hold_waste_unit_s,
        "out_of_turn_rate": sales.out_of_turn / sales.pairs if sales.pairs else None,
        "conflict_rate": conflicts / steps["statements"] if steps["statements"] else 0.0,
        "abandoned_journeys": run.tally.outcomes[ABANDONED],
        "connection_wait_p95_s": _connection_wait_s([run]),
        **_retry_figures(run),
        **{f"journey_p{p}_s": quantile(durations, p) for p in (50, 95, 99)},
    }


def _connection_wait_s(runs: Sequence[TimedRun]) -> float | None:
    """95 in 100 transactions waited no longer for their connection; None without a pool."""
    if runs[0].connection_waits_s is None:
        return None
    return quantile(sorted(s for run in runs for s in run.connection_waits_s or ()), 95)


def _retry_figures(run: TimedRun) -> Figures:
    attempts = run.attempts
    if attempts is None:
        return dict.fromkeys(ATTEMPT_FIGURES)
    everything = attempts.first + attempts.again
    return {
        "attempts_per_customer": everything / attempts.first if attempts.first else 0.0,
        "retry_rate": attempts.again / everything if everything else 0.0,
        "peak_load": attempts.peak,
    }


def _retry_metrics(runs: Sequence[TimedRun], conflicts: int) -> dict[str, Any]:
    """Of all seeds: shares of all attempts, and the mean load of a seed, window by window."""
    known = [run.attempts for run in runs if run.attempts is not None]
    if not known:
        return dict.fromkeys(RETRY_FIGURES)
    first, again = sum(one.first for one in known), sum(one.again for one in known)
    loads = zip_longest(*(one.load for one in known), fillvalue=0.0)
    return {
        "attempts_per_customer": round((first + again) / first, DIGITS) if first else 0.0,
        "retry_rate": round(again / (first + again), DIGITS) if first else 0.0,
        "peak_load": round(fmean(one.peak for one in known), DIGITS),
        "offered_load": [round(fmean(window), DIGITS) for window in loads],
        "conflicts_of_retries": conflicts,
    }


def intervals_of(figures: Sequence[Figures]) -> Intervals:
    """The interval of each figure over at least two seeds."""
    return {name: _interval_of([one[name] for one in figures]) for name in figures[0]}


def _interval_of(values: Sequence[float | None]) -> dict[str, float] | None:
    from eventproof.simulator import interval

    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    found = interval(known)
    ends = {"mean": found.mean, "low": found.low, "high": found.high}
    return {name: round(value, DIGITS) for name, value in ends.items()}


def quantile(ordered: Sequence[float], percent: int) -> float:
    """The nearest-rank quantile; 0 for no values."""
    if not ordered:
        return 0.0
    rank = max(0, -(-percent * len(ordered) // 100) - 1)
    return round(ordered[rank], DIGITS)
