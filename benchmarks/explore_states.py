"""How fast `explore` proves or refutes the order flow, against two peers in the same run.

    python benchmarks/explore_states.py [--rounds 3] [--customers 5] [--states 200000]

`explore` is eventproof.simulator.explore on the real handlers: properties checked, interleavings
counted. `plain search` is order_flow_by_hand.py: breadth first over a hand-written state machine
with program counters, properties checked, nothing reduced. `every schedule` is stateless.py: the
real handlers, each interleaving run from its start, as frameworks do that hash no state.

`C++` is order_flow.cpp: the plain search again, compiled, where there is a C++ compiler; it says
how far Python is from what the machine can do.

A ratio is eventproof's figure over the peer's. States a second say how fast each is by its own
measure; what a user waits for is seconds to the verdict. A search that its bound on states ended
is `unfinished`; where the peer is, the ratio of seconds is an upper bound and written with <.
The command fails when two of them come to different verdicts or numbers of interleavings.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from by_machine import NO_COMPILER, compiled, fastest
from rounds import Measured, in_turn, measure, table

SCOPES = ((2, 1), (3, 1), (4, 2), (5, 2))
"""Pairs of customers and units in stock."""

UNBOUNDED_S = 3_600.0
SAMPLED_SCHEDULES = 500
FULL_SCHEDULES = 20_000
"""The stateless peer runs all interleavings where there are no more than this, else a sample."""

SEARCH_HEADER = (
    "flow", "customers", "units", "", "verdict", "states", "transitions", "seconds", "states/s",
    "transitions/s", "peak MB",
)  # fmt: skip
SCHEDULE_HEADER = (
    "flow", "customers", "units", "interleavings", "schedules/s", "every schedule", "explore",
    "ratio",
)  # fmt: skip


@dataclass(frozen=True)
class Scope:
    """One size of the order flow."""

    way: str
    customers: int
    units: int

    @property
    def cells(self) -> tuple[str, str, str]:
        """How a table names it."""
        return self.way, str(self.customers), str(self.units)


def main() -> int:
    """Print both tables."""
    options = _options()
    if options.measure:
        measure(_work(*options.measure))
        return 0
    scopes = [Scope(way, *size) for size in SCOPES for way in ("guarded", "naive")]
    searched: list[tuple[str, ...]] = []
    scheduled: list[tuple[str, ...]] = []
    with compiled() as program:
        for scope in (scope for scope in scopes if scope.customers <= options.customers):
            print(*scope.cells, file=sys.stderr)
            contenders = [
                [name, *scope.cells, str(options.states)] for name in ("explore", "plain")
            ]
            own, plain = in_turn(__file__, contenders, rounds=options.rounds)
            _demand_same_verdict(own, plain)
            searched += _search_rows(scope, own, plain)
            if program is not None:
                searched += _machine_rows(scope, own, plain, program, options)
            if own.facts["interleavings"]:
                scheduled.append(_schedule_row(scope, own, rounds=options.rounds))
    print(table(SEARCH_HEADER, searched))
    print() if program else print(NO_COMPILER, end="\n\n")
    print(table(SCHEDULE_HEADER, scheduled))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--customers", type=int, default=5, help="the largest scope")
    parser.add_argument("--states", type=int, default=200_000, help="where a search gives up")
    parser.add_argument("--measure", nargs=5, help=argparse.SUPPRESS)
    return parser.parse_args()


def _work(
    contender: str, way: str, customers: str, units: str, bound: str
) -> Callable[[], dict[str, Any]]:
    """Make one contender's work ready; what is left is what is timed."""
    size: dict[str, Any] = {"allocate": way, "customers": int(customers), "units": int(units)}
    if contender == "plain":
        from order_flow_by_hand import search

        return lambda: search(most_states=int(bound), **size)
    from shop import order_flow_shop

    model = order_flow_shop(**size).model
    if contender == "schedules":
        from stateless import every_schedule

        return lambda: every_schedule(model, most_schedules=int(bound))
    return lambda: _explored(model, int(bound))


def _explored(model: Any, most_states: int) -> dict[str, Any]:
    from eventproof.simulator import Budget, explore

    found = explore(model, budget=Budget(states=most_states, seconds=UNBOUNDED_S))
    return {
        "verdict": found.verdict,
        "broken": sorted(violation.property for violation in found.violations),
        "exhausted": found.exhausted,
        "states": found.states,
        "transitions": found.transitions,
        "interleavings": found.count.total if found.count else None,
        "violating": found.count.violating if found.count else None,
    }


def _demand_same_verdict(own: Measured, plain: Measured) -> None:
    if not (own.facts["exhausted"] and plain.facts["exhausted"]):
        return
    for name in ("verdict", "broken"):
        if own.facts[name] != plain.facts[name]:
            raise SystemExit(f"{name}: {own.facts[name]}, but by hand {plain.facts[name]}")


def _search_rows(scope: Scope, own: Measured, plain: Measured) -> list[tuple[str, ...]]:
    seconds = own.seconds_ratio(plain)
    states = own.facts["states"] / plain.facts["states"]
    transitions = own.facts["transitions"] / plain.facts["transitions"]
    bound = "" if plain.facts["exhausted"] else "<"
    verdict_s = f"{bound}{seconds:.3f}" if own.facts["exhausted"] else "-"
    sizes = (f"{bound}{states:.3f}", f"{bound}{transitions:.3f}")
    return [
        (*scope.cells, "explore", *_figures(own)),
        (*scope.cells, "plain search", *_figures(plain)),
        (
            *scope.cells, "ratio", "", *(sizes if own.facts["exhausted"] else ("-", "-")),
            verdict_s, f"{states / seconds:.3f}", f"{transitions / seconds:.3f}",
            f"{own.peak_mb / plain.peak_mb:.2f}" if plain.peak_mb >= 1 else "-",
        ),
    ]  # fmt: skip


def _machine_rows(
    scope: Scope, own: Measured, plain: Measured, program: str, options: argparse.Namespace
) -> list[tuple[str, ...]]:
    said = fastest(program, "explore", *scope.cells, options.states, rounds=options.rounds)
    if said["exhausted"] and plain.facts["exhausted"]:
        for name in ("states", "transitions"):
            if said[name] != plain.facts[name]:
                raise SystemExit(f"{name}: {plain.facts[name]}, but {said[name]} in C++")
    seconds = said["seconds"]
    rates = [said["states"] / seconds, said["transitions"] / seconds]
    own_rates = [own.facts["states"] / own.seconds, own.facts["transitions"] / own.seconds]
    shares = [f"{mine / theirs:.3f}" for mine, theirs in zip(own_rates, rates, strict=True)]
    is_whole = said["exhausted"] and own.facts["exhausted"]
    return [
        (
            *scope.cells, "C++", "" if said["exhausted"] else "unfinished",
            f"{said['states']:,}", f"{said['transitions']:,}", f"{seconds:.4f}",
            *(f"{rate:,.0f}" for rate in rates), "",
        ),
        (
            *scope.cells, "ratio to C++", "", "", "",
            f"{own.seconds / seconds:.1f}" if is_whole else "-", *shares, "",
        ),
    ]  # fmt: skip


def _figures(measured: Measured) -> tuple[str, ...]:
    facts, seconds = measured.facts, measured.seconds
    return (
        facts["verdict"] if facts["exhausted"] else "unfinished",
        f"{facts['states']:,}",
        f"{facts['transitions']:,}",
        f"{seconds:.4f}",
        f"{facts['states'] / seconds:,.0f}",
        f"{facts['transitions'] / seconds:,.0f}",
        f"{measured.peak_mb:.1f}",
    )


def _schedule_row(scope: Scope, own: Measured, *, rounds: int) -> tuple[str, ...]:
    """Measure the stateless peer; where it cannot run all interleavings, project what it needs."""
    total = own.facts["interleavings"]
    bound = FULL_SCHEDULES if total <= FULL_SCHEDULES else SAMPLED_SCHEDULES
    (peer,) = in_turn(__file__, [["schedules", *scope.cells, str(bound)]], rounds=rounds)
    facts = peer.facts
    is_whole = facts["exhausted"]
    if is_whole is not (total <= FULL_SCHEDULES) or (
        is_whole and (facts["schedules"], facts["violating"]) != (total, own.facts["violating"])
    ):
        raise SystemExit(f"explore counts {total} interleavings, run one by one: {facts}")
    a_second = facts["schedules"] / peer.seconds
    needed_s = total / a_second
    return (
        *scope.cells,
        f"{total:,}",
        f"{a_second:,.0f}",
        _duration(needed_s) if is_whole else f"~{_duration(needed_s)}",
        f"{own.seconds:.4f} s",
        f"{own.seconds / needed_s:.1e}",
    )


def _duration(seconds: float) -> str:
    for length_s, unit in ((31_557_600, "years"), (86_400, "days"), (3_600, "hours")):
        if seconds >= length_s:
            return f"{seconds / length_s:,.0f} {unit}"
    return f"{seconds:,.2f} s"


if __name__ == "__main__":
    sys.exit(main())
