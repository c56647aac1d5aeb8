"""How much faster a sweep of seeds is in two processes than in one.

    python benchmarks/sweep_seeds.py [--rounds 3] [--seeds 48] [--customers 2000]

Both run eventproof.simulator.sweep over the same seeds of the documented order flow, each in a
process of its own, start of the workers included. The ratio is the seconds of one process over
those of two: 2 is the most that two cores can give. Needs joblib (extra `cluster`) and two cores
that nobody else uses. The command fails when the two come to different runs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

from rounds import in_turn, measure, table

HEADER = ("processes", "seeds", "journeys", "seconds", "journeys/s", "ratio")


def main() -> int:
    """Print the table."""
    options = _options()
    if options.measure:
        measure(_work(*map(int, options.measure)))
        return 0
    sizes = [str(options.seeds), str(options.customers)]
    one, two = in_turn(__file__, [["1", *sizes], ["2", *sizes]], rounds=options.rounds)
    if one.facts != two.facts:
        raise SystemExit(f"two processes do not come to what one does: {one.facts}, {two.facts}")
    journeys = options.seeds * options.customers
    rows = [
        (jobs, sizes[0], f"{journeys:,}", f"{m.seconds:.2f}", f"{journeys / m.seconds:,.0f}", "")
        for jobs, m in (("1", one), ("2", two))
    ]
    rows.append(("", "", "", "", "", f"{one.seconds_ratio(two):.2f}"))
    print(table(HEADER, rows))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=48)
    parser.add_argument("--customers", type=int, default=2_000)
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    return parser.parse_args()


def _work(jobs: int, seeds: int, customers: int) -> Callable[[], dict[str, Any]]:
    """Make one contender's work ready; what is left is what is timed."""
    from shop import order_flow_shop

    from eventproof.simulator import Crew, sweep

    prepared = order_flow_shop(allocate="guarded", customers=customers, units=customers // 2)

    def swept() -> dict[str, Any]:
        runs = sweep(prepared, range(1, seeds + 1), crew=Crew(jobs))
        return {"seconds": [run.seconds for run in runs]}

    return swept


if __name__ == "__main__":
    sys.exit(main())
