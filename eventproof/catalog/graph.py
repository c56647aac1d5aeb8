"""Graph: the catalog as nodes and edges.

A node is a resource version, keyed `type:id@version`. An edge runs the way things flow: from a
service to what it sends, and from a message to who receives it. What a reference names and the
catalog lacks has a node as well, with what is known of it, so that no edge is lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventproof.catalog.catalog import Catalog
from eventproof.catalog.layout import PEOPLE
from eventproof.catalog.references import Reference, references
from eventproof.catalog.resolution import resolve
from eventproof.catalog.resources import MESSAGE_TYPES, Pointer, Resource

if TYPE_CHECKING:
    import networkx

_INWARD = frozenset({"receives", "reads-from", "receives-from", "producers"})
"""The relations whose edge runs towards the resource that names them, or from whom it names."""

_LEGACY = {"producers": "sends", "consumers": "receives"}


@dataclass(frozen=True, slots=True)
class _End:
    """A node, whether or not the catalog has it."""

    key: str
    type: str
    id: str
    version: str | None
    name: str
    owners: tuple[str, ...] = ()


def build_graph(catalog: Catalog) -> networkx.MultiDiGraph[str]:
    """All resources and references of a catalog, of superseded versions too.

    Nodes have the attributes type, id, version, name and owners, and, where the catalog has them,
    superseded, which is true where a later version exists; edges relation, pin, channel and
    status, which is `resolved`, `unresolved-version`, `unknown-id` or `external`. An edge between
    messages has the relation `triggers` and runs from the cause to the effect.
    """
    import networkx  # heavy, and needed by few commands

    graph: networkx.MultiDiGraph[str] = networkx.MultiDiGraph()
    for resource in catalog.resources:
        _add_node(graph, _end(resource))
        graph.nodes[resource.key]["superseded"] = catalog.is_superseded(resource)
    for resource in catalog.resources:
        for reference in references(resource):
            _add_reference(graph, catalog, resource, reference)
        for pointer in resource.sends:
            _add_derived(graph, catalog, resource, Reference("sends", pointer, MESSAGE_TYPES))
        for pointer in resource.receives:
            _add_derived(graph, catalog, resource, Reference("receives", pointer, MESSAGE_TYPES))
        for owner in resource.owners:
            _add_owner(graph, catalog, resource, owner)
    return graph


def _add_reference(
    graph: networkx.MultiDiGraph[str], catalog: Catalog, resource: Resource, reference: Reference
) -> None:
    status, target = _target(catalog, reference)
    if reference.is_legacy and status == "resolved":
        return  # the participant's derived pointer says the same
    source = _end(resource)
    if reference.relation == "triggers" and reference.message:
        source = _target(catalog, Reference("receives", reference.message, MESSAGE_TYPES))[1]
    ends = (target, source) if reference.relation in _INWARD else (source, target)
    for end in ends:
        _add_node(graph, end)
    for channel in _channels(catalog, reference):
        graph.add_edge(
            ends[0].key,
            ends[1].key,
            relation=_LEGACY.get(reference.relation, reference.relation),
            pin=reference.pointer.version,
            channel=channel,
            status=status,
        )


def _add_derived(
    graph: networkx.MultiDiGraph[str], catalog: Catalog, resource: Resource, reference: Reference
) -> None:
    # `references` tells only what stands on the page; these stand on the message's page.
    if not reference.pointer.path:
        _add_reference(graph, catalog, resource, reference)


def _add_owner(
    graph: networkx.MultiDiGraph[str], catalog: Catalog, resource: Resource, owner: str
) -> None:
    types = tuple(PEOPLE.values())
    person = resolve(catalog, Pointer(owner), types).resource
    # Where the catalog describes nobody, owners live elsewhere; where it does, one is missing.
    unknown = "unknown-id" if catalog.describes_people else "external"
    status = "resolved" if person else unknown
    end = _end(person) if person else _End(f"owner:{owner}", "owner", owner, None, owner)
    _add_node(graph, end)
    graph.add_edge(
        end.key, _end(resource).key, relation="owns", pin=None, channel=None, status=status
    )


def _add_node(graph: networkx.MultiDiGraph[str], end: _End) -> None:
    graph.add_node(
        end.key,
        type=end.type,
        id=end.id,
        version=end.version,
        name=end.name,
        owners=list(end.owners),
    )


def _target(catalog: Catalog, reference: Reference) -> tuple[str, _End]:
    pointer = reference.pointer
    resolution = resolve(catalog, pointer, reference.types)
    if resolution.resource:
        return resolution.status, _end(resolution.resource)
    type_ = resolution.candidates[0].type if resolution.candidates else reference.noun
    key = f"{type_}:{pointer.id}@{pointer.version}" if pointer.version else f"{type_}:{pointer.id}"
    return resolution.status, _End(key, type_, pointer.id, pointer.version, pointer.id)


def _end(resource: Resource) -> _End:
    return _End(
        resource.key,
        resource.type,
        resource.id,
        resource.version,
        resource.name,
        resource.owners,
    )


def _channels(catalog: Catalog, reference: Reference) -> Iterator[str | None]:
    """Return the channels of an edge: the pointer's own, else the message's, else none."""
    own = reference.pointer.channels
    if not own and reference.relation in ("sends", "receives"):
        message = resolve(catalog, reference.pointer, reference.types).resource
        own = message.channels if message and message.type in MESSAGE_TYPES else ()
    if not own:
        yield None
    for channel in own:
        yield channel.id
