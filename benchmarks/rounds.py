"""How the benchmarks measure: alternating rounds, each run in a process of its own.

Contenders take turns, so that a machine that grows slower or faster meets them all alike; figures
are medians, and ratios are medians of the ratios within a round. A fresh process for each run
makes its peak memory its own. Needs a POSIX system, for `resource`.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

MEASURED_S = 0.2
"""Work that takes less is repeated until this time has passed."""

MAXRSS_PER_MB = 1024 * 1024 if sys.platform == "darwin" else 1024
"""`ru_maxrss` counts bytes on macOS and KiB elsewhere."""


@dataclass(frozen=True)
class Measured:
    """What the rounds of one contender gave."""

    seconds_of_rounds: tuple[float, ...]
    peak_mb: float
    """Memory beyond what the process took before the work began: the median of the rounds."""
    facts: dict[str, Any]
    """What the work returned; the same in every round."""

    @property
    def seconds(self) -> float:
        """The median."""
        return median(self.seconds_of_rounds)

    def seconds_ratio(self, peer: Measured) -> float:
        """How many times as long as the peer it took: the median over the rounds."""
        pairs = zip(self.seconds_of_rounds, peer.seconds_of_rounds, strict=True)
        return median(own / other for own, other in pairs)


def measure(work: Callable[[], dict[str, Any]]) -> None:
    """Do the work, and print how long it took, its peak memory, and what it returned."""
    before = _peak_mb()
    times: list[float] = []
    while sum(times) < MEASURED_S:
        started = perf_counter()
        facts = work()
        times.append(perf_counter() - started)
    print(json.dumps({"seconds": median(times), "peak_mb": _peak_mb() - before, "facts": facts}))


def in_turn(script: str, contenders: Sequence[Sequence[str]], *, rounds: int) -> list[Measured]:
    """Run `script --measure ARGUMENTS…` for each contender, `rounds` times in turn.

    Raises RuntimeError when a run fails, or when two rounds of one contender disagree.
    """
    runs: list[list[dict[str, Any]]] = [[] for _ in contenders]
    for _ in range(rounds):
        for position, arguments in enumerate(contenders):
            runs[position].append(_run(script, arguments))
    return [_put_together(of_one) for of_one in runs]


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table for a terminal; the first columns that hold words are set to the left."""
    lines = [header, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    words = [not any(line[c][:1].isdigit() for line in lines[1:]) for c in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if is_word else cell.rjust(width)
            for cell, width, is_word in zip(line, widths, words, strict=True)
        ).rstrip()
        for line in lines
    )


def _run(script: str, arguments: Sequence[str]) -> dict[str, Any]:
    command = [sys.executable, script, "--measure", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{done.stderr}")
    printed: dict[str, Any] = json.loads(done.stdout)
    return printed


def _put_together(runs: Sequence[dict[str, Any]]) -> Measured:
    facts = [run["facts"] for run in runs]
    if any(other != facts[0] for other in facts):
        raise RuntimeError(f"two rounds of the same work disagree: {facts}")
    return Measured(
        seconds_of_rounds=tuple(run["seconds"] for run in runs),
        peak_mb=median(run["peak_mb"] for run in runs),
        facts=facts[0],
    )


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MAXRSS_PER_MB
