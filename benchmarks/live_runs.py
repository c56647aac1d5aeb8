"""Random concurrent runs of every strategy on a real database, with threads.

    python benchmarks/live_runs.py --runs 1000 --on postgresql

Three customers want a cup and tea each; there are two cups. Each run has its seed, which decides
the pauses between the steps; who goes first is the database's choice. The run fails when a right
strategy breaks a property. Whether a wrong one does is luck, so it is only said if none did; its
counter-example replays on the server (tests/postgres). `--on sqlite` runs on a file, where one
transaction at a time writes: there only a strategy that never looks can oversell. `--journal`,
`--mode` and `--busy-timeout` say how the file is used; whom SQLITE_BUSY stops, on the model as in
the file, that strategy may be right all the same.

The pauses between two tries are those of production (0.05 seconds and more) for right strategies:
a try that begins while the commit that stopped the one before is still on its way to the disk is
stopped by it again. For wrong ones they are short, so that those meet who would wait for luck.
"""

import argparse
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

from server import postgres_url
from sqlite_options import add_sqlite_options, sqlite_of

from eventproof.simulator.inventory import STRATEGIES, Strategy, contest
from eventproof.simulator.sqlite_store import SQLite
from eventproof.simulator.threads import arena

CUSTOMERS = 3
JITTERS_S = (0.0, 0.0005, 0.002)
"""Taken in turn: as fast as it goes, and with pauses in which others overtake."""
PACE_OF_RIGHT, PACE_OF_WRONG = 1.0, 0.02
"""Real seconds in a second of `ctx.sleep`."""
DEADLOCKS_AT_MOST = 20
"""A run with a deadlock lasts the server's second; nothing new comes of a thousand of them."""


def tally(
    strategy: Strategy, url: str, runs: int, sqlite: SQLite | None
) -> tuple[int, Counter[str], Counter[str]]:
    """How often each property was broken, and how journeys ended."""
    model = replace(contest(strategy, customers=CUSTOMERS), sqlite=sqlite)
    broken: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    pace = PACE_OF_RIGHT if strategy.right else PACE_OF_WRONG
    with arena(model, on=url) as place:
        for seed in range(runs):
            jitter_s = JITTERS_S[seed % len(JITTERS_S)]
            run = place.run(model, seed=seed, jitter_s=jitter_s, pace=pace)
            broken.update(breach.property for breach in run.breaches)
            ended.update(run.outcomes.values())
            if ended["failed: 40P01: deadlock detected"] >= DEADLOCKS_AT_MOST:
                return seed + 1, broken, ended
    return runs, broken, ended


def main() -> int:
    """Run it; the exit code."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--runs", type=int, default=1000)
    arguments.add_argument("--on", default="postgresql", help="postgresql, sqlite, or a URL")
    arguments.add_argument("--strategies", nargs="+", default=list(STRATEGIES))
    add_sqlite_options(arguments)
    asked = arguments.parse_args()
    if asked.on == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            return report(f"sqlite:///{Path(folder) / 'shop.db'}", asked)
    with postgres_url(asked.on) as url:
        return report(url, asked)


def report(url: str, asked: argparse.Namespace) -> int:
    """Print the table; 1 when a right strategy broke something."""
    wrong, said_beside = [], []
    print("| strategy | is | runs | paid | refused | failed | broken |")
    print("|---|---|---|---|---|---|---|")
    for name in asked.strategies:
        strategy = STRATEGIES[name]
        done, broken, ended = tally(strategy, url, asked.runs, sqlite_of(asked))
        counts = [
            sum(n for how, n in ended.items() if how.startswith(word))
            for word in ("paid", "refused", "failed")
        ]
        said = ", ".join(f"{p} {n}" for p, n in sorted(broken.items())) or "nothing"
        kind = "right" if strategy.right else "wrong"
        print(f"| `{name}` | {kind} | {done} | {' | '.join(map(str, counts))} | {said} |")
        sys.stdout.flush()
        if sqlite_of(asked) is not None:
            broken.pop("every-command-ends", None)
        if strategy.right and broken:
            wrong.append(f"{name} is right, and broke {said}")
        if not strategy.right and not broken and url.startswith("postgres"):
            said_beside.append(f"{name} is wrong, and by luck nothing broke in {done} runs")
    print(*said_beside, *wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
