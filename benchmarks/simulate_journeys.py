"""How many journeys a second `simulate` runs, against a plain SimPy model of the same flow.

    python benchmarks/simulate_journeys.py [--rounds 5] [--customers 4000] [--connections 20]

`simulate` is eventproof.simulator.simulate: the real handlers of the documented order flow on the
model store, with its locks, ledger, log and properties. `plain SimPy` is order_flow_in_simpy.py:
the same arrivals, statements, latencies and row lock, written as a tutorial would, and nothing
beside. There are half as many units as customers.

With `--connections`, so many transactions may be open at a time: a pool in `simulate`, a Resource
in SimPy; the C++ loop, which has none, is left out.

`C++` is order_flow.cpp: the plain SimPy model again as a compiled loop, where there is a compiler.

The ratio is eventproof's journeys a second over SimPy's: what running the handlers themselves
costs. Both draw other random numbers, so that their totals agree in kind, which is checked: every
customer paid, was declined or was refused; the guarded way sells every unit and oversells none;
the naive way oversells in both. The command fails where that does not hold.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from by_machine import NO_COMPILER, compiled, fastest
from rounds import Measured, in_turn, measure, table

if TYPE_CHECKING:
    from eventproof.simulator import Prepared

ARRIVALS_PER_S = 50.0
SEED = 1
HEADER = (
    "allocation", "", "paid", "declined", "refused", "oversold", "seconds", "journeys/s",
    "peak MB",
)  # fmt: skip


def main() -> int:
    """Print the table."""
    options = _options()
    if options.measure:
        measure(_work(*options.measure))
        return 0
    rows: list[tuple[str, ...]] = []
    with compiled() as program:
        rows += _rows(program, options)
    print(table(HEADER, rows))
    if program is None:
        print(NO_COMPILER)
    return 0


def _rows(program: str | None, options: argparse.Namespace) -> Iterator[tuple[str, ...]]:
    for way in ("guarded", "naive"):
        sizes = [str(options.customers), str(options.connections)]
        contenders = [[name, way, *sizes] for name in ("simulate", "simpy")]
        own, peer = in_turn(__file__, contenders, rounds=options.rounds)
        for name, measured in (("simulate", own), ("plain SimPy", peer)):
            _demand_sound(name, way, measured.facts, options.customers)
            yield _row(way, name, measured, options.customers)
        seconds = own.seconds_ratio(peer)
        yield (way, "ratio", "", "", "", "", f"{seconds:.2f}", f"{1 / seconds:.3f}", "")
        if program is not None and not options.connections:
            yield from _machine_rows(program, way, own, options)


def _machine_rows(
    program: str, way: str, own: Measured, options: argparse.Namespace
) -> Iterator[tuple[str, ...]]:
    customers, units = options.customers, options.customers // 2
    scenario = _prepared(way, customers, 0).scenario
    (approve, decline) = (weight for _, weight in scenario.external["payment"].weights)
    latency, pace = scenario.latency, scenario.customers
    said = fastest(
        program, "simulate", way, customers, units, SEED, latency.statement_s, latency.external_s,
        pace.think_time_s, pace.arrivals_per_s, approve / (approve + decline),
        rounds=options.rounds,
    )  # fmt: skip
    ended = ("paid", "declined", "refused")
    facts = _facts({name: said[name] for name in ended}, units)
    _demand_sound("C++", way, facts, customers)
    seconds = said["seconds"]
    yield (
        way, "C++", *(f"{said[name]:,}" for name in ended), f"{facts['oversold']:,}",
        f"{seconds:.3f}", f"{customers / seconds:,.0f}", "",
    )  # fmt: skip
    distance = own.seconds / seconds
    yield (way, "ratio to C++", "", "", "", "", f"{distance:.1f}", f"{1 / distance:.4f}", "")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--customers", type=int, default=4_000)
    parser.add_argument("--connections", type=int, default=0)
    parser.add_argument("--measure", nargs=4, help=argparse.SUPPRESS)
    return parser.parse_args()


def _work(contender: str, way: str, count: str, connections: str) -> Callable[[], dict[str, Any]]:
    """Make one contender's work ready; what is left is what is timed."""
    customers = int(count)
    units = customers // 2
    prepared = _prepared(way, customers, int(connections))
    if contender == "simpy":
        from order_flow_in_simpy import run

        return lambda: _facts(run(prepared.scenario, seed=SEED), units)
    from eventproof.simulator import simulate

    return lambda: _facts(
        simulate(prepared.model, prepared.scenario, seed=SEED).tally.outcomes, units
    )


def _prepared(way: str, customers: int, connections: int) -> Prepared:
    from shop import order_flow_shop

    return order_flow_shop(
        allocate=way,
        customers=customers,
        units=customers // 2,
        arrivals_per_s=ARRIVALS_PER_S,
        connections=connections or None,
    )


def _facts(outcomes: Mapping[str, int], units: int) -> dict[str, Any]:
    ended: Counter[str] = Counter()
    for outcome, count in outcomes.items():
        ended[outcome.partition(":")[0]] += count  # `refused: 400` is a refusal
    return {"outcomes": dict(sorted(ended.items())), "oversold": max(0, ended["paid"] - units)}


def _demand_sound(name: str, way: str, facts: Mapping[str, Any], customers: int) -> None:
    outcomes, oversold = facts["outcomes"], facts["oversold"]
    is_sound = (
        set(outcomes) == {"paid", "declined", "refused"}
        and sum(outcomes.values()) == customers
        and (oversold > 0 if way == "naive" else outcomes["paid"] == customers // 2)
    )
    if not is_sound:
        raise SystemExit(f"{name}, {way}, {customers} customers: not what must come out: {facts}")


def _row(way: str, name: str, measured: Measured, customers: int) -> tuple[str, ...]:
    outcomes = measured.facts["outcomes"]
    return (
        way,
        name,
        *(f"{outcomes[ended]:,}" for ended in ("paid", "declined", "refused")),
        f"{measured.facts['oversold']:,}",
        f"{measured.seconds:.3f}",
        f"{customers / measured.seconds:,.0f}",
        f"{measured.peak_mb:.1f}",
    )


if __name__ == "__main__":
    sys.exit(main())
