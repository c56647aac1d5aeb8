"""Chances: what is left to chance at a step of a timed run, and from which stream it is drawn.

`Chances.statement_s` and `delay_s` say when a step is taken, `answer` what an external system
says, `fault` what the network does. The purposes are chosen so that a policy with other steps
leaves alone what it does not change: think times, and each operation of each external system, have
streams of their own; only the latencies of statements are shared out in the order in which
statements come. What takes no time is drawn too, so that nothing moves where a length becomes 0.

What could be wrong: a purpose that two kinds of steps share, and a draw that depends on what has
been drawn for something else.
"""

from __future__ import annotations

from collections.abc import Callable

from eventproof.simulator.actors import Actor, Place, Process
from eventproof.simulator.draws import Draws, chosen
from eventproof.simulator.durations import duration_of
from eventproof.simulator.model import Model
from eventproof.simulator.scenario import Scenario
from eventproof.simulator.steps import STEP_TYPES, Call, Now, Publish, Request, Sleep, Step
from eventproof.simulator.world import World

MESSAGES = (Publish, Request)

STATEMENTS = frozenset(STEP_TYPES) - {*MESSAGES, Call, Sleep, Now}
"""Classes of what is asked of the store; nearly all steps are of these."""

STATEMENT = "statement"
"""The purpose for which those draw."""

At = Callable[[float], float]
"""What a duration makes of a share."""


class Chances:
    """What one scenario leaves to chance."""

    def __init__(self, model: Model, scenario: Scenario, world: World) -> None:
        latency = scenario.latency
        self.statement_s: At = duration_of(latency.statement_s).at
        """How long a statement takes, given a share of its customer's stream."""
        self._message_s: At = duration_of(latency.message_s).at
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
        """How long it takes until a pending step is taken that is no statement."""
        if isinstance(step, Sleep):
            return self._pause_s(draws, place, step)
        if isinstance(step, Call):
            duration = self._calls.get(step.system, self._any_call)
            return duration.at(draws.share(f"wait {step.system} {step.operation}"))
        if isinstance(step, MESSAGES):
            return self._message_s(draws.share("message"))
        return 0.0

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

    def _pause_s(self, draws: Draws, place: Place, step: Sleep) -> float:
        purpose = "again" if step.is_again else "think"
        if place[1]:  # not the journey's own
            purpose += f" {self._world.running(place).program.title}"
        return duration_of(step.length).at(draws.share(purpose))


__all__ = ["Chances"]
