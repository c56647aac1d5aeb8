"""`eventproof graph`: who sends what to whom, as a diagram or as data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventproof.cli.check import nothing_in
from eventproof.cli.output import emit_json

if TYPE_CHECKING:
    import networkx

_NODE_FIELDS = ("type", "id", "version", "name", "owners")
_EDGE_FIELDS = ("relation", "pin", "channel", "status")


@click.command("graph")
@click.argument("catalog", type=click.Path(path_type=Path), default=".")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["mermaid", "json", "dot"]),
    default="mermaid",
    show_default=True,
    help="mermaid shows the message flow; json and dot hold everything.",
)
def graph_command(catalog: Path, output_format: str) -> None:
    """Draw a catalog's graph: services, messages, channels, stores, owners.

    The same catalog gives the same bytes. What a reference names and the catalog lacks is drawn
    too, and marked. Files that could not be read are counted on stderr.
    """
    from eventproof.catalog import build_graph, load

    loaded = load(catalog)
    if not loaded.resources and not loaded.problems:
        raise nothing_in(loaded)
    graph = build_graph(loaded)
    if output_format == "json":
        emit_json("graph", _document(graph))
    elif output_format == "dot":
        click.echo("\n".join(_dot(graph)))
    else:
        from eventproof.report import mermaid

        click.echo(mermaid(graph), nl=False)
    if loaded.problems:
        count = len(loaded.problems)
        noun = "problem" if count == 1 else "problems"
        click.echo(f"{count} {noun} while reading; eventproof check names them.", err=True)


def _document(graph: networkx.MultiDiGraph[str]) -> dict[str, Any]:
    nodes = [
        {"key": key, **{field: graph.nodes[key][field] for field in _NODE_FIELDS}}
        for key in sorted(graph.nodes)
    ]
    return {"nodes": nodes, "edges": _edges(graph)}


def _edges(graph: networkx.MultiDiGraph[str]) -> list[dict[str, Any]]:
    edges = [
        {"source": source, "target": target, **{field: edge[field] for field in _EDGE_FIELDS}}
        for source, target, edge in graph.edges(data=True)
    ]
    return sorted(edges, key=lambda edge: [edge[key] or "" for key in edge])


def _dot(graph: networkx.MultiDiGraph[str]) -> Iterator[str]:
    yield "digraph catalog {"
    yield "  rankdir=LR;"
    for key in sorted(graph.nodes):
        node = graph.nodes[key]
        label = f"{node['name']} {node['version']}" if node["version"] else node["name"]
        yield f"  {_quoted(key)} [label={_quoted(label)}];"
    for edge in _edges(graph):
        style = "" if edge["status"] == "resolved" else ", style=dashed"
        ends = f"{_quoted(edge['source'])} -> {_quoted(edge['target'])}"
        yield f"  {ends} [label={_quoted(edge['relation'])}{style}];"
    yield "}"


def _quoted(text: str) -> str:
    """Return a DOT string that holds exactly `text`: no escape, no second string, no new line."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + " ".join(escaped.split()) + '"'
