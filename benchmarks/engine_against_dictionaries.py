"""The inventory engine against dictionaries and a list, with a crash and a retry at every step.

    python benchmarks/engine_against_dictionaries.py --lives 1000 --commands 150

A life is a shop to which random commands are given: stock transactions and batches, reservations,
orders, payments, shipments, returns, deliveries and transfers, from one warehouse and from
several. Each command is also done again from everything that a crash at any of its steps leaves
behind; the engine must come to where the dictionaries come to, every invariant must hold, and the
ledger must sum to the stock. A disagreement ends the run with its seed.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "simulator"))

from simulator_compared import a_life


def main() -> None:
    """Run lives and say how often each command had an effect."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lives", type=int, default=100)
    parser.add_argument("--commands", type=int, default=150, help="in each life")
    parser.add_argument("--seed", type=int, default=10_000, help="of the first life")
    chosen = parser.parse_args()
    effects: Counter[str] = Counter()
    for seed in range(chosen.seed, chosen.seed + chosen.lives):
        try:
            effects += a_life(seed, chosen.commands)
        except AssertionError as disagreement:
            sys.exit(f"seed {seed}: {disagreement}")
    for name, times in sorted(effects.items()):
        print(f"{times:>8,}  {name}")
    print(f"{chosen.lives * chosen.commands:,} commands, no disagreement")


if __name__ == "__main__":
    main()
