"""Every two operations of the inventory engine at the same time, in every order of their steps.

    python benchmarks/engine_in_pairs.py

The shop has paid, half paid and unpaid orders, shipped, packed and waited for, units that are held
and on their way; every invariant must hold after every step. The two operations are of the same
kind too, unless a repeated command is what the ledger forbids.
"""

from __future__ import annotations

import sys
from itertools import combinations_with_replacement
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "simulator"))

from simulator_operations import OPERATIONS, explored

REPEATED = ("count", "find one")
"""Stock transactions carry their own command: the same again is 23505."""


def main() -> None:
    """Explore every pair and say how many there are; end at the first that breaks something."""
    pairs = states = 0
    for one, other in combinations_with_replacement(OPERATIONS, 2):
        if one == other and one in REPEATED:
            continue
        found = explored(one, other)
        if found.verdict != "proved":
            sys.exit(f"{one}, {other}: {found.verdict} {found.violations}")
        pairs, states = pairs + 1, states + found.states
    print(f"{pairs} pairs, {states:,} states, nothing broken")


if __name__ == "__main__":
    main()
