"""Every corroborated pair of the containment suites, policy strict: how many verdicts are right.

    python benchmarks/containment_suites.py [--unknown]

The suites lie beside the repository (tests/contracts/containment_suites.py says where). Time is
the wall time of one `compare`, explanation included. `--unknown` lists what was not decided.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "contracts"))

import containment_suites as suites

from eventproof.contracts import compare

ROW = "{:<20} {:>6} {:>8} {:>6} {:>8} {:>10} {:>8}"


def measure(name: str) -> tuple[Counter[str], list[float], list[str]]:
    """Compare every pair of one suite: verdicts by kind, seconds each, undecided ids."""
    counts: Counter[str] = Counter()
    seconds: list[float] = []
    undecided: list[str] = []
    for pair in suites.pairs(name):
        begin = time.perf_counter()
        comparison = compare(writer=pair.writer, reader=pair.reader, policy="strict")
        seconds.append(time.perf_counter() - begin)
        if comparison.verdict == "unknown":
            undecided.append(f"{pair.id}  {comparison.reason}")
            counts["unknown"] += 1
        else:
            right = (comparison.verdict == "compatible") == pair.contained
            counts["correct" if right else "wrong"] += 1
    return counts, seconds, undecided


def main() -> int:
    """Print the table; fail when any verdict is wrong."""
    if not suites.FOLDER.is_dir():
        print("the containment suites are not beside this repository", file=sys.stderr)
        return 3
    print(ROW.format("suite", "pairs", "correct", "wrong", "unknown", "median ms", "max ms"))
    wrong = 0
    for name in suites.NAMES:
        counts, seconds, undecided = measure(name)
        wrong += counts["wrong"]
        cells = (name, len(seconds), counts["correct"], counts["wrong"], counts["unknown"])
        times = (f"{1000 * statistics.median(seconds):.2f}", f"{1000 * max(seconds):.1f}")
        print(ROW.format(*cells, *times))
        if "--unknown" in sys.argv:
            print("\n".join(f"  {line}" for line in undecided))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
