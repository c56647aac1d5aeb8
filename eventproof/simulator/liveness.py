"""`eventually` properties, told exactly from the graph of an exploration that has ended.

What is owed from some state on (from the start, or whenever the property's own condition says so)
must be met on every fair run. A run that never meets it stays among the states that do not: it
ends in one of them, or goes round in some of them for ever. So the records flow: the graph, its
states that do not meet the condition, an end or a circle among them, and the way there: a `Lasso`.

A circle counts only where a fair scheduler may stay in it: whoever could take a step at some place
of it takes one, and the database breaks each deadlock. What an external system answers, which
fault happens and who is a deadlock's victim is not fair: a payment may be declined for ever.

Three things could be wrong: a circle of sorted customers says nothing of who moves in it, and one
whose waits were left out lets nobody queue (so both reductions are taken back where there is a
circle: `Circles`); states that were met but not gone on from have no ends (they are left out); and
steps taken at once must not hide a moment at which the condition is met (`ends_show`).
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from eventproof.simulator.count import Ways
from eventproof.simulator.properties import Eventually, View
from eventproof.simulator.space import Space
from eventproof.simulator.transitions import Deed, State, Transition

Mover = tuple[int, int]
"""Position of an actor, and the slot of its process."""

THE_DATABASE: Mover = (-1, 0)
"""Who breaks deadlocks."""


class Circles(Exception):
    """Whether a run may go on for ever cannot be told under the reductions in use."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One way between two states of a circle, and whose steps are taken on it."""

    source: int
    target: int
    transition: Transition
    movers: frozenset[Mover]


@dataclass(frozen=True, slots=True)
class Lasso:
    """A run that never meets a condition: the states to its end, or to a circle and round it."""

    stem: tuple[int, ...]
    loop: tuple[Edge, ...] = ()


@dataclass(frozen=True)
class Graph:
    """What an exploration has visited."""

    space: Space
    order: Sequence[State]
    index: Mapping[State, int]
    ways: Ways
    parents: array[int]
    """For each state, the one before it on a shortest way from the start."""
    shown: dict[tuple[str, object], bool] = field(default_factory=dict)
    """What conditions say of what can be seen."""

    def gone_on_from(self, state: int) -> bool:
        """Whether the ways on from a state are known."""
        return state < len(self.ways.first) - 1

    def targets(self, state: int) -> Sequence[int]:
        """The states to which a state leads."""
        ways = self.ways.of(state)
        return self.ways.target[ways.start : ways.stop]

    def says(self, name: str, condition: Callable[[View], bool], state: int) -> bool:
        """Whether a condition is true in a state."""
        question = (name, self.space.sight(self.order[state]))
        said = self.shown.get(question)
        if said is None:
            view = self.space.view(self.order[state])
            said = self.shown[question] = condition(view)
        return said

    def way_to(self, state: int) -> list[int]:
        """The states of a shortest way from the start."""
        path = [state]
        while path[-1]:
            path.append(self.parents[path[-1]])
        return path[::-1]


def lasso_of(graph: Graph, prop: Eventually) -> Lasso | None:
    """A run on which `prop` stays owed; None where every fair run that was visited meets it.

    `Circles` where that cannot be told under the reductions in use.
    """
    came = _owing(graph, prop)
    for state in came:
        if graph.gone_on_from(state) and not graph.targets(state):
            return Lasso(_stem(graph, came, state))
    in_circles = _without_ends(graph, came)
    if not in_circles:
        return None
    if graph.space.interchangeable or not graph.space.every_wait:
        raise Circles
    for part in _circles(in_circles, graph):
        fair = _fair_part(graph, part)
        if fair:
            start = next(state for state in came if state in fair)
            return Lasso(_stem(graph, came, start), _round(graph, fair, start))
    return None


def _owing(graph: Graph, prop: Eventually) -> dict[int, int | None]:
    """Every state in which the condition may still be owed, and the one before it that owes."""
    came: dict[int, int | None] = {}
    since, name = prop.whenever, prop.name
    starts = range(1) if since is None else range(len(graph.order))
    for state in starts:
        is_owed = since is None or graph.says(f"{name} whenever", since, state)
        if is_owed and not graph.says(name, prop.met, state):
            came[state] = None
    todo = list(came)
    for state in todo:  # grows
        for target in graph.targets(state) if graph.gone_on_from(state) else ():
            if target not in came and not graph.says(name, prop.met, target):
                came[target] = state
                todo.append(target)
    return came


def _stem(graph: Graph, came: Mapping[int, int | None], state: int) -> tuple[int, ...]:
    owing = [state]
    while (before := came[owing[-1]]) is not None:
        owing.append(before)
    return (*graph.way_to(owing.pop()), *reversed(owing))


def _without_ends(graph: Graph, came: Mapping[int, int | None]) -> dict[int, list[int]]:
    """Those of the states, with their targets, to which some circle leads."""
    targets = {
        state: [target for target in graph.targets(state) if target in came]
        for state in came
        if graph.gone_on_from(state)
    }
    sources = dict.fromkeys(came, 0)
    for after in targets.values():
        for target in after:
            sources[target] += 1
    free = [state for state, count in sources.items() if not count]
    for state in free:  # grows
        for target in targets.pop(state, ()):
            sources[target] -= 1
            if not sources[target]:
                free.append(target)
    return targets


def _circles(targets: Mapping[int, Sequence[int]], graph: Graph) -> Iterator[frozenset[int]]:
    """The strongly connected parts, the one that is met first before the others."""
    import networkx as nx

    net: nx.DiGraph[int] = nx.DiGraph()
    net.add_edges_from((a, b) for a, after in targets.items() for b in after if b in targets)
    parts = (frozenset(part) for part in nx.strongly_connected_components(net))
    round_trips = (p for p in parts if len(p) > 1 or next(iter(p)) in graph.targets(next(iter(p))))
    yield from sorted(round_trips, key=min)


def _fair_part(graph: Graph, part: frozenset[int]) -> frozenset[int] | None:
    """States among which a fair run may stay for ever; None where there are none."""
    could = {state: _who_could(graph, state) for state in part}
    edges = _edges(graph, part)
    moving = frozenset[Mover]().union(*(e.movers for out in edges.values() for e in out))
    kept = frozenset(state for state, movers in could.items() if movers <= moving)
    if kept == part:
        return part
    inside = {s: [e.target for e in edges[s] if e.target in kept] for s in kept}
    found = (_fair_part(graph, smaller) for smaller in _circles(inside, graph))
    return next((fair for fair in found if fair), None)


def _who_could(graph: Graph, state: int) -> frozenset[Mover]:
    """Whoever could take a step."""
    ways = graph.space.transitions(graph.order[state])
    return frozenset(_mover(position, how.deeds[0]) for _, _, _, position, how in ways)


def _edges(graph: Graph, part: frozenset[int]) -> dict[int, list[Edge]]:
    """The ways from each state that stay within the part."""
    return {state: list(_edges_from(graph, state, part)) for state in sorted(part)}


def _edges_from(graph: Graph, state: int, part: frozenset[int]) -> Iterator[Edge]:
    for transition in graph.space.transitions(graph.order[state]):
        following, _, _, position, successor = transition
        target = graph.index[following]
        if target in part:
            movers = frozenset(_mover(position, deed) for deed in successor.deeds)
            yield Edge(state, target, transition, movers)


def _mover(position: int, deed: Deed) -> Mover:
    return THE_DATABASE if deed.kind == "abort" else (position, deed.slot)


def _round(graph: Graph, part: frozenset[int], start: int) -> tuple[Edge, ...]:
    """A way from `start` and back on which everybody moves who could anywhere in the part."""
    edges = _edges(graph, part)
    left = frozenset[Mover]().union(*(_who_could(graph, state) for state in part))
    taken: list[Edge] = []
    at = start
    while left:
        taken += _to_nearest(edges, at, partial(_moves_any, left))
        at = taken[-1].target
        left = left.difference(*(edge.movers for edge in taken))
    if at != start:
        taken += _to_nearest(edges, at, lambda edge: edge.target == start)
    return tuple(taken)


def _moves_any(movers: frozenset[Mover], edge: Edge) -> bool:
    return not movers.isdisjoint(edge.movers)


def _to_nearest(
    edges: Mapping[int, Sequence[Edge]], start: int, wanted: Callable[[Edge], bool]
) -> list[Edge]:
    """The shortest way over a wanted edge, which is the last of it."""
    ways: dict[int, list[Edge]] = {start: []}
    todo = [start]
    for state in todo:  # grows
        for edge in edges[state]:
            if wanted(edge):
                return [*ways[state], edge]
            if edge.target not in ways:
                ways[edge.target] = [*ways[state], edge]
                todo.append(edge.target)
    raise AssertionError("every edge of a connected part can be reached")
