"""Turns taken loosely that must never meet a condition: a run that ends, or goes round for ever.

`never_met` is the door: a model, turns of which the last ones go round, and an `eventually`
property in; what happened out, where it is a fair run on which the property stays owed. It ends
where nobody could take a step any more, be it to begin to wait. It goes round where everything
stands after the last part as it did before it, and whoever could take a step on the way took one:
the fairness of `liveness.py`.

Three things could be wrong: two moments that look alike and are not (what cannot be compared is
never alike), a circle that only goes on because somebody is passed over (who could move is asked
before each turn), and a smaller shop in which the condition cannot be met at all (`can_be_met`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import dropwhile
from typing import Any

from eventproof.simulator.actors import Place, Process
from eventproof.simulator.frames import frame_identity
from eventproof.simulator.model import Model
from eventproof.simulator.replay import replay_tape
from eventproof.simulator.retaking import Retaken, Taker, Turn, taken_by, the_start
from eventproof.simulator.tape import TapeStep
from eventproof.simulator.world import World

LIMIT = 10_000
"""Steps after which a run that has not ended is taken to have no end."""

THE_DATABASE: Place = ("", -1)
"""Who breaks deadlocks."""


def never_met(model: Model, turns: Sequence[Turn], name: str) -> Retaken | None:
    """What comes of the turns; None where that is no fair run on which the property stays owed.

    `Problem` when a handler or a property cannot go on with these turns.
    """
    again = list(dropwhile(lambda turn: not turn.again, turns))
    stem = turns[: len(turns) - len(again)]
    if not all(turn.again for turn in again):
        return None
    world = the_start(model)
    taker = taken_by(world, stem)
    before, could = len(taker.steps), set[Place]()
    for turn in again:
        could |= _who_could(world, taker)
        taker.take(turn)
    loop = len(taker.steps) - before
    moved = {_mover(step) for step in taker.steps[before:]}
    goes_round = loop > 0 and could <= moved and _is_as_after(model, stem, world)
    ends = loop == 0 and not _who_could(world, taker)
    if not (goes_round or ends):
        return None
    taken = Retaken(world, tuple(taker.steps), taker.oddities, loop)
    return taken if replay_tape(model, taken.steps, loop=loop).breaks(name) else None


def can_be_met(model: Model, name: str) -> bool:
    """Whether the property is met where one after the other moves as long as it can.

    Of some run that would be enough to know; this one is found at once.
    """
    world = the_start(model)
    taker = Taker(world)
    while (place := _first_who_could(world, taker)) is not None:
        taker.take(Turn(*place))
        if len(taker.steps) > LIMIT:
            return False
    has_ended = not any(actor.processes for actor in world.actors.values())
    return has_ended and name not in replay_tape(model, taker.steps).owed


def _who_could(world: World, taker: Taker) -> set[Place]:
    """Whoever could take a step."""
    found = {place for place in _places(world) if taker.may_move(place)}
    return found | {THE_DATABASE} if world.circle() else found


def _first_who_could(world: World, taker: Taker) -> Place | None:
    places = (place for place in _places(world) if taker.may_take(Turn(*place)))
    return next((place for place in places if not world.is_blocked(place)), None)


def _places(world: World) -> list[Place]:
    return [(name, p.slot) for name, actor in world.actors.items() for p in actor.processes]


def _mover(step: TapeStep) -> Place:
    return THE_DATABASE if step.kind == "abort" else (step.actor, step.slot)


def _is_as_after(model: Model, stem: Sequence[Turn], world: World) -> bool:
    """Whether everything stands in that world as it does after the stem.

    That is taken again: to look at a coroutine's frames changes what is seen next time.
    """
    if model.turns is not None or model.network is not None:
        return False  # who has a turn and which faults are left is not all among the actors
    after_stem = the_start(model)
    taken_by(after_stem, stem)
    then, now = _standing(after_stem), _standing(world)
    return then is not None and then == now


def _standing(world: World) -> Any | None:
    """Where everything stands; None where that cannot be told exactly."""
    processes = [
        (name, _process(world, process))
        for name, actor in world.actors.items()
        for process in actor.processes
    ]
    if any(stands is None for _, stands in processes):
        return None
    actors = {name: (a.outcome, a.faults, a.left) for name, a in world.actors.items()}
    return dict(world.rows.current), actors, processes


def _process(world: World, process: Process) -> Any | None:
    tx, cursors = process.tx, world.moves.cursors
    if tx is not None and (tx.snapshot is not None or tx.serial is not None):
        return None  # what it sees depends on what has been before
    frames = frame_identity(process.cursor.running.coroutine)
    if frames is None:
        return None
    asked = None if process.waiting else world.moves.pending(process)
    return process._replace(cursor=None), cursors.title(process.cursor), asked, frames


__all__ = ["can_be_met", "never_met"]
