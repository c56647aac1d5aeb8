"""Questions on a catalog's graph: what is meant, what is near, what leads where, what goes round.

Each takes what `build_graph` returns and answers in keys of nodes or in frozen records, in the
same order for the same catalog.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from eventproof.catalog.layout import PEOPLE
from eventproof.catalog.versions import pick, sort_key
from eventproof.catalog.ways import Hop, hop, runs
from eventproof.findings import Problem, nearest

if TYPE_CHECKING:
    import networkx

    Graph = networkx.MultiDiGraph[str]

_NOT_PASSED = frozenset({"domain", "system", "owner", *PEOPLE.values()})
_FLOW = frozenset(
    {
        "sends", "receives", "triggers", "writes-to", "reads-from", "sends-to", "receives-from",
        "routes-to",
    }
)  # fmt: skip
"""The relations that something flows along."""


def named(graph: Graph, asked: str) -> tuple[str, ...]:
    """Return the keys that `ID`, `ID@VERSION` or `TYPE:ID@VERSION` means, sorted.

    Without a version these are all versions of a message, and the latest of anything else. An id
    that several types use means all of them. Raises Problem for what the graph does not have.
    """
    known = _names(graph)
    if asked in known:
        return tuple(sorted(key for key in known[asked] if runs(graph, key)))
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
    plain.add_edges_from((one.source, one.target) for one in _flow(graph))
    hops = {(one.source, one.target): one for one in reversed(list(_flow(graph)))}
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


def _unknown(graph: Graph, asked: str, id_: str) -> Problem:
    # Only what the catalog has bears the mark; a reference that leads nowhere may be misspelt.
    ids = {node["id"] for _, node in graph.nodes(data=True) if "superseded" in node}
    meant = nearest(asked, ids) or nearest(id_, ids)
    hint = f"Did you mean {meant}?" if meant else "eventproof graph --format json lists all ids."
    return Problem(f"The catalog has nothing that is called {asked}.", hint=hint)


def _flow(graph: Graph) -> Iterator[Hop]:
    for source, target, edge in graph.edges(data=True):
        if edge["relation"] in _FLOW:
            yield hop(source, target, edge, forward=True)


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
