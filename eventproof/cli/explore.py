"""`eventproof explore`: every interleaving of a scenario, and what breaks in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventproof.cli import exits
from eventproof.cli.number import Number
from eventproof.cli.output import emit_json

if TYPE_CHECKING:
    from eventproof.simulator import Scenario


@click.command("explore", short_help="Try every order of a scenario's steps: prove or break it.")
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text")
@click.option("--states", type=click.IntRange(min=1), help="Stop after this many states.")
@click.option("--seconds", type=Number(min=0.0), help="Stop after this many seconds.")
@click.option("--max-memory", type=Number(min=1), help="Stop at this many megabytes.")
@click.option(
    "--search",
    "by",
    type=click.Choice(["random", "pct", "both"]),
    help="Take runs at random instead: any order, by changing priorities, or half and half.",
)
@click.option("--runs", type=click.IntRange(min=1), help="How many runs at random; 1,000.")
@click.option("--seed", type=click.IntRange(min=0), help="Of the runs at random.")
@click.option("--timings", is_flag=True, help="Say how long it took (differs from run to run).")
@click.pass_context
def explore_command(
    ctx: click.Context,
    /,
    scenario: Path,
    style: str,
    timings: bool,
    **bounds: Any,
) -> None:
    """Try every order of steps of a SCENARIO and every outcome; prove it or show what breaks.

    Where a bound ends that first, runs are taken at random, which proves nothing.
    Imports the handlers that the scenario names. Exit code 0 when the verdict is the expected
    one, 1 when it is another.
    """
    from eventproof.cli.project import project_root_of
    from eventproof.cli.running import exploration_record, run_exploration
    from eventproof.report import exploration_lines
    from eventproof.simulator import load_scenario, prepare

    loaded = _bounded(load_scenario(scenario), bounds)
    prepared = prepare(loaded)
    explored = run_exploration(prepared, work=project_root_of(loaded.path))
    if style == "json":
        emit_json("explore", exploration_record(explored, seconds=timings))
    else:
        story = explored.stories[0] if explored.stories else None
        tape = explored.tapes[0] if explored.tapes else None
        click.echo(exploration_lines(loaded, explored.exploration, story, tape))
        if timings:
            click.echo(f"{explored.exploration.seconds:.2f} s", err=True)
    ctx.exit(exits.CLEAN if explored.as_expected else exits.FOUND)


def _bounded(scenario: Scenario, bounds: dict[str, Any]) -> Scenario:
    """The scenario under the bounds and the search that the options ask for."""
    from dataclasses import replace

    from eventproof.simulator import Search

    names = {"states": "states", "seconds": "seconds", "max_memory": "memory_mb"}
    budget = {field: bounds[name] for name, field in names.items() if bounds[name] is not None}
    search = scenario.search
    if bounds["by"] is not None:
        search = replace(search or Search(), by=bounds["by"])
    if bounds["runs"] is not None:
        search = replace(search or Search(), runs=bounds["runs"])
    seed = scenario.seed if bounds["seed"] is None else bounds["seed"]
    return replace(scenario, budget=replace(scenario.budget, **budget), search=search, seed=seed)
