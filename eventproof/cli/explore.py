"""`eventproof explore`: every interleaving of a scenario, and what breaks in it."""

from __future__ import annotations

from pathlib import Path

import click

from eventproof.cli import exits
from eventproof.cli.output import emit_json


@click.command("explore", short_help="Try every order of a scenario's steps: prove or break it.")
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text")
@click.option("--states", type=click.IntRange(min=1), help="Stop after this many states.")
@click.option("--seconds", type=click.FloatRange(min=0.0), help="Stop after this many seconds.")
@click.option("--timings", is_flag=True, help="Say how long it took (differs from run to run).")
@click.pass_context
def explore_command(
    ctx: click.Context,
    scenario: Path,
    style: str,
    states: int | None,
    seconds: float | None,
    timings: bool,
) -> None:
    """Try every order of steps of a SCENARIO and every outcome; prove it or show what breaks.

    Imports the handlers that the scenario names. Exit code 0 when the verdict is the expected
    one, 1 when it is another.
    """
    from dataclasses import replace

    from eventproof.cli.project import project_root_of
    from eventproof.cli.running import exploration_record, run_exploration
    from eventproof.report import exploration_lines
    from eventproof.simulator import Budget, load_scenario, prepare

    loaded = load_scenario(scenario)
    budget = Budget(states or loaded.budget.states, seconds or loaded.budget.seconds)
    prepared = prepare(replace(loaded, budget=budget))
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
