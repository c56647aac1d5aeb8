"""`eventproof contracts matrix`: what is sent against what is read, edge by edge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from eventproof.cli import exits
from eventproof.cli.contracts_options import (
    findings_as,
    format_options,
    mode_option,
    show,
    tell_problems,
    terms_options,
    waiver_options,
)
from eventproof.cli.contracts_settings import leniency_of, terms_of, wishes
from eventproof.cli.output import as_json
from eventproof.findings import NothingToCheck

FORMATS = ("text", "json", "html", "markdown", "sarif", "junit", "github")


@click.command("matrix")
@click.argument("catalog", type=click.Path(path_type=Path), default=".")
@mode_option("no versions are compared, only what is sent and read today")
@terms_options
@waiver_options
@format_options(FORMATS)
@click.pass_context
def matrix_command(ctx: click.Context, /, catalog: Path, **options: Any) -> None:
    """Hold what each producer sends against what each consumer of CATALOG is pinned to.

    Each edge is proved compatible, refuted by a payload, or unknown with a reason. With --mode,
    the versions of each message are compared as well. Exit code 1 when an edge breaks, or is
    unknown unless that only warns, and no waiver excuses it.
    """
    from eventproof.catalog import load
    from eventproof.contracts import build, judge_matrix, matrix, successions

    loaded = load(catalog)
    wished = wishes(options, loaded.root)
    terms, leniency = terms_of(wished), leniency_of(wished, loaded.root)
    contracts = build(loaded)
    tell_problems(contracts, loaded)
    edges = matrix(contracts, terms)
    mode = wished["mode"]
    steps = successions(contracts, mode=mode, terms=terms) if mode else ()
    if not edges and not steps:
        raise NothingToCheck(
            f"{catalog} has no message that somebody sends and somebody receives.",
            hint="a service's page names them under sends: and receives:.",
        )
    judged = judge_matrix(loaded, edges, steps, leniency)

    def rendered(name: str) -> str:
        from eventproof import report
        from eventproof.cli.contracts_records import matrix_document

        title = loaded.shown or "."
        if name == "json":
            document = matrix_document(title, edges, steps, judged, terms=terms, mode=mode)
            return as_json("contracts-matrix", document)
        if name == "html":
            return report.matrix_html(edges, steps, judged, title=title)
        if name == "markdown":
            return report.matrix_markdown(edges, steps, judged)
        if name == "text":
            return report.matrix_text(edges, steps, judged)
        return findings_as(name, judged, loaded.shown or ".", command="matrix")

    show(rendered, FORMATS, options)
    if judged.fails:
        ctx.exit(exits.FOUND)
