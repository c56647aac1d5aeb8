"""`eventproof simulate`: a scenario in simulated time, over one or several seeds."""

from __future__ import annotations

from pathlib import Path

import click

from eventproof.cli import exits
from eventproof.cli.output import emit_json


@click.command("simulate", short_help="Run a scenario in simulated time and measure it.")
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text")
@click.option("--seeds", type=click.IntRange(min=1), default=1, help="How many seeds to run.")
@click.option("--seed", type=click.IntRange(min=0), help="The first seed; else the scenario's.")
@click.option(
    "--customers", type=click.IntRange(min=1), help="How many come; else the scenario's."
)
@click.pass_context
def simulate_command(
    ctx: click.Context,
    scenario: Path,
    style: str,
    seeds: int,
    seed: int | None,
    customers: int | None,
) -> None:
    """Run a SCENARIO in simulated time and measure it; the same seed gives the same figures.

    Imports the handlers that the scenario names. Exit code 0 when the verdict is the expected
    one, 1 when it is another.
    """
    from dataclasses import replace

    from eventproof.cli.timing import run_timed, timed_record, timed_text
    from eventproof.simulator import load_scenario

    loaded = load_scenario(scenario)
    if customers is not None:
        loaded = replace(loaded, customers=replace(loaded.customers, count=customers))
    first = loaded.seed if seed is None else seed
    timed = run_timed(loaded, seeds=range(first, first + seeds))
    if style == "json":
        emit_json("simulate", timed_record(timed))
    else:
        click.echo(timed_text(timed))
    ctx.exit(exits.CLEAN if timed.as_expected else exits.FOUND)
