"""`eventproof graph`: who sends what to whom, and whom a change reaches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventproof.cli.check import nothing_in
from eventproof.cli.output import emit_json
from eventproof.findings import Problem

if TYPE_CHECKING:
    import networkx

    from eventproof.catalog import Hop, Reached

_FORMATS = ("mermaid", "dot", "graphml", "json", "text")
_DEPTH_MAX = 100
_SAID = {
    "receives": "{target} receives {source}",
    "reads-from": "{target} reads from {source}",
    "receives-from": "{target} receives from the channel {source}",
    "sends-to": "{source} sends to the channel {target}",
    "on-channel": "{source} goes over the channel {target}",
    "routes-to": "{source} routes to {target}",
}
_TROUBLE = {
    "unresolved-version": ", a version that the catalog does not have",
    "unknown-id": ", which the catalog does not have",
}


@click.command("graph")
@click.argument("catalog", type=click.Path(path_type=Path), default=".")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(_FORMATS),
    help="mermaid (default) shows the message flow; dot, graphml and json hold everything;"
    " text (default) and json answer --impact.",
)
@click.option("--focus", metavar="ID[@VERSION]", help="Only what is near this resource.")
@click.option(
    "--depth",
    type=click.IntRange(0, _DEPTH_MAX),
    help="How many edges from --focus are near.  [default: 1]",
)
@click.option(
    "--impact",
    "changed",
    metavar="ID[@VERSION]",
    help="Who may break when this changes: each with owners and the way.",
)
@click.option(
    "--compat",
    type=click.Choice(["core-4.7"]),
    help="Resolve versions as EventCatalog's core 4.7 did, for comparison only.",
)
def graph_command(
    catalog: Path,
    output_format: str | None,
    focus: str | None,
    depth: int | None,
    changed: str | None,
    compat: str | None,
) -> None:
    """Draw a catalog's graph: services, messages, channels, stores, owners.

    The same catalog gives the same bytes. What a reference names and the catalog lacks is drawn
    too, and marked. Files that could not be read are counted on stderr.

    ID may be of anything in the catalog, and TYPE:ID where several types share it. Without a
    version, all versions of a message are meant, and the latest of anything else.
    """
    from eventproof.catalog import build_graph, load, named, neighbourhood

    _refuse(output_format, focus, depth, changed)
    loaded = load(catalog)
    if not loaded.resources and not loaded.problems:
        raise nothing_in(loaded)
    graph = build_graph(loaded, compat="core-4.7" if compat else None)
    if changed is not None:
        _emit_impact(graph, changed, as_data=output_format == "json")
    elif focus is not None:
        near = neighbourhood(graph, named(graph, focus), depth=1 if depth is None else depth)
        _emit(near, output_format, everything=True)
    else:
        _emit(graph, output_format, everything=False)
    if loaded.problems:
        count = len(loaded.problems)
        noun = "problem" if count == 1 else "problems"
        click.echo(f"{count} {noun} while reading; eventproof check names them.", err=True)


def _refuse(
    output_format: str | None, focus: str | None, depth: int | None, changed: str | None
) -> None:
    """Raise Problem for options that contradict each other."""
    if changed is not None and focus is not None:
        raise Problem("--impact and --focus ask different questions.", hint="Give one of them.")
    if depth is not None and focus is None:
        raise Problem("--depth says how far --focus looks, which is missing.")
    if changed is not None and output_format not in (None, "text", "json"):
        raise Problem(
            f"--impact is not drawn as {output_format}.", hint="Use --format text or json."
        )
    if changed is None and output_format == "text":
        raise Problem("text is the format of --impact.", hint="Use --format mermaid or json.")


def _emit(
    graph: networkx.MultiDiGraph[str], output_format: str | None, *, everything: bool
) -> None:
    from eventproof import report

    if output_format == "json":
        emit_json("graph", {"nodes": report.nodes_of(graph), "edges": report.edges_of(graph)})
    elif output_format == "dot":
        click.echo(report.dot(graph), nl=False)
    elif output_format == "graphml":
        click.echo(report.graphml(graph), nl=False)
    else:
        drawn = report.mermaid(graph, everything=everything)
        click.echo(drawn, nl=False)
        edges = drawn.count('|"')
        if edges > report.MERMAID_EDGES_MAX:
            click.echo(
                f"{edges} edges: Mermaid draws {report.MERMAID_EDGES_MAX} unless its maxEdges is"
                " raised; --focus ID draws a part.",
                err=True,
            )


def _emit_impact(graph: networkx.MultiDiGraph[str], changed: str, *, as_data: bool) -> None:
    from eventproof.catalog import impact, named, sets_off

    keys = named(graph, changed)
    affected, follows = impact(graph, keys), sets_off(graph, keys)
    if as_data:
        body = {
            "changed": list(keys),
            "affected": [_record(one) for one in affected],
            "sets_off": [_record(one) for one in follows],
        }
        emit_json("graph-impact", body)
    else:
        click.echo("\n".join(_impact_lines(graph, keys, affected, follows)))


def _record(one: Reached) -> dict[str, Any]:
    return {
        "key": one.key,
        "type": one.type,
        "id": one.id,
        "version": one.version,
        "name": one.name,
        "owners": list(one.owners),
        "path": [
            {
                "source": hop.source,
                "target": hop.target,
                "relation": hop.relation,
                "pin": hop.pin,
                "status": hop.status,
                "by": hop.by,
            }
            for hop in one.path
        ],
    }


def _impact_lines(
    graph: networkx.MultiDiGraph[str],
    keys: Sequence[str],
    affected: Sequence[Reached],
    follows: Sequence[Reached],
) -> Iterator[str]:
    """Yield who is affected, each with owners and the way, and then what follows."""
    from eventproof.findings import printable

    subject = ", ".join(f"{graph.nodes[key]['type']} {_name(graph, key)}" for key in keys)
    count = f"{len(affected)}:" if affected else "nobody in this catalog."
    yield printable(f"A change of {subject} affects {count}")
    for one in affected:
        owners = f"owners: {', '.join(one.owners)}" if one.owners else "no owner"
        yield ""
        yield printable(f"{one.type} {one}  ({owners})")
        for hop in one.path:
            yield printable(f"  {_sentence(graph, hop)}")
    if follows:
        names = ", ".join(str(one) for one in follows)
        yield ""
        yield printable(f"It can set off: {names}.")


def _sentence(graph: networkx.MultiDiGraph[str], hop: Hop) -> str:
    """Return one edge of a way as a sentence: who does what, by which pin."""
    pattern = _SAID.get(hop.relation, f"{{source}} {hop.relation.replace('-', ' ')} {{target}}")
    said = pattern.format(source=_name(graph, hop.source), target=_name(graph, hop.target))
    trouble = _TROUBLE.get(hop.status, "")
    is_exact = hop.pin in (graph.nodes[key]["version"] for key in (hop.source, hop.target))
    pinned = f" (pinned to {hop.pin})" if hop.pin and not is_exact else ""
    by = f", in {_name(graph, hop.by)}" if hop.by not in (hop.source, hop.target) else ""
    return f"{said}{pinned}{trouble}{by}"


def _name(graph: networkx.MultiDiGraph[str], key: str) -> str:
    node = graph.nodes[key]
    return f"{node['id']} {node['version']}" if node["version"] else str(node["id"])
