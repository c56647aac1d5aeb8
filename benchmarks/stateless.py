"""Every schedule of the live handlers, each run from its start: search without state hashing.

This is the second peer of `explore_states.py`: how frameworks work that control the schedule of
real code and cannot hash or copy its state. To be fair to it, it is given what the explorer has
on this flow: another customer may go first only where somebody could notice, which is before
statements on the shared `stock` table, before commits that write, and before the ends of
transactions that hold a row of stock. So both count the same interleavings, and must come to the
same numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from eventproof.simulator import Model
from eventproof.simulator.steps import Call, Commit, Get, Insert, Rollback, Step, Update
from eventproof.simulator.world import World

JOURNEY = 0
"""The slot of the one process that a customer of the order flow has."""

Decision = tuple[int, int]
"""(which way was taken, how many ways there were)."""


def every_schedule(model: Model, *, most_schedules: int) -> dict[str, Any]:
    """Run schedule after schedule, depth first; `most_schedules` ends it."""
    schedules = violating = 0
    plan: list[int] | None = []
    while plan is not None and schedules < most_schedules:
        decisions, is_broken = _Run(model, plan).to_the_end()
        schedules += 1
        violating += is_broken
        plan = _next(decisions)
    return {"schedules": schedules, "violating": violating, "exhausted": plan is None}


def _next(decisions: list[Decision]) -> list[int] | None:
    """Return the plan that differs in the last decision that has another way; None at the end."""
    while decisions:
        taken, ways = decisions.pop()
        if taken + 1 < ways:
            return [*(way for way, _ in decisions), taken + 1]
    return None


class _Run:
    """One schedule: follows a plan of decisions, and takes the first way from there on."""

    def __init__(self, model: Model, plan: list[int]) -> None:
        self._model = model
        self._plan = plan
        self._decisions: list[Decision] = []
        self._is_broken = False
        self._queue: list[str] = []
        self._world = World(model)
        for customer in model.customers:
            self._world.arrive(customer)

    def to_the_end(self) -> tuple[list[Decision], bool]:
        """Return the decisions taken, and whether a property broke on the way."""
        names = [customer.name for customer in self._model.customers]
        for name in names:
            self._go_unnoticed(name)
        while ready := self._ready(names):
            name = ready[self._decide(len(ready))]
            self._queue = [other for other in self._queue if other != name]
            self._take(name, None)
            self._go_unnoticed(name)
        return self._decisions, self._is_broken

    def _decide(self, ways: int) -> int:
        at = len(self._decisions)
        way = self._plan[at] if at < len(self._plan) else 0
        self._decisions.append((way, ways))
        return way

    def _ready(self, names: list[str]) -> list[str]:
        """Who may go next; where a row has become free, those who wait for it.

        Whoever asks for it without a guard may have begun to wait before, unnoticed.
        """
        free = [name for name in self._queue if not self._world.is_blocked((name, JOURNEY))]
        if free:
            return [name for name in names if name in free or self._is_unguarded(name)]
        return [name for name in names if name not in self._queue and self._is_ready(name)]

    def _is_unguarded(self, name: str) -> bool:
        step = self._pending(name)  # stock is one row, so that all ask for the same
        is_free = name not in self._queue and isinstance(step, Get | Update)
        waits = getattr(step, "lock", not getattr(step, "guards", None))
        return is_free and waits and step.key[0] == "stock"

    def _is_ready(self, name: str) -> bool:
        step = self._pending(name)
        if step is None or not self._world.is_blocked((name, JOURNEY)):
            return step is not None
        # A guard is tested once when the wait begins, so that beginning to wait is a step.
        return isinstance(step, Update) and bool(step.guards)

    def _go_unnoticed(self, name: str) -> None:
        while (step := self._pending(name)) is not None and not self._is_noticed(name, step):
            actor = self._world.actors[name]
            choices = self._world.moves.choices(actor, actor.process(JOURNEY))
            is_choice = isinstance(step, Call)
            self._take(name, choices[self._decide(len(choices))] if is_choice else None)

    def _take(self, name: str, choice: str | None) -> None:
        event = self._world.take((name, JOURNEY), choice)
        if event.waits:
            self._queue.append(name)
        if isinstance(event.step, Commit):  # nothing else changes what a property can see
            self._is_broken = self._is_broken or any(self._broken())

    def _broken(self) -> Iterator[str]:
        view = self._world.view()
        found = (prop.broken(view) for prop in self._model.always)
        return (sentence for sentence in found if sentence)

    def _pending(self, name: str) -> Step | None:
        actor = self._world.actors[name]
        return None if actor.done else self._world.moves.pending(actor.process(JOURNEY))

    def _is_noticed(self, name: str, step: Step) -> bool:
        if isinstance(step, Get | Update | Insert):
            return step.key[0] == "stock"
        if isinstance(step, Commit):
            return bool(self._world.held((name, JOURNEY)))
        held = self._world.held((name, JOURNEY))
        return isinstance(step, Rollback) and any(key[0] == "stock" for key, _ in held)
