"""`eventproof prove`: everything on one project, one verdict, one report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from eventproof.cli import exits
from eventproof.cli.contracts_options import waiver_options
from eventproof.cli.output import emit_json


@click.command("prove", short_help="Check, derive and run a whole project: one verdict.")
@click.argument("project", type=click.Path(path_type=Path), default=Path())
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text")
@waiver_options
@click.pass_context
def prove_command(ctx: click.Context, /, project: Path, style: str, **waiving: Any) -> None:
    """Check a PROJECT's catalog, write its contracts and stubs, and run its scenarios.

    PROJECT is a folder with an `eventproof.toml`, or a catalog. Imports the handlers that its
    scenarios name. Contracts, stubs and tapes are written beneath `.eventproof`.
    Exit code 0 when nothing is wrong and every verdict is the expected one, 2 when a scenario
    could not be run (the others are run all the same), 1 otherwise.
    """
    from eventproof.cli.project import load_project
    from eventproof.cli.proving import proof_record, prove
    from eventproof.cli.proving_text import proof_text

    proof = prove(load_project(project), waiving)
    if style == "json":
        emit_json("prove", proof_record(proof))
    else:
        click.echo(proof_text(proof))
    if proof.broken:
        ctx.exit(exits.USAGE)
    ctx.exit(exits.CLEAN if proof.holds else exits.FOUND)
