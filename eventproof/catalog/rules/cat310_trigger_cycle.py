"""Messages trigger each other in a circle.

Each is the cause of the next and the last is the cause of the first: unless a condition stops it,
one message sets off an endless row of them. It may be meant, as where a step is tried again.
Of messages that are entangled in several circles, a shortest is named.

Mend it by stopping the row somewhere, and say where in a condition:

    triggers:
      - id: RetryPayment
        condition: At most three times
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from eventproof.catalog.resolution import resolve
from eventproof.catalog.resources import Pointer, Resource
from eventproof.catalog.rules.wording import counted
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT310", "trigger-cycle", Severity.WARNING, __doc__)

_STARTS_MAX = 100
"""From how many messages of an entanglement a shortest circle is sought: keeps time linear."""


@dataclass(frozen=True, slots=True)
class _Cause:
    """Who makes one message follow another."""

    participant: Resource
    trigger: Pointer


Causes = Mapping[str, Mapping[str, _Cause]]
"""For each message's key, the messages that it triggers, and by whom."""


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each group of messages that trigger each other, shortest circles first."""
    causes = _causes(catalog)
    cycles = [_shortest(group, causes) for group in _entangled(causes)]
    for cycle in sorted(cycles, key=lambda one: (len(one), one)):
        yield _finding(catalog, cycle, causes)


def _causes(catalog: Catalog) -> Causes:
    causes: dict[str, dict[str, _Cause]] = {}
    for participant in catalog.participants:
        for received in participant.receives:
            for trigger in received.triggers:
                cause, effect = _key(catalog, received), _key(catalog, trigger)
                effects = causes.setdefault(cause, {})
                effects.setdefault(effect, _Cause(participant, trigger))
    return causes


def _key(catalog: Catalog, pointer: Pointer) -> str:
    message = resolve(catalog, pointer).resource
    return message.key if message else f"message:{pointer}"


def _entangled(causes: Causes) -> Iterator[Collection[str]]:
    """Yield the groups of messages in which each triggers each, if only by way of others."""
    try:
        TopologicalSorter(causes).prepare()
    except CycleError:
        import networkx  # heavy, and needed by few catalogs

        edges = ((cause, effect) for cause in causes for effect in causes[cause])
        graph: networkx.DiGraph[str] = networkx.DiGraph(edges)
        for group in networkx.strongly_connected_components(graph):
            if len(group) > 1 or any(one in causes.get(one, ()) for one in group):
                yield group


def _shortest(group: Collection[str], causes: Causes) -> tuple[str, ...]:
    """Return a shortest circle among the messages of a group, beginning at its least key."""
    found = (_circle(start, group, causes) for start in sorted(group)[:_STARTS_MAX])
    return min(found, key=lambda circle: (len(circle), circle))


def _circle(start: str, group: Collection[str], causes: Causes) -> tuple[str, ...]:
    """Return a shortest way from a message back to itself, by breadth first."""
    before = dict[str, str]()
    waiting = deque([start])
    while waiting:
        cause = waiting.popleft()
        for effect in causes[cause]:
            if effect == start:
                return _way(start, cause, before)
            if effect in group and effect not in before:
                before[effect] = cause
                waiting.append(effect)
    raise AssertionError("every message of the group leads back to itself")


def _way(start: str, last: str, before: Mapping[str, str]) -> tuple[str, ...]:
    way = [last]
    while way[-1] != start:
        way.append(before[way[-1]])
    return tuple(reversed(way))


def _finding(catalog: Catalog, cycle: tuple[str, ...], causes: Causes) -> Finding:
    links = [
        (cause, effect, causes[cause][effect])
        for cause, effect in zip(cycle, (*cycle[1:], cycle[0]), strict=True)
    ]
    first = links[0][2]
    names = [_name(key) for key in (*cycle, cycle[0])]
    return RULE.finding(
        f"Messages trigger each other in a circle: {' -> '.join(names)}.",
        location=catalog.locate(first.participant, (*first.trigger.path, "id")),
        resource=first.participant.ref,
        about=">".join(cycle),
        details=counted([_told(*link) for link in links], limit=10),
    )


def _told(cause: str, effect: str, by: _Cause) -> str:
    condition = f": {' '.join(by.trigger.condition.split())}" if by.trigger.condition else ""
    ending = "" if condition.endswith((".", "!", "?")) else "."
    return f"{by.participant} sends {_name(effect)} on {_name(cause)}{condition}{ending}"


def _name(key: str) -> str:
    """Return a message's key as people say it: OrderPlaced 1.0.0."""
    id_, at, version = key.partition(":")[2].rpartition("@")
    return f"{id_} {version}" if at else version
