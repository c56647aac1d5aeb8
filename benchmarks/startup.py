"""What `eventproof --help` and `--version` cost over starting Python at all.

    python benchmarks/startup.py [--runs 15]

Runs the console script of this environment, in turn with `python -c pass`, each run a process of
its own. The figure that counts is the difference of the medians: what eventproof itself adds.
The command fails when it is above the target.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

from rounds import table

TARGET_MS = 150.0

PYTHON = "python -c pass"
SCRIPT = Path(sysconfig.get_path("scripts")) / "eventproof"
COMMANDS = {
    PYTHON: (sys.executable, "-c", "pass"),
    "eventproof --version": (str(SCRIPT), "--version"),
    "eventproof --help": (str(SCRIPT), "--help"),
}


def main() -> int:
    """Print the table; 1 when a command is above the target."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    if not SCRIPT.exists():
        raise SystemExit(f"{SCRIPT.name} is not installed in this environment")
    for command in COMMANDS.values():
        _milliseconds(command)  # so that no run pays for compiling modules
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(runs):
        for name, command in COMMANDS.items():
            times[name].append(_milliseconds(command))
    added = {name: median(times[name]) - median(times[PYTHON]) for name in COMMANDS}
    rows = [
        (name, f"{median(of_one):.1f}", f"{min(of_one):.1f}", f"{added[name]:.1f}")
        for name, of_one in times.items()
    ]
    print(table(("command", "median ms", "least ms", "over python ms"), rows))
    is_slow = max(added.values()) > TARGET_MS
    print(f"\n{'above' if is_slow else 'within'} the target of {TARGET_MS:.0f} ms")
    return 1 if is_slow else 0


def _milliseconds(command: Sequence[str]) -> float:
    started = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (perf_counter() - started) * 1000


if __name__ == "__main__":
    sys.exit(main())
