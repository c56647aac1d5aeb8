"""Replay on the model: takes a recorded run's steps again, in their order, with live handlers.

Every counter-example is replayed under the customers' own names before it is reported, so what the
explorer found on its reduced states is confirmed on the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from eventproof.findings import Problem
from eventproof.simulator.actors import Place, Process
from eventproof.simulator.errors import DEADLOCK_DETECTED
from eventproof.simulator.events import Event
from eventproof.simulator.frames import frame_identity
from eventproof.simulator.model import Model
from eventproof.simulator.properties import NEVER_STUCK, Breach, View, breaches
from eventproof.simulator.search import NamedDeed
from eventproof.simulator.steps import Commit, Now, Receive, Rollback, StoreStep, label
from eventproof.simulator.tape import TapeStep
from eventproof.simulator.world import World

Doing = tuple[str, int, str, str | None]
"""Who, in which slot, how (as on a tape), and what was chosen."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One event and what could be seen after it."""

    event: Event
    view: View
    breaches: tuple[Breach, ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    """A run, moment by moment."""

    moments: tuple[Moment, ...]
    stuck: bool
    """Whether at the end something still ran and nothing could move."""
    owed: tuple[str, ...] = ()
    """The `eventually` properties that were never met, in a run that ends or goes round."""
    at_first: tuple[Breach, ...] = ()
    """What was broken before anybody had moved."""

    def breaks(self, name: str) -> bool:
        """Whether the property was broken at some moment."""
        if name == NEVER_STUCK:
            return self.stuck
        all_found = (self.at_first, *(moment.breaches for moment in self.moments))
        return name in self.owed or any(b.property == name for found in all_found for b in found)


def replay_deeds(model: Model, deeds: Iterable[NamedDeed], *, loop: int = 0) -> Replayed:
    """Run what the explorer found; `loop`: how many of the last deeds go round for ever."""
    steps = [(d.actor, d.deed.slot, d.deed.kind, d.deed.choice) for d in deeds]
    return _replayed(model, steps, lambda _world, asked: asked, loop)


def replay_tape(model: Model, steps: Iterable[TapeStep], *, loop: int = 0) -> Replayed:
    """Run a tape. `Problem` when the handlers ask something else than they asked then."""
    return _replayed(model, list(steps), checked, loop)


def _replayed(
    model: Model,
    steps: Sequence[Any],
    doings_of: Callable[[World, Sequence[Any]], Iterable[Doing]],
    loop: int,
) -> Replayed:
    world = _started(model)
    before = None
    if 0 < loop <= len(steps):
        # In a world of its own: to look at a coroutine's frames changes what is seen next time.
        halfway = _started(model)
        _play(halfway, doings_of(halfway, steps[:-loop]))
        before = _standing(halfway)
    first = _frozen(world.view())
    at_first = _broken(world, first)
    moments = _play(world, doings_of(world, steps))
    stuck = is_stuck(world)
    ends = not loop and (stuck or not any(a.processes for a in world.actors.values()))
    goes_round = before is not None and before == _standing(world)
    views = (first, *(moment.view for moment in moments))
    owed = _owed(model, views, loop) if ends or goes_round else ()
    return Replayed(moments, stuck, owed, at_first)


def tape_steps(deeds: Iterable[NamedDeed], moments: Iterable[Moment]) -> tuple[TapeStep, ...]:
    """Replayed deeds as the steps of a tape."""
    return tuple(
        TapeStep(
            actor=named.actor,
            slot=named.deed.slot,
            process=moment.event.process,
            step=label(moment.event.step),
            kind=named.deed.kind,
            choice=named.deed.choice,
        )
        for named, moment in zip(deeds, moments, strict=True)
    )


def _started(model: Model) -> World:
    world = World(model)
    for customer in model.customers:
        world.arrive(customer)
    return world


def checked(world: World, steps: Iterable[TapeStep]) -> Iterable[Doing]:
    """A tape's steps one by one, each compared with what its process asks now."""
    for number, step in enumerate(steps, start=1):
        actor = world.actors.get(step.actor)
        process = (
            next((p for p in actor.processes if p.slot == step.slot), None) if actor else None
        )
        asked = "nothing"
        if process is not None and process.can_move:
            title = world.moves.cursors.title(process.cursor)
            asked = f"`{label(world.moves.pending(process))}` of {title}"
        if process is None or asked != f"`{step.step}` of {step.process}":
            if process is not None and process.can_move:
                asked += _place(world, process, step)
            raise _unfit(
                number,
                f"it has `{step.step}` of {step.process} for {step.actor}, "
                f"whose handlers now ask {asked}",
            )
        if not _possible(world, process, step):
            how = f"{step.kind} {step.choice}" if step.choice else step.kind
            raise _unfit(number, f"`{how}` is not what can become of {asked}")
        yield step.actor, step.slot, step.kind, step.choice


def _place(world: World, process: Process, step: TapeStep) -> str:
    """Where a process waits for its answer. `Problem` where it rolls back for its own error."""
    cursors = world.moves.cursors
    if isinstance(cursors.pending(process.cursor), Rollback):
        world.take((step.actor, step.slot), None)
    return cursors.place(process.cursor)


def _possible(world: World, process: Process, step: TapeStep) -> bool:
    asked = world.moves.pending(process)
    if step.kind == "abort":
        statement = isinstance(asked, StoreStep) and process.tx is not None
        return statement and step.choice == DEADLOCK_DETECTED
    if isinstance(asked, Receive) and world.is_blocked((step.actor, step.slot)):
        return False
    return step.kind in ("step", "wait") and is_choice(world, (step.actor, step.slot), step.choice)


def is_choice(world: World, place: Place, choice: str | None) -> bool:
    """Whether a process's next step leaves that choice.

    Of a serializable statement it is the number of the way in which it turned out; of a look at
    the clock it is what the clock showed, in simulated seconds.
    """
    asked = world.pending(place)
    if isinstance(asked, Now) and choice is not None:
        return _is_seconds(choice)
    numbered = isinstance(asked, StoreStep) and choice is not None and choice.isdecimal()
    return numbered or choice in world.choices(place)


def _is_seconds(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False


def _unfit(number: int, what: str) -> Problem:
    return Problem(
        f"the tape does not fit: at step {number} {what}.",
        hint="the handlers or the scenario changed since, and these steps can happen no more; "
        "explore again to see whether others break it",
    )


def _play(world: World, doings: Iterable[Doing]) -> tuple[Moment, ...]:
    moments: list[Moment] = []
    view = _frozen(world.view())
    for number, (actor, slot, kind, choice) in enumerate(doings, start=1):
        place = (actor, slot)
        aborted = kind == "abort"
        event = world.abort(place, choice or "") if aborted else world.take(place, choice)
        if event.waits is not (kind == "wait"):
            how = "must now wait for a lock" if event.waits else "need not wait any more"
            raise _unfit(number, f"`{label(event.step)}` of {event.process} {how}")
        # Nothing but a commit changes rows, and copies of them are what a long tape costs.
        is_new = isinstance(event.step, Commit)
        view = _frozen(world.view()) if is_new else View(view.rows, world.view().outcomes)
        moments.append(Moment(event, view, _broken(world, view)))
    return tuple(moments)


def _owed(model: Model, views: Sequence[View], loop: int) -> tuple[str, ...]:
    """What was owed before the part that goes round, and is owed still."""
    since = ((prop.name, prop.owed_since(views)) for prop in model.eventually)
    return tuple(name for name, at in since if at is not None and at < len(views) - loop)


def _standing(world: World) -> Any:
    """Where everything stands, as far as it can be told: for a run that goes round."""
    actors = [
        (name, actor.outcome, [_standing_of(world, process) for process in actor.processes])
        for name, actor in world.actors.items()
    ]
    return dict(world.rows.current), actors


def _standing_of(world: World, process: Process) -> Any:
    cursors, running = world.moves.cursors, process.cursor.running
    asked = None if process.waiting else world.moves.pending(process)
    held = process.tx.held if process.tx is not None else None
    return process.slot, cursors.title(process.cursor), asked, held, _frames_of(running)


def _frames_of(running: Any) -> Any:
    return frame_identity(running.coroutine) if running is not None else None


def is_stuck(world: World) -> bool:
    """Whether something still runs and nothing can move.

    Tried on the pending store steps, which then only wait.
    """
    running = [(n, p) for n, a in world.actors.items() for p in a.processes if p.can_move]
    if not running:
        return any(actor.processes for actor in world.actors.values())
    return all(world.is_blocked((name, process.slot)) for name, process in running)


def _broken(world: World, view: View) -> tuple[Breach, ...]:
    return breaches(world.model.always, view) + tuple(Breach(*f) for f in world.faults())


def _frozen(view: View) -> View:
    """The view as it is now: its rows go on changing."""
    return View(tuple(dict(part) for part in view.rows), view.outcomes)
