"""The documented order flow as a hand-written state machine, and a plain search of it.

This is the peer of `explore_states.py`: what a careful person writes who wants to know whether the
flow oversells and has only Python. One label for each statement and each commit, as in a PlusCal
model; opening a transaction and thinking are no labels. Every customer wants one unit of one
product. No reduction of any kind: customers are told apart, and own rows are steps like others.

A state is (shop, customers). A shop is (total, available, allocated, who holds the row's lock, the
row that the holder will commit); a customer is (label, what was read).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

Shop = tuple[Any, ...]
Customer = tuple[str, Any]
State = tuple[Shop, tuple[Customer, ...]]
Step = Callable[[Shop, int, Any], tuple[tuple[Shop, Customer], ...]]

REFUSED: Customer = ("refused", None)

BOOKED = {
    "pay": (0, -1, 1),
    "set paid": (0, -1, 1),
    "commit paid": (0, -1, 1),
    "ship": (0, -1, 1),
    "book shipment": (0, -1, 1),
    "set shipped": (0, -1, 1),
    "commit shipment": (0, -1, 1),
    "give back": (0, -1, 1),
    "book return": (0, -1, 1),
    "set cancelled": (0, -1, 1),
    "commit return": (0, -1, 1),
    "shipped": (-1, -1, 0),
}
"""Label -> what the customer's ledger entries add up to in (total, available, allocated)."""

PAID = frozenset({"ship", "book shipment", "set shipped", "commit shipment", "shipped"})


def search(*, allocate: str, customers: int, units: int, most_states: int) -> dict[str, Any]:
    """Visit the states breadth first; `most_states` ends it. `allocate`: `guarded` or `naive`."""
    program = _program(allocate)
    first: State = ((units, units, 0, None, None), (("look in cart", None),) * customers)
    seen = {first}
    waiting = deque([first])
    transitions = 0
    broken = set(_broken(first, units))
    while waiting and len(seen) <= most_states:
        state = waiting.popleft()
        for following in _successors(state, program):
            transitions += 1
            if following not in seen:
                seen.add(following)
                waiting.append(following)
                broken.update(_broken(following, units))
    exhausted = not waiting
    return {
        "verdict": "violated" if broken else "proved" if exhausted else "passed",
        "broken": sorted(broken),
        "exhausted": exhausted,
        "states": len(seen),
        "transitions": transitions,
    }


def _successors(state: State, program: dict[str, Step]) -> list[State]:
    shop, customers = state
    found = []
    for me, (label, read) in enumerate(customers):
        step = program.get(label)
        if step is not None:
            for shop_after, customer in step(shop, me, read):
                found.append((shop_after, (*customers[:me], customer, *customers[me + 1 :])))
    return found


def _broken(state: State, units: int) -> list[str]:
    (total, available, allocated, _, _), customers = state
    paid, booked = 0, [units, units, 0]
    for label, _ in customers:
        paid += label in PAID
        for column, effect in enumerate(BOOKED.get(label, ())):
            booked[column] += effect
    found = ["never-oversold"] if paid > units else []
    return found if booked == [total, available, allocated] else [*found, "ledger-balances"]


def _program(allocate: str) -> dict[str, Step]:
    """Return label -> step. A step without a successor waits for the row's lock."""
    take: dict[str, dict[str, Step]] = {
        "guarded": {"allocate": _take},
        "naive": {"allocate": _read, "write": _write},
    }
    return {
        "look in cart": _look("commit look in cart"),
        "commit look in cart": _go("look at checkout"),
        "look at checkout": _look("commit look at checkout"),
        "commit look at checkout": _go("order"),
        "order": _go("commit order"),
        "commit order": _go("allocate"),
        **take[allocate],
        "book allocation": _go("commit allocation"),
        "commit allocation": _commit("pay"),
        "pay": _pay,
        "set paid": _go("commit paid"),
        "commit paid": _go("ship"),
        "ship": _change("book shipment", (-1, 0, -1)),
        "book shipment": _go("set shipped"),
        "set shipped": _go("commit shipment"),
        "commit shipment": _commit("shipped"),
        "give back": _change("book return", (0, 1, -1)),
        "book return": _go("set cancelled"),
        "set cancelled": _go("commit return"),
        "commit return": _commit("declined"),
    }


def _go(label: str) -> Step:
    return lambda shop, _me, _read: ((shop, (label, None)),)


def _look(label: str) -> Step:
    return lambda shop, _me, _read: ((shop, (label, None) if shop[1] >= 1 else REFUSED),)


def _pay(shop: Shop, _me: int, _read: Any) -> tuple[tuple[Shop, Customer], ...]:
    return ((shop, ("set paid", None)), (shop, ("give back", None)))


def _take(shop: Shop, me: int, _read: Any) -> tuple[tuple[Shop, Customer], ...]:
    if shop[1] < 1:
        return ((shop, REFUSED),)
    return _locked(shop, me, (shop[0], shop[1] - 1, shop[2] + 1), "book allocation")


def _read(shop: Shop, _me: int, _nothing: Any) -> tuple[tuple[Shop, Customer], ...]:
    if shop[1] < 1:
        return ((shop, REFUSED),)
    return ((shop, ("write", (shop[1], shop[2]))),)


def _write(shop: Shop, me: int, read: Any) -> tuple[tuple[Shop, Customer], ...]:
    return _locked(shop, me, (shop[0], read[0] - 1, read[1] + 1), "book allocation")


def _change(label: str, effect: tuple[int, int, int]) -> Step:
    def change(shop: Shop, me: int, _read: Any) -> tuple[tuple[Shop, Customer], ...]:
        row = tuple(value + by for value, by in zip(shop[:3], effect, strict=True))
        return _locked(shop, me, row, label)

    return change


def _locked(
    shop: Shop, me: int, row: tuple[Any, ...], label: str
) -> tuple[tuple[Shop, Customer], ...]:
    if shop[3] is not None:
        return ()
    return (((*shop[:3], me, row), (label, None)),)


def _commit(label: str) -> Step:
    return lambda shop, _me, _read: (((*shop[4], None, None), (label, None)),)
