"""Proves every right concurrency strategy for three customers and two products, faults off.

    python benchmarks/prove_strategies.py

The shop is that of `contest`: three customers who want a cup and tea each, where there are two
cups. The tests prove all but `append-serializable`, whose states take a while. Fails when a
strategy is not proved, or when not every order of the steps was tried.
"""

import argparse
import sys
from time import process_time

from eventproof.simulator import explore
from eventproof.simulator.inventory import STRATEGIES, contest
from eventproof.simulator.search import Budget

BUDGET = Budget(states=20_000_000, seconds=7200.0)


def main() -> int:
    """Run it; 1 when a strategy is not proved."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--customers", type=int, default=3)
    right = [name for name, strategy in STRATEGIES.items() if strategy.right]
    arguments.add_argument("--strategies", nargs="+", default=right)
    asked = arguments.parse_args()
    unproved = []
    print("| strategy | customers | verdict | states | CPU s |")
    print("|---|---|---|---|---|")
    for name in asked.strategies:
        began_s = process_time()
        found = explore(contest(STRATEGIES[name], customers=asked.customers), budget=BUDGET)
        cells = (name, asked.customers, found.verdict, f"{found.states:,}")
        print("|", *(f"{cell} |" for cell in cells), f"{process_time() - began_s:.1f} |")
        sys.stdout.flush()
        if found.verdict != "proved" or not found.exhausted:
            unproved.append(name)
    return 1 if unproved else 0


if __name__ == "__main__":
    raise SystemExit(main())
