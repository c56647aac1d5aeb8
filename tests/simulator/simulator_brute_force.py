"""An enumerator of every schedule, written to be obviously right and to share nothing.

It runs a live `World` from its start for every schedule, one raw step at a time: no step is taken
unseen, no customer stands for another, and nothing is looked up. It serves to hold the explorer,
which does all of that, against.
"""

from typing import NamedTuple

from eventproof.simulator.errors import DEADLOCK_DETECTED
from eventproof.simulator.options import EveryWaitMatters
from eventproof.simulator.space import Space
from eventproof.simulator.steps import Receive
from eventproof.simulator.world import World

RUNS_BOUND = 60_000
STEPS_BOUND = 200


class Seen(NamedTuple):
    """All that any schedule shows."""

    rows: frozenset
    """Every set of committed rows that could be seen at some moment."""
    ends: frozenset
    """The rows and the customers' outcomes where nothing moves any more."""
    stuck: bool
    """Whether something still ran at one of the ends."""
    runs: int
    deadlocks: int
    """Runs in which the database had to choose a victim."""


def every_schedule(model, *, known=None):
    """Take each schedule from its start; the last choice that has an alternative changes first.

    With a set as `known`, a run ends where it meets what an earlier run has met: the same rows and
    the same answers to everybody so far. That is for programs with too many schedules.
    """
    rows, ends = set(), set()
    tape, runs, deadlocks, stuck = [], 0, 0, False
    while tape is not None:
        runs += 1
        assert runs <= RUNS_BOUND, "the program is too large for brute force"
        run = _Run(model)
        widths = run.play(tape, known)
        rows |= run.rows
        deadlocks += run.victims > 0
        if not run.met_before:
            ends.add(run.end())
            stuck = stuck or any(actor.processes for actor in run.world.actors.values())
        tape = _next_tape(run.taken, widths)
    return Seen(frozenset(rows), frozenset(ends), stuck, runs, deadlocks)


def _next_tape(taken, widths):
    for at in reversed(range(len(taken))):
        if taken[at] + 1 < widths[at]:
            return [*taken[:at], taken[at] + 1]
    return None


class _Run:
    """One schedule, from the start to where nothing moves."""

    def __init__(self, model):
        self.world = World(model)
        self.waiting = set()
        self.rows = set()
        self.ever = set()  # also the keys of rows deleted since: a snapshot may still hold them
        self.taken = []
        self.answers = {customer.name: () for customer in model.customers}
        self.victims = 0
        self.met_before = False
        for customer in model.customers:
            self.world.arrive(customer)

    def play(self, tape, known):
        widths = []
        self.rows.add(self._rows_now())
        while options := self._options():
            assert len(widths) < STEPS_BOUND, "the program does not end"
            if known is not None and len(widths) >= len(tape):
                now = self._everything()
                if now in known:
                    self.met_before = True
                    break
                known.add(now)
            choice = tape[len(widths)] if len(widths) < len(tape) else 0
            widths.append(len(options))
            self.taken.append(choice)
            self._do(options[choice])
            self.rows.add(self._rows_now())
        return widths

    def _everything(self):
        """Handlers are functions of their answers, so this is all that the future depends on."""
        snapshots = tuple(
            (
                name,
                process.slot,
                tuple((key, snapshot.get(key), snapshot.changed(key)) for key in keys),
            )
            for keys in [sorted(self.ever, key=repr)]
            for name, actor in sorted(self.world.actors.items())
            for process in actor.processes
            if process.tx is not None and (snapshot := process.tx.snapshot) is not None
        )
        answers = tuple(sorted(self.answers.items()))
        # What is held does not follow from the answers: whoever waited for a row that then did not
        # match holds it, and who found it so does not.
        under_way = tuple(
            (name, process.slot, process.tx.under_way, process.tx.held)
            for name, actor in sorted(self.world.actors.items())
            for process in actor.processes
            if process.tx is not None
        )
        # Nor does it follow from them whose message of a key was published first.
        turns = tuple(
            (name, process.slot, process.turn)
            for name, actor in sorted(self.world.actors.items())
            for process in actor.processes
        )
        return self._rows_now(), answers, frozenset(self.waiting), snapshots, under_way, turns

    def end(self):
        names = sorted(self.world.actors)
        return self._rows_now(), tuple(self.world.actors[name].outcome for name in names)

    def _rows_now(self):
        self.ever |= self.world.rows.current.keys()
        return frozenset(self.world.rows.current.items())

    def _do(self, option):
        kind, place, choice = option
        self.waiting.discard(place)
        if kind == "abort":
            self.victims += 1
            event = self.world.abort(place, DEADLOCK_DETECTED)
        else:
            event = self.world.take(place, choice)
        if event.waits:
            self.waiting.add(place)
        else:
            self.answers[place[0]] += ((place[1], repr(event.step), repr(event.answer)),)

    def _options(self):
        options = []
        for name in sorted(self.world.actors):
            actor = self.world.actors[name]
            for process in actor.processes:
                place = (name, process.slot)
                if not process.can_move:
                    continue
                may_wait = place in self.waiting or isinstance(self.world.pending(place), Receive)
                if may_wait and self.world.is_blocked(place):
                    continue
                choices = self.world.moves.choices(actor, process)
                options += [("step", place, choice) for choice in choices]
        return options + [("abort", place, None) for place in in_circles(self.world, self.waiting)]


def in_circles(world, waiting):
    """Those who wait for someone who, at some remove, waits for them."""
    waits_for = {place: _holder(world, place) for place in waiting}
    found = []
    for place in sorted(waits_for):
        at = waits_for[place]
        for _ in waits_for:
            if at is None or at == place:
                break
            at = waits_for.get(at)
        if at == place:
            found.append(place)
    return found


def _holder(world, place):
    name, slot = place
    wanted = world.actors[name].process(slot).tx.under_way.key
    holders = [
        (other, process.slot)
        for other, actor in world.actors.items()
        for process in actor.processes
        if (other, process.slot) != place and process.tx is not None and process.tx.holds(wanted)
    ]
    assert len(holders) <= 1, "a row has one holder"
    return holders[0] if holders else None


def anonymous(rows, outcomes, names):
    """Rows and outcomes with no names in them: who it was makes no difference."""
    shared = frozenset(item for item in rows if not any(name in str(item) for name in names))
    own = [[_without(name, item) for item in rows if name in str(item)] for name in names]
    return shared, _in_any_order(own, outcomes)


def anonymous_rows(rows, names):
    """Rows only, with no names in them."""
    return anonymous(rows, ("",) * len(names), names)


def _in_any_order(own, outcomes):
    # Sorted within as well: equal sets need not be written alike.
    people = ((tuple(sorted(rows)), str(said)) for rows, said in zip(own, outcomes, strict=True))
    return tuple(sorted(people))


def _without(name, item):
    (table, _), row = item
    values = (v.replace(name, "somebody") if isinstance(v, str) else v for v in row)
    return table, tuple(values)


def reached(model, *, interchangeable):
    """What an exploration reaches, as `every_schedule` tells it; by name where it can."""
    try:
        return _reached(Space(model, interchangeable=interchangeable))
    except EveryWaitMatters:
        return _reached(Space(model, interchangeable=interchangeable, every_wait=True))


def _reached(space):
    todo, met = [space.initial], {space.initial}
    rows, ends = set(), set()
    while todo:
        state = todo.pop()
        rows.add(_told(space, state, outcomes=False))
        ways = space.transitions(state)
        if not ways:
            ends.add(_told(space, state, outcomes=True))
        for following, *_ in ways:
            if following not in met:
                met.add(following)
                todo.append(following)
    return frozenset(rows), frozenset(ends)


def _told(space, state, *, outcomes):
    shared, _ = space.parts(state)
    actors = space.actors(state)
    said = tuple(actor.outcome if outcomes else "" for actor in actors)
    everybody = frozenset(shared.rows.items())
    if not space.interchangeable:
        return (everybody, said) if outcomes else everybody
    own = [[_without("customer-1", item) for item in actor.rows.rows.items()] for actor in actors]
    return everybody, _in_any_order(own, said)
