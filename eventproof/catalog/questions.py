"""Questions on a catalog's graph: whom a change reaches, what sets off what, what leads where.

Each takes what `build_graph` returns and answers in frozen records, in the same order for the same
catalog. Nodes are named by their keys. What only a superseded page says runs no more, and is left
out; a message in an older version may well be sent still.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any

from eventproof.catalog.layout import PEOPLE
from eventproof.catalog.resources import MESSAGE_TYPES, PARTICIPANT_TYPES
from eventproof.catalog.versions import pick, sort_key
from eventproof.findings import Problem, nearest

if TYPE_CHECKING:
    import networkx

    Graph = networkx.MultiDiGraph[str]

Turn = tuple[str, bool]
"""A relation, and whether a way takes its edges forward."""

_NOT_PASSED = frozenset({"domain", "system", "owner", *PEOPLE.values()})
_FLOW = frozenset(
    {
        "sends", "receives", "triggers", "writes-to", "reads-from", "sends-to", "receives-from",
        "routes-to",
    }
)  # fmt: skip
"""The relations that something flows along."""

_RECEIVED: tuple[Turn, ...] = (("receives", True), ("triggers", True))
_SENT: tuple[Turn, ...] = (("sends", False),)
_READ: tuple[Turn, ...] = (("reads-from", True), ("receives", True))
_OF_CHANNEL: tuple[Turn, ...] = (
    ("receives-from", True), ("receives", True), ("sends-to", False), ("routes-to", True),
    ("on-channel", False),
)  # fmt: skip
_OF_PARTICIPANT: tuple[Turn, ...] = (
    ("sends", True), ("receives", False), ("receives", True), ("writes-to", True),
)  # fmt: skip
_FROM: Mapping[str, tuple[Turn, ...]] = {
    **dict.fromkeys(("event", "message"), _RECEIVED),
    **dict.fromkeys(("command", "query"), _RECEIVED + _SENT),
    **dict.fromkeys(PARTICIPANT_TYPES, _OF_PARTICIPANT),
    "channel": _OF_CHANNEL,
    "container": (*_READ, ("writes-to", False)),
    "domain": (("contains", True), *_OF_PARTICIPANT),
    "system": (("contains", True),),
}
"""How a change goes on from what changes, by its type."""
_AFTER: Mapping[tuple[str, str], tuple[Turn, ...]] = {
    **{(type_, "sends"): _RECEIVED for type_ in (*MESSAGE_TYPES, "message")},
    **{(type_, "triggers"): _RECEIVED for type_ in (*MESSAGE_TYPES, "message")},
    **{(type_, "on-channel"): _RECEIVED + _SENT for type_ in MESSAGE_TYPES},
    # Who receives an event does not answer for it; who handles a request does.
    **{(type_, "receives"): _SENT for type_ in ("command", "query")},
    **{("container", relation): _READ for relation in ("writes-to", "sends")},
    **{("channel", relation): _OF_CHANNEL for relation in ("routes-to", "sends")},
}
"""How it goes on from a node of a type that it reached by a relation; elsewhere it ends."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One edge on a way, as the graph has it."""

    source: str
    target: str
    relation: str
    pin: str | None
    status: str
    by: str
    """The resource whose page says so."""
    forward: bool = True
    """Whether the way goes from source to target."""

    @property
    def start(self) -> str:
        """Where the way is before this edge."""
        return self.source if self.forward else self.target

    @property
    def end(self) -> str:
        """Where the way is after this edge."""
        return self.target if self.forward else self.source


@dataclass(frozen=True, slots=True)
class Reached:
    """A node that a way leads to, with the shortest one."""

    key: str
    type: str
    id: str
    version: str | None
    name: str
    owners: tuple[str, ...]
    path: tuple[Hop, ...]

    def __str__(self) -> str:
        return f"{self.id} {self.version}" if self.version else self.id


def named(graph: Graph, asked: str) -> tuple[str, ...]:
    """Return the keys that `ID`, `ID@VERSION` or `TYPE:ID@VERSION` means, sorted.

    Without a version these are all versions of a message, and the latest of anything else. An id
    that several types use means all of them. Raises Problem for what the graph does not have.
    """
    known = _names(graph)
    if asked in known:
        return tuple(sorted(key for key in known[asked] if _runs(graph, key)))
    id_, _, version = asked.rpartition("@")
    if id_ not in known:
        raise _unknown(graph, asked, id_)
    candidates = sorted(known[id_])
    versions = [graph.nodes[key]["version"] for key in candidates]
    chosen = pick(versions, version)
    if chosen is None:
        there_is = sorted({one for one in versions if one}, key=sort_key)
        hint = f"There is {', '.join(there_is)}." if there_is else "It has no versions."
        raise Problem(f"The catalog has no version {version} of {id_}.", hint=hint)
    return tuple(key for key in candidates if graph.nodes[key]["version"] == versions[chosen])


def impact(graph: Graph, keys: Iterable[str]) -> tuple[Reached, ...]:
    """Return who may break when these nodes change, nearest first, each by its shortest way.

    A message reaches those who receive it and, over triggers, those who receive what follows from
    it; a command or query also those who send it, since they rely on its handler. A service or
    agent reaches them by what it sends, by the requests it handles, and by the stores it writes;
    a channel whoever sends or receives over it, or over one that it routes to; a store whoever
    reads or writes it; a domain or system all that by its parts; anything else whoever names it.
    """
    start = frozenset(keys)
    return tuple(one for one in _ways(graph, start, _turns_of_change) if _is_end(graph, one))


def sets_off(graph: Graph, keys: Iterable[str]) -> tuple[Reached, ...]:
    """Return the messages that follow from these by triggers, nearest first."""
    return tuple(_ways(graph, frozenset(keys), _turns_of_triggers))


def trigger_cycles(graph: Graph) -> tuple[tuple[str, ...], ...]:
    """Return the shortest cycle of triggers through the least key of each group that has one.

    A group is all the messages that lead to each other. Shortest cycles first.
    """
    import networkx  # heavy, and needed by few commands

    triggers: networkx.DiGraph[str] = networkx.DiGraph(
        (source, target)
        for source, target, edge in graph.edges(data=True)
        if edge["relation"] == "triggers"
    )
    groups = networkx.strongly_connected_components(triggers)
    found = (_cycle(triggers, min(group), group) for group in groups)
    return tuple(sorted((one for one in found if one), key=lambda one: (len(one), one)))


def paths(
    graph: Graph, source: str, target: str, *, limit: int = 10
) -> tuple[tuple[Hop, ...], ...]:
    """Return the ways along which something can flow from one node to another, shortest first.

    No way passes a node twice, and no more than `limit` of them are sought.
    """
    import networkx  # heavy, and needed by few commands

    plain: networkx.DiGraph[str] = networkx.DiGraph()
    plain.add_nodes_from(graph)
    plain.add_edges_from((hop.source, hop.target) for hop in _flow(graph))
    hops = {(hop.source, hop.target): hop for hop in reversed(list(_flow(graph)))}
    try:
        found = list(islice(networkx.shortest_simple_paths(plain, source, target), limit))
    except networkx.NetworkXNoPath:
        return ()
    return tuple(tuple(hops[pair] for pair in pairwise(way)) for way in found)


def neighbourhood(graph: Graph, keys: Iterable[str], *, depth: int) -> Graph:
    """Return the part of the graph within `depth` edges of these nodes, in either direction.

    Domains, systems and owners are part of it and not passed through: whatever else belongs to
    them is not near for that alone.
    """
    near = dict.fromkeys(keys, 0)
    waiting = deque(near)
    while waiting:
        key = waiting.popleft()
        is_border = bool(near[key]) and graph.nodes[key]["type"] in _NOT_PASSED
        if near[key] == depth or is_border:
            continue
        for other in (*graph.successors(key), *graph.predecessors(key)):
            if other not in near:
                near[other] = near[key] + 1
                waiting.append(other)
    part: Graph = graph.subgraph(near)
    return part


def _names(graph: Graph) -> Mapping[str, list[str]]:
    """Return the keys of the nodes by what they may be called without a version."""
    names: dict[str, list[str]] = {}
    for key, node in graph.nodes(data=True):
        for name in (node["id"], f"{node['type']}:{node['id']}"):
            names.setdefault(name, []).append(key)
    return names


def _runs(graph: Graph, key: str) -> bool:
    node = graph.nodes[key]
    return node["type"] in MESSAGE_TYPES or not node.get("superseded")


def _unknown(graph: Graph, asked: str, id_: str) -> Problem:
    # Only what the catalog has bears the mark; a reference that leads nowhere may be misspelt.
    ids = {node["id"] for _, node in graph.nodes(data=True) if "superseded" in node}
    meant = nearest(asked, ids) or nearest(id_, ids)
    hint = f"Did you mean {meant}?" if meant else "eventproof graph --format json lists all ids."
    return Problem(f"The catalog has nothing that is called {asked}.", hint=hint)


def _ways(
    graph: Graph,
    start: frozenset[str],
    turns: Callable[[Graph, str, Hop | None], Iterable[Hop]],
) -> Iterator[Reached]:
    """Yield the nodes that the turns lead to, by breadth first, in order of distance and key."""
    # A node may be reached in several roles, from which the way goes on differently.
    passed: set[tuple[str, str]] = set()
    known = set(start)
    ring: list[tuple[str, tuple[Hop, ...]]] = [(key, ()) for key in sorted(start)]
    while ring:
        following = []
        for key, path in ring:
            for hop in turns(graph, key, path[-1] if path else None):
                if (hop.end, hop.relation) not in passed:
                    passed.add((hop.end, hop.relation))
                    following.append((hop.end, (*path, hop)))
        ring = sorted(following, key=lambda one: one[0])
        for key, path in ring:
            if key not in known:
                known.add(key)
                yield _reached(graph, key, path)


def _turns_of_triggers(graph: Graph, key: str, _last: Hop | None) -> Iterator[Hop]:
    return _hops(graph, key, ("triggers", True))


def _turns_of_change(graph: Graph, key: str, last: Hop | None) -> Iterator[Hop]:
    type_ = graph.nodes[key]["type"]
    if last is None and type_ not in _FROM:
        yield from _by_others(graph, key)
    elif last is None or last.relation == "contains":
        for turn in _FROM.get(type_, ()):
            yield from _hops(graph, key, turn)
    else:
        for turn in _AFTER.get((type_, last.relation), ()):
            yield from _hops(graph, key, turn)


def _is_end(graph: Graph, one: Reached) -> bool:
    """Whether a way ends at somebody, not at what only passes the change on."""
    begins_at = graph.nodes[one.path[0].start]["type"]
    if begins_at not in _FROM:
        return True
    return one.type in PARTICIPANT_TYPES and one.path[-1].relation != "contains"


def _hops(graph: Graph, key: str, turn: Turn) -> Iterator[Hop]:
    """Yield the edges at a node that a turn takes."""
    relation, forward = turn
    edges = graph.out_edges(key, data=True) if forward else graph.in_edges(key, data=True)
    for source, target, edge in edges:
        if edge["relation"] == relation and _runs(graph, edge["by"]):
            yield _hop(source, target, edge, forward=forward)


def _by_others(graph: Graph, key: str) -> Iterator[Hop]:
    """Yield the edges to whoever names a node on their own page."""
    for source, target, edge in graph.in_edges(key, data=True):
        if edge["by"] == source and _runs(graph, source):
            yield _hop(source, target, edge, forward=False)
    for source, target, edge in graph.out_edges(key, data=True):
        if edge["by"] == target and _runs(graph, target):
            yield _hop(source, target, edge, forward=True)


def _flow(graph: Graph) -> Iterator[Hop]:
    for source, target, edge in graph.edges(data=True):
        if edge["relation"] in _FLOW:
            yield _hop(source, target, edge, forward=True)


def _hop(source: str, target: str, edge: Mapping[str, Any], *, forward: bool) -> Hop:
    return Hop(
        source,
        target,
        relation=edge["relation"],
        pin=edge["pin"],
        status=edge["status"],
        by=edge["by"],
        forward=forward,
    )


def _reached(graph: Graph, key: str, path: tuple[Hop, ...]) -> Reached:
    node = graph.nodes[key]
    return Reached(
        key=key,
        type=node["type"],
        id=node["id"],
        version=node["version"],
        name=node["name"],
        owners=tuple(node["owners"]),
        path=path,
    )


def _cycle(triggers: networkx.DiGraph[str], first: str, group: set[str]) -> tuple[str, ...]:
    """Return a shortest way from a message back to itself, by breadth first; empty for none."""
    before: dict[str, str] = {}
    waiting = deque([first])
    while waiting:
        cause = waiting.popleft()
        for effect in sorted(group.intersection(triggers.successors(cause))):
            if effect == first:
                return _back(first, cause, before)
            if effect not in before:
                before[effect] = cause
                waiting.append(effect)
    return ()


def _back(first: str, last: str, before: Mapping[str, str]) -> tuple[str, ...]:
    way = [last]
    while way[-1] != first:
        way.append(before[way[-1]])
    return tuple(reversed(way))
