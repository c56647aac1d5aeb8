"""Consequences: whom a change reaches on a catalog's graph, and what a message can set off.

How a change goes on depends on what it has reached and by which relation; the two tables say it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from eventproof.catalog.resources import MESSAGE_TYPES, PARTICIPANT_TYPES
from eventproof.catalog.ways import Hop, Reached, Turn, hop, hops, runs, ways

if TYPE_CHECKING:
    import networkx

    Graph = networkx.MultiDiGraph[str]

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


def impact(graph: Graph, keys: Iterable[str]) -> tuple[Reached, ...]:
    """Return who may break when these nodes change, nearest first, each by its shortest way.

    A message reaches those who receive it and, over triggers, those who receive what follows from
    it; a command or query also those who send it, since they rely on its handler. A service or
    agent reaches them by what it sends, by the requests it handles, and by the stores it writes;
    a channel whoever sends or receives over it, or over one that it routes to; a store whoever
    reads or writes it; a domain or system all that by its parts; anything else whoever names it.
    """
    start = frozenset(keys)
    return tuple(one for one in ways(graph, start, _turns_of_change) if _is_end(graph, one))


def sets_off(graph: Graph, keys: Iterable[str]) -> tuple[Reached, ...]:
    """Return the messages that follow from these by triggers, nearest first."""
    return tuple(ways(graph, frozenset(keys), _turns_of_triggers))


def _turns_of_triggers(graph: Graph, key: str, _last: Hop | None) -> Iterator[Hop]:
    return hops(graph, key, ("triggers", True))


def _turns_of_change(graph: Graph, key: str, last: Hop | None) -> Iterator[Hop]:
    type_ = graph.nodes[key]["type"]
    if last is None and type_ not in _FROM:
        yield from _by_others(graph, key)
    elif last is None or last.relation == "contains":
        for turn in _FROM.get(type_, ()):
            yield from hops(graph, key, turn)
    else:
        for turn in _AFTER.get((type_, last.relation), ()):
            yield from hops(graph, key, turn)


def _is_end(graph: Graph, one: Reached) -> bool:
    """Whether a way ends at somebody, not at what only passes the change on."""
    begins_at = graph.nodes[one.path[0].start]["type"]
    if begins_at not in _FROM:
        return True
    return one.type in PARTICIPANT_TYPES and one.path[-1].relation != "contains"


def _by_others(graph: Graph, key: str) -> Iterator[Hop]:
    """Yield the edges to whoever names a node on their own page."""
    for source, target, edge in graph.in_edges(key, data=True):
        if edge["by"] == source and runs(graph, source):
            yield hop(source, target, edge, forward=False)
    for source, target, edge in graph.out_edges(key, data=True):
        if edge["by"] == target and runs(graph, target):
            yield hop(source, target, edge, forward=True)
