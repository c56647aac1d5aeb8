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
from eventproof.catalog.compat import Compat, core_pick
from eventproof.catalog.layout import PEOPLE
from eventproof.catalog.references import Reference, references
from eventproof.catalog.resolution import resolve
from eventproof.catalog.resources import MESSAGE_TYPES, Pointer, Resource

if TYPE_CHECKING:
    import networkx

_INWARD = frozenset(
    {
        "receives", "reads-from", "receives-from", "producers", "superseded-by", "amended-by",
        "member-of",
    }
)  # fmt: skip
"""The relations whose edge runs towards the resource that names them, or from whom it names."""

_AS = {
    "producers": "sends",
    "consumers": "receives",
    "superseded-by": "supersedes",
    "amended-by": "amends",
    "member-of": "has-member",
}
"""What the other side says of the same edge."""


@dataclass(frozen=True, slots=True)
class _End:
    """A node, whether or not the catalog has it."""

    key: str
    type: str
    id: str
    version: str | None
    name: str
    owners: tuple[str, ...] = ()


def build_graph(catalog: Catalog, *, compat: Compat | None = None) -> networkx.MultiDiGraph[str]:
    """All resources and references of a catalog, of superseded versions too.

    Nodes have the attributes type, id, version, name and owners, and, where the catalog has them,
    superseded, which is true where a later version exists. Edges have relation, pin, channel,
    status, which is `resolved`, `unresolved-version`, `unknown-id` or `external`, and by, the key
    of the resource whose page says so. An edge between messages has the relation `triggers` and
    runs from the cause to the effect. `compat` resolves pins as an EventCatalog of old did, where
    one pin may mean several versions.
    """
    import networkx  # heavy, and needed by few commands

    drawing = _Drawing(catalog, compat, networkx.MultiDiGraph())
    for resource in catalog.resources:
        drawing.add_node(_end(resource))
        drawing.graph.nodes[resource.key]["superseded"] = catalog.is_superseded(resource)
    for resource in catalog.resources:
        for reference in _all_references(resource):
            drawing.add_reference(resource, reference)
        for owner in resource.owners:
            drawing.add_owner(resource, owner)
    return drawing.graph


@dataclass(frozen=True, slots=True)
class _Drawing:
    """A graph that is being made."""

    catalog: Catalog
    compat: Compat | None
    graph: networkx.MultiDiGraph[str]

    def add_reference(self, resource: Resource, reference: Reference) -> None:
        """Draw what a page says, once for each version that it means."""
        sources = [_end(resource)]
        if reference.relation == "triggers" and reference.message:
            cause = Reference("receives", reference.message, MESSAGE_TYPES)
            sources = [end for _, end in self._targets(cause)]
        for status, target in self._targets(reference):
            if reference.is_legacy and status == "resolved":
                continue  # the participant's derived pointer says the same
            for source in sources:
                ends = (target, source) if reference.relation in _INWARD else (source, target)
                for channel in _channels(self.catalog, reference):
                    relation = _AS.get(reference.relation, reference.relation)
                    self._add_edge(
                        ends, resource, relation, reference.pointer.version, channel, status
                    )

    def add_owner(self, resource: Resource, owner: str) -> None:
        """Draw who owns a resource, described in the catalog or not."""
        types = tuple(PEOPLE.values())
        person = resolve(self.catalog, Pointer(owner), types).resource
        # Where the catalog describes nobody, owners live elsewhere; where it does, one is missing.
        unknown = "unknown-id" if self.catalog.describes_people else "external"
        end = _end(person) if person else _End(f"owner:{owner}", "owner", owner, None, owner)
        status = "resolved" if person else unknown
        self._add_edge((end, _end(resource)), resource, "owns", None, None, status)

    def add_node(self, end: _End) -> None:
        """Draw a node, which may be drawn already."""
        self.graph.add_node(
            end.key,
            type=end.type,
            id=end.id,
            version=end.version,
            name=end.name,
            owners=list(end.owners),
        )

    def _add_edge(
        self,
        ends: tuple[_End, _End],
        by: Resource,
        relation: str,
        pin: str | None,
        channel: str | None,
        status: str,
    ) -> None:
        for end in ends:
            self.add_node(end)
        source, target = ends[0].key, ends[1].key
        said = {"relation": relation, "pin": pin, "channel": channel, "status": status}
        beside = self.graph.get_edge_data(source, target) or {}
        # Where both ends say the same of each other, it is one edge.
        other_end = target if by.key == source else source if by.key == target else ""
        if {**said, "by": other_end} not in beside.values():
            self.graph.add_edge(source, target, **said, by=by.key)

    def _targets(self, reference: Reference) -> list[tuple[str, _End]]:
        """Return what a reference means, with its status; one, but for compatible resolution."""
        pointer = reference.pointer
        resolution = resolve(self.catalog, pointer, reference.types)
        found = [resolution.resource] if resolution.resource else []
        if self.compat and resolution.candidates:
            versions = [candidate.version for candidate in resolution.candidates]
            chosen = core_pick(versions, pointer.version)
            found = [resolution.candidates[index] for index in chosen]
        if found:
            return [("resolved", _end(resource)) for resource in found]
        status = "unresolved-version" if resolution.candidates else resolution.status
        type_ = resolution.candidates[0].type if resolution.candidates else reference.noun
        name = f"{type_}:{pointer.id}"
        key = f"{name}@{pointer.version}" if pointer.version else name
        return [(status, _End(key, type_, pointer.id, pointer.version, pointer.id))]


def _all_references(resource: Resource) -> Iterator[Reference]:
    """Yield what a page says, and what the pages of version 1's messages say in its stead."""
    yield from references(resource)
    for relation, pointers in (("sends", resource.sends), ("receives", resource.receives)):
        for pointer in pointers:
            # `references` tells only what stands on the page itself, which has a path.
            if not pointer.path:
                yield Reference(relation, pointer, MESSAGE_TYPES)


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
