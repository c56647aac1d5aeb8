"""Makes a run smaller that breaks a property: fewer customers, steps, faults, switches, units.

What goes in and comes out is a `Run`: the turns that were taken, and the stock at the beginning.
Each try leaves something out, or moves it, and takes the rest loosely; if the property still
breaks at the end, what really happened is the new run. The passes go from coarse to fine, and
again until nothing changes any more: then no customer can be left out.

What could be wrong: a smaller run that breaks the property in another way than on the tape (a
strict replay is asked at the end; of what never comes about, `unmet.py` asks more), and tries
without end (`effort` counts the steps taken).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from eventproof.findings import Problem
from eventproof.simulator.model import Model
from eventproof.simulator.retaking import Retaken, Turn, retake, turns_of
from eventproof.simulator.tables import Key, Row
from eventproof.simulator.tape import TapeStep
from eventproof.simulator.unmet import can_be_met, never_met

EFFORT = 300_000
"""Steps that all tries together may take: a few seconds."""

RowsOf = Callable[[Mapping[str, int]], Mapping[Key, Row]]
"""The rows that a model begins with on some stock."""


@dataclass(frozen=True)
class Run:
    """Something that happened."""

    steps: tuple[TapeStep, ...]
    stock: Mapping[str, int]
    """Product -> units at the beginning."""

    oddities: int = 0
    """How often something else was chosen than the first thing that is possible."""
    loop: int = 0
    """How many of the last steps go round for ever."""

    @property
    def size(self) -> tuple[int, ...]:
        """What is to become smaller, first things first."""
        turns = self.turns
        units = sum(self.stock.values())
        actors, switches = len(self.actors), _switches(turns)
        return actors, len(turns), self.oddities, len(self.steps), switches, units

    @property
    def turns(self) -> tuple[Turn, ...]:
        """Who moved when."""
        return turns_of(self.steps, loop=self.loop)

    @property
    def actors(self) -> tuple[str, ...]:
        """Who took part, in the order of their first steps."""
        return tuple(dict.fromkeys(step.actor for step in self.steps))


def minimised(model: Model, run: Run, name: str, *, rows_of: RowsOf, effort: int = EFFORT) -> Run:
    """A run that is not longer and breaks the property `name` too; the same run if none is found.

    `model` has all the customers; in the smaller run, only those come that take part.
    """
    tries = _Tries(model, run, name, rows_of, effort)
    if not tries.begins_with(run):
        return run  # it breaks on the way and not at the end, or only taken strictly
    while True:
        before = tries.best
        _fewer_customers(tries)
        _fewer_turns(tries)
        _fewer_faults(tries)
        _fewer_switches(tries)
        _less_stock(tries)
        if tries.best is before:
            return tries.best


class _Tries:
    """Runs that were tried; `best` is the smallest that breaks the property."""

    def __init__(self, model: Model, run: Run, name: str, rows_of: RowsOf, effort: int) -> None:
        self.best = run
        self._model = model
        self._name = name
        self._rows_of = rows_of
        self._left = effort
        self._is_owed = name in {prop.name for prop in model.eventually}
        self._may_leave_out = model.alike and model.telling_apart is None

    def cart(self, actor: str) -> Sequence[tuple[str, int]]:
        """What a customer wants."""
        return next(c.cart for c in self._model.customers if c.name == actor)

    def begins_with(self, run: Run) -> bool:
        """Whether a run breaks the property when it is taken loosely, too."""
        found = self._taken(run.turns, run.stock)
        self.best = found or run
        return found is not None and found.size <= replace(run, oddities=found.oddities).size

    def is_broken_by(self, turns: Sequence[Turn], stock: Mapping[str, int]) -> bool:
        """Try; keep what happened if the property breaks and something became smaller."""
        found = self._taken(turns, stock)
        if found is None or found.size >= self.best.size:
            return False
        self.best = found
        return True

    def _taken(self, turns: Sequence[Turn], stock: Mapping[str, int]) -> Run | None:
        """What happens; None where the property does not break, or no effort is left."""
        self._left -= len(turns)
        if self._left < 0:
            return None
        who = {turn.actor for turn in turns}
        customers = tuple(c for c in self._model.customers if c.name in who)
        model = replace(self._model.among(customers), rows=self._rows_of(stock))
        try:
            taken = self._what_breaks(model, turns)
        except Problem:  # a handler or a property that cannot go on with less
            return None
        return Run(taken.steps, stock, taken.oddities, taken.loop) if taken is not None else None

    def _what_breaks(self, model: Model, turns: Sequence[Turn]) -> Retaken | None:
        if self._is_owed:
            return self._what_never_meets(model, turns)
        taken = retake(model, turns)
        return taken if taken is not None and taken.breaks(self._name) else None

    def _what_never_meets(self, model: Model, turns: Sequence[Turn]) -> Retaken | None:
        """That must be a run of the same shop, in which all who come are to its end."""
        everybody = len(model.customers) == len(self._model.customers)
        if model.rows != self._model.rows or not (everybody or self._may_leave_out):
            return None
        taken = never_met(model, turns, self._name)
        return taken if taken is None or everybody or can_be_met(model, self._name) else None


def _fewer_customers(tries: _Tries) -> None:
    """Leave customers out: halves, then quarters, and at last one by one until all are needed."""
    size = max(1, len(tries.best.actors) // 2)
    while True:
        found = [_without(tries, group) for group in _groups(tries.best.actors, size)]
        if size == 1 and not any(found):
            return
        size = max(1, size // 2)


def _without(tries: _Tries, group: Sequence[str]) -> bool:
    """Whether they can be left out; or else they and the units that they came for."""
    left = [turn for turn in tries.best.turns if turn.actor not in group]
    if not left:
        return False
    if tries.is_broken_by(left, tries.best.stock):
        return True
    stock = dict(tries.best.stock)
    for actor in group:
        for product, units in tries.cart(actor):
            stock[product] -= units
    return min(stock.values(), default=0) >= 0 and tries.is_broken_by(left, stock)


def _fewer_turns(tries: _Tries) -> None:
    """Leave turns out, from the end on, in ever smaller pieces."""
    size = max(1, len(tries.best.turns) // 2)
    while size:
        upto = len(tries.best.turns)
        while upto > 0:
            turns = tries.best.turns
            start = max(0, upto - size)
            tries.is_broken_by([*turns[:start], *turns[upto:]], tries.best.stock)
            upto = min(start, len(tries.best.turns))
        size //= 2


def _fewer_faults(tries: _Tries) -> None:
    """Let the network do nothing, and external systems give their first answer, where they may."""
    for at in range(len(tries.best.turns)):
        turns = list(tries.best.turns)
        if at < len(turns) and turns[at].choice is not None and not turns[at].aborts:
            # Times are not chosen, and a smaller one is no simpler.
            turns[at] = turns[at]._replace(choice=None)
            tries.is_broken_by(turns, tries.best.stock)


def _fewer_switches(tries: _Tries) -> None:
    """Let each go on for longer before another does."""
    while any(tries.is_broken_by(turns, tries.best.stock) for turns in _joined(tries.best.turns)):
        continue


def _joined(turns: Sequence[Turn]) -> Iterator[list[Turn]]:
    """The turns with a stretch of one customer, or a part, moved beside its next or its last."""
    who = [turn.actor for turn in turns]
    ends = [at for at in range(1, len(who)) if who[at] != who[at - 1]]
    for start, end in pairwise([0, *ends, len(who)]):
        later = next((at for at in range(end, len(who)) if who[at] == who[start]), None)
        earlier = next((at for at in range(start - 1, -1, -1) if who[at] == who[start]), None)
        if later is not None:
            for cut in range(start, end):
                yield [*turns[:cut], *turns[end:later], *turns[cut:end], *turns[later:]]
        if earlier is not None:
            upto = earlier + 1
            for cut in range(end, start, -1):
                yield [*turns[:upto], *turns[start:cut], *turns[upto:start], *turns[cut:]]


def _switches(turns: Sequence[Turn]) -> int:
    return sum(1 for _ in groupby(turns, key=lambda turn: turn.actor)) - 1


def _less_stock(tries: _Tries) -> None:
    """As few units of each product as will do."""
    for product in sorted(tries.best.stock):
        units = tries.best.stock[product]
        for fewer in sorted({0, 1, units // 2, units - 1}):
            if 0 <= fewer < units and tries.is_broken_by(
                tries.best.turns, {**tries.best.stock, product: fewer}
            ):
                break


def _groups(names: Sequence[str], size: int) -> list[Sequence[str]]:
    return [names[at : at + size] for at in range(0, len(names), size)]


__all__ = ["EFFORT", "Run", "minimised"]
