"""One sentence that says why: the two steps of a counter-example that should not have met."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eventproof.simulator.replay import Moment
from eventproof.simulator.steps import Get, Update
from eventproof.simulator.tables import Key


def explain(moments: Sequence[Moment], sentence: str) -> str:
    """The broken property's sentence, after the lost update that led to it if there is one."""
    lost = _lost_update(moments)
    if lost is None:
        return sentence
    first, second, seen = lost
    who = _together(first, second)
    return f"{who} both read {seen} before either wrote it: {sentence[0].lower()}{sentence[1:]}"


def _lost_update(moments: Sequence[Moment]) -> tuple[str, str, str] | None:
    """Two customers who read the same value of a row, and then both set it."""
    read: dict[Key, dict[str, tuple[Any, str]]] = {}
    wrote: dict[Key, list[str]] = {}
    for moment in moments:
        event = moment.event
        if isinstance(event.step, Get) and event.answer is not None:
            read.setdefault(event.step.key, {})[event.actor] = (event.answer, event.label)
        elif isinstance(event.step, Update) and event.answer is True and _sets(event.step):
            seen = read.get(event.step.key, {})
            for earlier in wrote.get(event.step.key, ()):
                if earlier != event.actor and _same(seen, earlier, event.actor):
                    return earlier, event.actor, seen[event.actor][1].removeprefix("read ")
            wrote.setdefault(event.step.key, []).append(event.actor)
    return None


def _sets(step: Update) -> bool:
    return not step.guards and any(change.operator == "=" for change in step.changes)


def _same(seen: dict[str, tuple[Any, str]], first: str, second: str) -> bool:
    return first in seen and second in seen and seen[first][0] == seen[second][0]


def _together(first: str, second: str) -> str:
    one, other = sorted((first, second), key=_number)
    if one.startswith("customer-") and other.startswith("customer-"):
        return f"Customers {one[9:]} and {other[9:]}"
    return f"{one} and {other}"


def _number(name: str) -> tuple[int, str]:
    tail = name.rpartition("-")[2]
    return (int(tail) if tail.isdigit() else 0, name)
