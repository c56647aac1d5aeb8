"""How many transitions a second `explore` makes, at the sizes for which there is a target.

    python benchmarks/exploring_rate.py [--rounds 5] [--customers 8]

The documented order flow with its payment outcomes, allocated the guarded way and the naive way.
`explore` is eventproof.simulator.explore, which visits and then counts interleavings; `visit` is
the same without the counting. `C++` is order_flow.cpp, a hand-written search that reduces nothing
and keeps no counter-example, over the first 200,000 states, where there is a C++ compiler.

The target is 300,000 a second with 6 customers and 3 units. The table has the median of the rounds
and the best one: on a machine that does other work too, the best says what the program can do. The
command fails where two rounds, or `explore` and `visit`, do not visit the same.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

from by_machine import NO_COMPILER, compiled, fastest
from rounds import Measured, in_turn, measure, table

SCOPES = ((4, 2), (6, 3), (8, 4))
"""Pairs of customers and units in stock."""

UNBOUNDED = 10**9
MACHINE_STATES = 200_000
HEADER = (
    "flow", "customers", "units", "", "states", "transitions", "seconds", "transitions/s", "best",
    "ratio to C++",
)  # fmt: skip


def main() -> int:
    """Print the table."""
    options = _options()
    if options.measure:
        measure(_work(*options.measure))
        return 0
    rows: list[tuple[str, ...]] = []
    with compiled() as program:
        for way in ("guarded", "naive"):
            for customers, units in SCOPES:
                if customers <= options.customers:
                    rows += _rows(program, [way, str(customers), str(units)], options.rounds)
    print(table(HEADER, rows))
    if program is None:
        print(NO_COMPILER)
    return 0


def _rows(program: str | None, scope: list[str], rounds: int) -> list[tuple[str, ...]]:
    names = ("explore", "visit")
    measured = in_turn(__file__, [[name, *scope] for name in names], rounds=rounds)
    if measured[0].facts != measured[1].facts:
        raise SystemExit(f"{scope}: {measured[0].facts}, and without counting {measured[1].facts}")
    machine = None
    if program is not None:
        said = fastest(program, "explore", *scope, MACHINE_STATES, rounds=rounds)
        machine = said["transitions"] / said["seconds"]
    return [_row(scope, name, one, machine) for name, one in zip(names, measured, strict=True)]


def _row(scope: list[str], name: str, one: Measured, machine: float | None) -> tuple[str, ...]:
    transitions = one.facts["transitions"]
    best = transitions / min(one.seconds_of_rounds)
    return (
        *scope, name, f"{one.facts['states']:,}", f"{transitions:,}", f"{one.seconds:.3f}",
        f"{transitions / one.seconds:,.0f}", f"{best:,.0f}",
        f"{best / machine:.3f}" if machine is not None else "-",
    )  # fmt: skip


def _work(contender: str, way: str, customers: str, units: str) -> Callable[[], dict[str, Any]]:
    """Make the flow ready; what is left is what is timed."""
    from shop import order_flow_shop

    from eventproof.simulator import Budget, explore

    model = order_flow_shop(allocate=way, customers=int(customers), units=int(units)).model
    budget = Budget(states=UNBOUNDED, seconds=UNBOUNDED)

    def work() -> dict[str, Any]:
        with patch("eventproof.simulator.search.COUNTED_STATES", counted):
            found = explore(model, budget=budget)
        return {"states": found.states, "transitions": found.transitions}

    counted = UNBOUNDED if contender == "explore" else 0
    return work


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--customers", type=int, default=8, help="the largest scope")
    parser.add_argument("--measure", nargs=4, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
