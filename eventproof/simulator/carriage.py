"""Carriage: how long messages are on their way in timed runs, from being sent to being handled.

Each delivery draws its own time, from a stream of its customer and the message, as long as the
scenario says of the channel that the message goes by. What comes again (a second copy, a message
whose handler crashed) or out of order comes later by the scenario's `redelivery_s`.

What could be wrong: a handler taken for a new one that only waited (its cursor tells), and a
message that overtakes another of its key (where there is an order, it waits for its turn).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eventproof.simulator.actors import Actor, Process
from eventproof.simulator.draws import Draws
from eventproof.simulator.durations import duration_of, is_nothing
from eventproof.simulator.events import Event
from eventproof.simulator.model import Model
from eventproof.simulator.network import REORDERED, TWICE
from eventproof.simulator.pace import Latency


class Carriage:
    """Carries the messages of one run's customers."""

    def __init__(self, model: Model, latency: Latency) -> None:
        self._on_the_way = {id_: duration_of(length) for id_, length in model.carried.items()}
        self._redelivery = duration_of(latency.redelivery_s)
        self._cursors: dict[str, dict[int, Any]] = {}
        """Customer -> the handlers that its messages have come to: slot -> cursor."""

    @classmethod
    def of(cls, model: Model, latency: Latency) -> Carriage | None:
        """The carriage of a run; None where every message is there at once."""
        takes_time = bool(model.carried) or not is_nothing(latency.redelivery_s)
        return cls(model, latency) if takes_time else None

    def times_s(
        self, name: str, actor: Actor, draws: Draws, event: Event | None
    ) -> Mapping[int, float]:
        """How long what was sent just now is on its way: slot of its handler -> seconds."""
        known = self._cursors.setdefault(name, {})
        new = [p for p in actor.processes if p.slot and known.get(p.slot) is not p.cursor]
        if not new:
            return {}
        known.update((process.slot, process.cursor) for process in new)
        late = _late(new, event)
        return {p.slot: self._time_s(p, draws, event, p.slot in late) for p in new}

    def gone(self, name: str) -> None:
        """A customer has left, with all that was its own."""
        self._cursors.pop(name, None)

    def _time_s(self, process: Process, draws: Draws, event: Event | None, is_late: bool) -> float:
        message = process.cursor.running.program.argument.MESSAGE
        late_s = self._redelivery.at(draws.share(f"again {message}")) if is_late else 0.0
        comes_again = event is not None and event.slot == process.slot
        duration = self._on_the_way.get(message)
        if duration is None or comes_again:
            return late_s
        return late_s + duration.at(draws.share(f"carry {message}"))


def _late(new: list[Process], event: Event | None) -> set[int]:
    """The slots of those that come again, or out of order."""
    if event is None or not event.is_fault:
        return set()
    if event.answer == TWICE:  # the first copies come first
        new = new[len(new) // 2 :]
    elif event.answer != REORDERED:
        new = [process for process in new if process.slot == event.slot]
    return {process.slot for process in new}


__all__ = ["Carriage"]
