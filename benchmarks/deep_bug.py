"""How fast a deep bug is found at random, against Hypothesis on the same model.

    python benchmarks/deep_bug.py [--seeds 5] [--steps 4] [--others 4] [--target 100]

One actor commits a window open, and with its next transaction shut. A saga of four transactions
looks at the window in each, gives up where it is shut, and writes down how far it came; the bug is
a saga that comes to its end. Four others count to five, an update and a commit each time.

`both`, `pct` and `random` are eventproof.simulator.sample: `async def` journeys on the
transactional model store. `hypothesis` is a RuleBasedStateMachine of the same model as plain
Python: a rule takes the next statement or commit of one actor that has one left. It has no
locks, versions or coroutines to run, is asked for no shrinking, and draws no step in vain.

Each run is a process of its own, contenders take turns seed by seed, and what is measured is CPU
time from the made model to the first violation, the libraries' import left out. A contender that
does not find it within its bound is given the time it spent, so its true ratio is larger (`>`).
The command ends with 1 when the median ratio of `both` is below the target.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from time import process_time
from typing import Any

from rounds import table

COUNTS_TO = 5
RUNS_BOUND = 20_000
EXAMPLES_BOUND = 5_000
PEER = "hypothesis"
CONTENDERS = ("both", "pct", "random", PEER)
HEADER = ("", "found", "runs", "steps", "CPU s", "steps/s", "hypothesis over it")


@dataclass(frozen=True)
class Hunt:
    """One contender's way to the first violation, or to its bound."""

    found: bool
    runs: int
    steps: int
    cpu_s: float


@dataclass(frozen=True)
class Size:
    """How large the model is."""

    steps: int
    others: int


def sampled(by: str, seed: int, size: Size) -> Hunt:
    """Run the journeys at random."""
    from eventproof.simulator import Budget, Search, sample

    model = _model(size)
    started = process_time()
    search = Search(by, runs=RUNS_BOUND)
    found = sample(model, search=search, seed=seed, budget=Budget(seconds=3_600))
    cpu_s = process_time() - started
    return Hunt(bool(found.violations), found.runs or 0, found.transitions, cpu_s)


def _model(size: Size) -> Any:
    from sqlalchemy import Column, Integer, MetaData, String, Table

    from eventproof.simulator import Always, Customer, Isolation, Model, minus, plus
    from eventproof.simulator.tables import table_of

    counters = Table(
        "counters",
        MetaData(),
        Column("name", String, primary_key=True),
        Column("value", Integer, nullable=False),
    )

    async def opens(_actor: Any, ctx: Any) -> None:
        async with ctx.transaction() as tx:
            await tx.update(counters, "window", value=plus(1))
        async with ctx.transaction() as tx:
            await tx.update(counters, "window", value=minus(1))

    async def saga(_actor: Any, ctx: Any) -> None:
        for step in range(size.steps):
            async with ctx.transaction() as tx:
                window = await tx.get(counters, "window")
                if not window.value:
                    return
                await tx.update(counters, "saga", value=step + 1)

    async def counts(actor: Any, ctx: Any) -> None:
        for _ in range(COUNTS_TO):
            async with ctx.transaction() as tx:
                await tx.update(counters, actor.name, value=plus(1))

    def whole(view: Any) -> str | None:
        rows = view.table("counters")
        is_whole = any(row.name == "saga" and row.value == size.steps for row in rows)
        return "The saga is whole." if is_whole else None

    names = [f"other-{n}" for n in range(size.others)]
    made = table_of(counters)
    return Model(
        customers=(
            Customer("opener", journey=opens),
            Customer("saga", journey=saga),
            *(Customer(name, journey=counts) for name in names),
        ),
        journey=counts,
        rows={made.key(n): made.make({"name": n, "value": 0}) for n in ("window", "saga", *names)},
        routes={},
        outcomes={},
        isolation=Isolation.READ_COMMITTED,
        always=(Always("never-whole", whole, sees_outcomes=False),),
        sometimes=(),
        fault_of=lambda _message, _version: None,
    )


def by_hypothesis(seed: int, size: Size) -> Hunt:
    """Let Hypothesis choose whose step is next."""
    import hypothesis
    from hypothesis import stateful
    from hypothesis import strategies as st

    taken = {"examples": 0, "steps": 0}

    class Machine(stateful.RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            taken["examples"] += 1
            self.saga = 0
            self.left = [4, 3 * size.steps, *([2 * COUNTS_TO] * size.others)]

        @stateful.precondition(lambda self: any(self.left))
        @stateful.rule(data=st.data())
        def step(self, data: Any) -> None:
            taken["steps"] += 1
            actor = data.draw(st.sampled_from([n for n, left in enumerate(self.left) if left]))
            is_open = self.left[0] in (1, 2)  # after the first commit, before the second
            self.left[actor] -= 1
            if actor != 1:
                return
            does = self.left[1] % 3  # 2: it has looked, 1: written, 0: committed
            if does == 2 and not is_open:
                self.left[1] = 0
            elif does == 0:
                self.saga += 1

        @stateful.rule()
        @stateful.precondition(lambda self: not any(self.left))
        def rest(self) -> None:
            """All are done."""

        @stateful.invariant()
        def never_whole(self) -> None:
            assert self.saga < size.steps

    length = 4 + 3 * size.steps + 2 * COUNTS_TO * size.others
    settings = hypothesis.settings(
        max_examples=EXAMPLES_BOUND,
        stateful_step_count=length,
        phases=[hypothesis.Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        report_multiple_bugs=False,
    )
    started = process_time()
    found = False
    try:
        stateful.run_state_machine_as_test(hypothesis.seed(seed)(Machine), settings=settings)
    except AssertionError:
        found = True
    return Hunt(found, taken["examples"], taken["steps"], process_time() - started)


def hunts_of(arguments: argparse.Namespace) -> dict[str, list[Hunt]]:
    """Every contender's hunts, seed by seed in turn."""
    hunts: dict[str, list[Hunt]] = {name: [] for name in CONTENDERS}
    for seed in range(1, arguments.seeds + 1):
        for name in CONTENDERS:
            command = [sys.executable, __file__, "--measure", name, "--seed", str(seed)]
            command += ["--steps", str(arguments.steps), "--others", str(arguments.others)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(f"{name} failed:\n{done.stderr}")
            hunts[name].append(Hunt(**json.loads(done.stdout)))
    return hunts


def ratio_of(hunts: Sequence[Hunt], peers: Sequence[Hunt]) -> float:
    """How many times the peer's CPU time is a contender's: the median over the seeds."""
    return median(p.cpu_s / h.cpu_s for h, p in zip(hunts, peers, strict=True))


def row_of(name: str, hunts: Sequence[Hunt], peers: Sequence[Hunt]) -> tuple[str, ...]:
    """One line of the table; medians over the seeds."""
    figures: tuple[Callable[[Hunt], float], ...] = (
        lambda h: h.runs,
        lambda h: h.steps,
        lambda h: h.cpu_s,
        lambda h: h.steps / h.cpu_s,
    )
    runs, steps, cpu_s, rate = (median(map(figure, hunts)) for figure in figures)
    more = "" if all(peer.found for peer in peers) else "> "
    ratio = "" if name == PEER else f"{more}{ratio_of(hunts, peers):,.0f}"
    found = f"{sum(h.found for h in hunts)} of {len(hunts)}"
    return name, found, f"{runs:,.0f}", f"{steps:,.0f}", f"{cpu_s:.3f}", f"{rate:,.0f}", ratio


def main() -> int:
    """Print the table; 1 where the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--others", type=int, default=4)
    parser.add_argument("--target", type=float, default=100.0)
    parser.add_argument("--measure", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        size = Size(arguments.steps, arguments.others)
        is_peer = arguments.measure == PEER
        seed = arguments.seed
        hunt = by_hypothesis(seed, size) if is_peer else sampled(arguments.measure, seed, size)
        print(json.dumps(asdict(hunt)))
        return 0
    hunts = hunts_of(arguments)
    print(table(HEADER, [row_of(name, hunts[name], hunts[PEER]) for name in CONTENDERS]))
    return 0 if ratio_of(hunts["both"], hunts[PEER]) >= arguments.target else 1


if __name__ == "__main__":
    sys.exit(main())
