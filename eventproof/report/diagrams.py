"""Mermaid: the message flow of a catalog's graph as a flowchart.

Shows what runs: the latest participants, the messages they send and receive, and the stores they
use. Whatever a reference names and the catalog lacks is drawn with a dashed line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import networkx

_FLOW = ("sends", "receives", "writes-to", "reads-from")
_ALWAYS_SHOWN = frozenset({"service", "agent", "command", "event", "query"})
_SHAPES: Mapping[str, tuple[str, str]] = {
    "command": ("[/", "/]"),
    "event": ("([", "])"),
    "query": ("{{", "}}"),
    "container": ("[(", ")]"),
}
_TROUBLE = {"unresolved-version": ", no such version", "unknown-id": ", unknown"}
_PLAIN = frozenset(" .,:_-/()")


def mermaid(graph: networkx.MultiDiGraph[str]) -> str:
    """Return a Mermaid flowchart, the same bytes for the same graph.

    Names come from strangers: every character that is no letter, digit or harmless sign becomes a
    character code, so that no name can end its label or reach into the diagram's syntax.
    """
    edges = sorted(set(_edges(graph)))
    joined = {key for source, target, *_ in edges for key in (source, target)}
    shown = sorted(joined | {key for key, node in graph.nodes(data=True) if _stands_alone(node)})
    names = {key: f"n{index}" for index, key in enumerate(shown)}
    lines = ["flowchart LR"]
    lines += [f"  {names[key]}{_box(graph.nodes[key])}" for key in shown]
    for source, target, label, is_found in edges:
        arrow = "-->" if is_found else "-.->"
        lines.append(f'  {names[source]} {arrow}|"{_escaped(label)}"| {names[target]}')
    return "\n".join(lines) + "\n"


def _edges(graph: networkx.MultiDiGraph[str]) -> Iterator[tuple[str, str, str, bool]]:
    for source, target, edge in graph.edges(data=True):
        superseded = graph.nodes[source].get("superseded"), graph.nodes[target].get("superseded")
        participant_is_old = superseded[edge["relation"] in ("receives", "reads-from")]
        if edge["relation"] in _FLOW and not participant_is_old:
            trouble = _TROUBLE.get(edge["status"], "")
            yield source, target, edge["relation"].replace("-", " ") + trouble, not trouble


def _stands_alone(node: Mapping[str, Any]) -> bool:
    # Only what the catalog has bears the mark; a missing target is worth its edge, not more.
    return node["type"] in _ALWAYS_SHOWN and node.get("superseded") is False


def _box(node: Mapping[str, Any]) -> str:
    left, right = _SHAPES.get(node["type"], ("[", "]"))
    label = f"{node['name']} {node['version']}" if node["version"] else node["name"]
    return f'{left}"{_escaped(label)}"{right}'


def _escaped(text: str) -> str:
    return "".join(
        character if character.isalnum() or character in _PLAIN else f"#{ord(character)};"
        for character in " ".join(text.split())
    )
