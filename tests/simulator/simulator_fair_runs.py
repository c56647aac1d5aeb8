"""Whether every fair run meets a condition, worked out from the definition and sharing nothing.

A live `World` is run from its start along every way, one raw step at a time, and what everything
depends on is read off its coroutines. A fair run that goes on for ever comes to stay among some
states, where some processes take steps for ever: so every set of processes is tried. It may be
those that go on if they have a circle in which each takes a step, among states in which nobody
else could.
"""

from itertools import chain, combinations

import networkx as nx
from simulator_brute_force import in_circles

from eventproof.simulator.errors import DEADLOCK_DETECTED
from eventproof.simulator.world import World

STATES_BOUND = 3_000
DATABASE = "the database"


class Runs:
    """Every state that live coroutines can reach, and the ways between them."""

    def __init__(self, model):
        self.model = model
        self.views = {}
        self.ways = {}
        todo = [()]
        for path in todo:  # grows; the shortest first, for each is run from its start
            world, waiting = self._at(path)
            state = self._state(world, waiting)
            if state in self.ways:
                continue
            assert len(self.ways) < STATES_BOUND, "the program is too large for brute force"
            self.views[state] = world.view()
            options = list(_options(world, waiting))
            self.ways[state] = []
            for option in options:
                after, later = self._at((*path, option))
                self.ways[state].append((_mover(option), self._state(after, later)))
                todo.append((*path, option))
            if not path:
                self.first = state

    def _at(self, path):
        world, waiting = World(self.model), set()
        for customer in self.model.customers:
            world.arrive(customer)
        for kind, place in path:
            waiting.discard(place)
            abort = kind == "abort"
            event = world.abort(place, DEADLOCK_DETECTED) if abort else world.take(place, *kind)
            if event.waits:
                waiting.add(place)
        return world, waiting

    def _state(self, world, waiting):
        everybody = []
        for name, actor in sorted(world.actors.items()):
            for p in actor.processes:
                stands = _standing(p.cursor.running.coroutine)
                everybody.append((name, p.slot, p.waiting, repr(p.tx), stands))
            everybody.append((name, actor.outcome))
        return frozenset(world.rows.current.items()), tuple(everybody), frozenset(waiting)

    def always_meet(self, met, whenever=None):
        """Whether every fair run meets the condition after it is owed."""
        owing = {state for state, view in self.views.items() if not met(view)}
        starts = [s for s in owing if whenever is not None and whenever(self.views[s])]
        if whenever is None:
            starts = [self.first] if self.first in owing else []
        reached, todo = set(starts), list(starts)
        while todo:
            for _, after in self.ways[todo.pop()]:
                if after in owing and after not in reached:
                    reached.add(after)
                    todo.append(after)
        if any(not self.ways[state] for state in reached):
            return False
        movers = sorted({mover for state in reached for mover, _ in self.ways[state]})
        subsets = chain.from_iterable(combinations(movers, n) for n in range(1, len(movers) + 1))
        return not any(self._can_go_on(reached, frozenset(subset)) for subset in subsets)

    def _can_go_on(self, among, movers):
        kept = {s for s in among if {mover for mover, _ in self.ways[s]} <= movers}
        net = nx.MultiDiGraph()
        net.add_nodes_from(kept)
        for state in kept:
            for mover, after in self.ways[state]:
                if after in kept:
                    net.add_edge(state, after, mover=mover)
        parts = (net.subgraph(part) for part in nx.strongly_connected_components(net))
        return any({m for _, _, m in part.edges(data="mover")} == movers for part in parts)


def _options(world, waiting):
    for name, actor in sorted(world.actors.items()):
        for process in actor.processes:
            place = (name, process.slot)
            if process.waiting or (place in waiting and world.is_blocked(place)):
                continue
            for choice in world.moves.choices(actor, process):
                yield (choice,), place
    for place in in_circles(world, waiting):
        yield "abort", place


def _standing(coroutine):
    """Where a coroutine stands, down to what it awaits, with those of its values that are plain.

    That is all there is to the journeys of these tests: none hides anything on its stack.
    """
    frames = []
    while coroutine is not None:
        frame = getattr(coroutine, "cr_frame", None)
        if frame is not None:
            named = (pair for pair in sorted(frame.f_locals.items()) if pair[0] != "_")
            values = [pair for pair in named if isinstance(pair[1], int | str | tuple)]
            frames.append((frame.f_code.co_name, frame.f_lasti, repr(values)))
        coroutine = getattr(coroutine, "cr_await", None)
    return tuple(frames)


def _mover(option):
    kind, place = option
    return DATABASE if kind == "abort" else str(place)
