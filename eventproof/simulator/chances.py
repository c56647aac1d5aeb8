"""Chances: what is left to chance at a step of a timed run, and from which stream it is drawn.

`Chances.delay_s` says when a step is taken, `answer` what an external system says, `fault` what
the network does. The purposes are chosen so that a policy with other steps leaves alone what it
does not change: think times, and each operation of each external system, have streams of their
own; only the latencies of statements are shared out in the order in which statements come.

What could be wrong: a purpose that two kinds of steps share, a draw where nothing is to be drawn
(later ones would move), and steps that say themselves how long they take.
"""

from __future__ import annotations

from collections.abc import Callable

from eventproof.simulator.actors import Actor, Place, Process
from eventproof.simulator.draws import Draws, chosen
from eventproof.simulator.durations import Exponential, duration_of, is_nothing
from eventproof.simulator.model import Model
from eventproof.simulator.scenario import Scenario
from eventproof.simulator.steps import STEP_TYPES, Call, Now, Publish, Request, Sleep, Step
from eventproof.simulator.world import World

ITS_OWN = (Sleep, Now, Call)
"""Classes whose steps say themselves how long they take, or take no time."""

MESSAGES = (Publish, Request)

At = Callable[[float], float]
"""What a duration makes of a share."""


class Chances:
    """What one scenario leaves to chance."""

    def __init__(self, model: Model, scenario: Scenario, world: World) -> None:
        latency = scenario.latency
        lengths = dict.fromkeys(STEP_TYPES, ("statement", latency.statement_s))
        lengths |= dict.fromkeys(MESSAGES, ("message", latency.message_s))
        self._of_class: dict[type, tuple[str, At]] = {
            kind: (purpose, duration_of(length).at)
            for kind, (purpose, length) in lengths.items()
            if kind not in ITS_OWN and not is_nothing(length)
        }
        self._calls = {
            system: duration_of(latency.external_s if said.takes_s is None else said.takes_s)
            for system, said in scenario.external.items()
        }
        self._any_call = duration_of(latency.external_s)
        self._weights = {system: said.weights for system, said in scenario.external.items()}
        self._known = model.outcomes
        self._network = model.network
        self._world = world

    def delay_s(self, draws: Draws, place: Place, step: Step) -> float:
        """How long it takes until a pending step is taken."""
        found = self._of_class.get(step.__class__)
        if found is None:
            return self._particular_s(draws, place, step)
        purpose, at = found
        return at(next(draws.stream(purpose)))

    def answer(self, draws: Draws, step: Call) -> str | None:
        """What an external system answers; None where the scenario does not know it."""
        if step.system not in self._known:
            return None
        share = draws.share(f"answer {step.system} {step.operation}")
        return chosen(share, self._weights[step.system])

    def fault(self, draws: Draws, actor: Actor, process: Process) -> str | None:
        """A fault of the network, now and then."""
        if self._network is None:
            return None
        faults = self._world.moves.choices(actor, process)[1:]
        if not faults:
            return None
        purpose = f"fault {self._world.moves.cursors.title(process.cursor)}"
        happens, which = draws.share(purpose), draws.share(purpose)
        return faults[int(which * len(faults))] if happens < self._network.rate else None

    def _particular_s(self, draws: Draws, place: Place, step: Step) -> float:
        if isinstance(step, Sleep) and step.mean_s > 0:
            purpose = "again" if step.is_again else "think"
            if place[1]:  # not the journey's own
                purpose += f" {self._world.running(place).program.title}"
            return Exponential(step.mean_s).at(draws.share(purpose))
        if isinstance(step, Call):
            duration = self._calls.get(step.system, self._any_call)
            return duration.at(draws.share(f"wait {step.system} {step.operation}"))
        return 0.0


__all__ = ["Chances"]
