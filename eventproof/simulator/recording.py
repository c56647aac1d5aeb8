"""Records a timed run that breaks a property, up to the step that breaks it.

The run is made again from its seed: a few times with looks ever nearer together, which find out
between which two transactions the property breaks, and then step by step. So runs that break
nothing cost nothing, and one with millions of steps is not asked at each of them.

What could be wrong: a run that is not the same again, which a test holds, and a recording that
ends where the property is still whole (then only the end of the run shows it).
"""

from __future__ import annotations

from contextlib import suppress

from eventproof.simulator.lookout import Enough, Lookout, Recorder
from eventproof.simulator.model import Model
from eventproof.simulator.scenario import Scenario
from eventproof.simulator.tape import TapeStep
from eventproof.simulator.timed import Shop

NEAR = 32
"""Ended transactions within which a break must lie before each step is looked at; and how many
looks a run makes that comes nearer to it."""


def record(model: Model, scenario: Scenario, *, seed: int, name: str) -> tuple[TapeStep, ...]:
    """The steps of a seed's run up to the one that breaks the property `name`.

    All of them where only the end shows it.
    """
    asked = [prop for prop in model.always if prop.name == name]
    after, upto = _window(model, scenario, seed, name, Lookout(asked))
    while upto - after > NEAR:
        every = -(-(upto - after) // NEAR)
        nearer = Lookout(asked, after=after, every=every)
        after, upto = _window(model, scenario, seed, name, nearer)
    recorder = Recorder(name, after=after)
    shop = Shop(model, scenario, seed, Lookout(()), recorder=recorder)
    with suppress(Enough):
        shop.clock.run()
    return tuple(recorder.steps)


def _window(
    model: Model, scenario: Scenario, seed: int, name: str, lookout: Lookout
) -> tuple[int, int]:
    """The ended transactions between which the property breaks, as that lookout sees it."""
    with suppress(Enough):
        Shop(model, scenario, seed, lookout).clock.run()
    seen = lookout.seen.get(name)
    return (seen.after, seen.upto) if seen else (lookout.looked, lookout.ended)


__all__ = ["record"]
