"""Ways: how one walks over a catalog's graph, edge by edge, and the records of having done so.

What only a superseded page says runs no more, and is no way; a message in an older version may
well be sent still.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eventproof.catalog.resources import MESSAGE_TYPES

if TYPE_CHECKING:
    import networkx

    Graph = networkx.MultiDiGraph[str]

Turn = tuple[str, bool]
"""A relation, and whether a way takes its edges forward."""


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


def ways(
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
            for step in turns(graph, key, path[-1] if path else None):
                if (step.end, step.relation) not in passed:
                    passed.add((step.end, step.relation))
                    following.append((step.end, (*path, step)))
        ring = sorted(following, key=lambda one: one[0])
        for key, path in ring:
            if key not in known:
                known.add(key)
                yield reached(graph, key, path)


def hops(graph: Graph, key: str, turn: Turn) -> Iterator[Hop]:
    """Yield the edges at a node that a turn takes."""
    relation, forward = turn
    edges = graph.out_edges(key, data=True) if forward else graph.in_edges(key, data=True)
    for source, target, edge in edges:
        if edge["relation"] == relation and runs(graph, edge["by"]):
            yield hop(source, target, edge, forward=forward)


def runs(graph: Graph, key: str) -> bool:
    """Whether what a resource's page says still holds."""
    node = graph.nodes[key]
    return node["type"] in MESSAGE_TYPES or not node.get("superseded")


def hop(source: str, target: str, edge: Mapping[str, Any], *, forward: bool) -> Hop:
    """Return an edge of the graph as a part of a way."""
    return Hop(
        source,
        target,
        relation=edge["relation"],
        pin=edge["pin"],
        status=edge["status"],
        by=edge["by"],
        forward=forward,
    )


def reached(graph: Graph, key: str, path: tuple[Hop, ...]) -> Reached:
    """Return a node with the way to it."""
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
