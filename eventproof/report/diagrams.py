"""Diagrams: a catalog's graph as Mermaid, DOT and GraphML, the same bytes for the same graph.

Names come from strangers. Each notation has its own way to keep a name from ending its label or
reaching into the syntax, and it is used for every character that might. Whatever a reference
names and the catalog lacks is drawn with a dashed line.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Set
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import networkx

MERMAID_EDGES_MAX = 500
"""Mermaid draws no more edges than this unless its own configuration says so."""

_FLOW = ("sends", "receives", "writes-to", "reads-from")
_ALWAYS_SHOWN = frozenset({"service", "agent", "command", "event", "query"})
_SHAPES: Mapping[str, tuple[str, str]] = {
    "command": ("[/", "/]"),
    "event": ("([", "])"),
    "query": ("{{", "}}"),
    "container": ("[(", ")]"),
}
_DOT_SHAPES: Mapping[str, str] = {
    "command": "parallelogram",
    "event": "ellipse",
    "query": "hexagon",
    "container": "cylinder",
}
_TROUBLE = {"unresolved-version": ", no such version", "unknown-id": ", unknown"}
_PLAIN = frozenset(" .,:_-/()")
_NODE_FIELDS = ("type", "id", "version", "name", "owners")
_EDGE_FIELDS = ("relation", "pin", "channel", "status")

Edge = dict[str, Any]


def mermaid(graph: networkx.MultiDiGraph[str], *, everything: bool = False) -> str:
    """Return a Mermaid flowchart of what runs, or of everything that the graph holds.

    What runs are the latest participants, the messages they send and receive, and their stores.
    """
    edges = sorted(set(_drawn(graph, everything=everything)))
    joined = {key for source, target, *_ in edges for key in (source, target)}
    alone = (key for key, node in graph.nodes(data=True) if everything or _stands_alone(node))
    shown = sorted(joined.union(alone))
    names = {key: f"n{index}" for index, key in enumerate(shown)}
    lines = ["flowchart LR"]
    lines += [f"  {names[key]}{_box(graph.nodes[key])}" for key in shown]
    for source, target, label, is_found in edges:
        arrow = "-->" if is_found else "-.->"
        lines.append(f'  {names[source]} {arrow}|"{escaped(label)}"| {names[target]}')
    return "\n".join(lines) + "\n"


def dot(graph: networkx.MultiDiGraph[str]) -> str:
    """Return the graph for Graphviz, with everything in it."""
    lines = ["digraph catalog {", "  rankdir=LR;", "  node [shape=box];"]
    for node in nodes_of(graph):
        shape = _DOT_SHAPES.get(node["type"])
        shaped = f", shape={shape}" if shape else ""
        lines.append(f"  {_quoted(node['key'])} [label={_quoted(_label(node))}{shaped}];")
    for edge in edges_of(graph):
        style = "" if edge["status"] == "resolved" else ", style=dashed"
        ends = f"{_quoted(edge['source'])} -> {_quoted(edge['target'])}"
        lines.append(f"  {ends} [label={_quoted(edge['relation'])}{style}];")
    return "\n".join([*lines, "}"]) + "\n"


def graphml(graph: networkx.MultiDiGraph[str]) -> str:
    """Return the graph as GraphML, with everything in it; owners are parted by commas."""
    import networkx  # heavy, and needed by few commands

    plain: networkx.MultiDiGraph[str] = networkx.MultiDiGraph()
    for node in nodes_of(graph):
        key, owners = node.pop("key"), ", ".join(node.pop("owners"))
        plain.add_node(_xml(key), **_said({**node, "owners": owners}))
    for edge in edges_of(graph):
        source, target = _xml(edge.pop("source")), _xml(edge.pop("target"))
        plain.add_edge(source, target, **_said(edge))
    stream = io.BytesIO()
    networkx.write_graphml_xml(plain, stream, named_key_ids=True)
    return stream.getvalue().decode() + "\n"


def nodes_of(graph: networkx.MultiDiGraph[str]) -> list[dict[str, Any]]:
    """Return the nodes as records, by key."""
    return [
        {"key": key, **{field: graph.nodes[key][field] for field in _NODE_FIELDS}}
        for key in sorted(graph.nodes)
    ]


def edges_of(graph: networkx.MultiDiGraph[str]) -> list[Edge]:
    """Return the edges as records, by their ends and then by what they say."""
    edges = [
        {"source": source, "target": target, **{field: edge[field] for field in _EDGE_FIELDS}}
        for source, target, edge in graph.edges(data=True)
    ]
    return sorted(edges, key=lambda edge: [edge[key] or "" for key in edge])


def _drawn(
    graph: networkx.MultiDiGraph[str], *, everything: bool
) -> Iterator[tuple[str, str, str, bool]]:
    for source, target, edge in graph.edges(data=True):
        superseded = graph.nodes[source].get("superseded"), graph.nodes[target].get("superseded")
        participant_is_old = superseded[edge["relation"] in ("receives", "reads-from")]
        if everything or (edge["relation"] in _FLOW and not participant_is_old):
            trouble = _TROUBLE.get(edge["status"], "")
            yield source, target, edge["relation"].replace("-", " ") + trouble, not trouble


def _stands_alone(node: Mapping[str, Any]) -> bool:
    # Only what the catalog has bears the mark; a missing target is worth its edge, not more.
    return node["type"] in _ALWAYS_SHOWN and node.get("superseded") is False


def _label(node: Mapping[str, Any]) -> str:
    return f"{node['name']} {node['version']}" if node["version"] else str(node["name"])


def _box(node: Mapping[str, Any]) -> str:
    left, right = _SHAPES.get(node["type"], ("[", "]"))
    return f'{left}"{escaped(_label(node))}"{right}'


def escaped(text: str, *, plain: Set[str] = _PLAIN) -> str:
    """Return text for a Mermaid label: all but letters, digits and `plain` signs as codes."""
    return "".join(
        character if character.isalnum() or character in plain else f"#{ord(character)};"
        for character in " ".join(text.split())
    )


def _quoted(text: str) -> str:
    """Return a DOT string that holds exactly `text`: no escape, no second string, no new line."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    # Graphviz ends at a NUL, and a terminal obeys the other controls.
    shown = (character if character.isprintable() else " " for character in escaped)
    return '"' + " ".join("".join(shown).split()) + '"'


def _said(record: Mapping[str, Any]) -> dict[str, str]:
    """Return what a record says; GraphML has no word for nothing."""
    return {field: _xml(value) for field, value in record.items() if value not in (None, "")}


def _xml(text: str) -> str:
    """Return the text without the characters that XML cannot hold."""
    return "".join(one if one.isprintable() else " " for one in text)
