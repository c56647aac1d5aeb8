"""The `eventproof` command and its commands."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Any

import click

from eventproof import __version__
from eventproof.cli import exits
from eventproof.cli.check import check_command
from eventproof.cli.contracts import contracts_group
from eventproof.cli.explore import explore_command
from eventproof.cli.gallery import gallery_command
from eventproof.cli.generate import generate_group
from eventproof.cli.graph import graph_command
from eventproof.cli.prove import prove_command
from eventproof.cli.replay import replay_command
from eventproof.cli.rule import rule_command
from eventproof.cli.simulate import simulate_command
from eventproof.findings import Problem, printable, shortened

_OBJECTS_BETWEEN_COLLECTIONS = 1_000_000

TRACEBACK = "EVENTPROOF_TRACEBACK"
"""The environment variable with which an internal error shows its traceback."""

_CLICKS_OWN = (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError)


class App(click.Group):
    """Turns a `Problem` into one sentence, a hint, and the documented exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; neither input nor an interrupt of the user's ends in a traceback."""
        try:
            return super().invoke(ctx)
        except Problem as problem:
            click.echo(f"error: {printable(problem.sentence)}", err=True)
            if problem.hint:
                click.echo(f"hint: {printable(problem.hint)}", err=True)
            ctx.exit(problem.exit_code)
        except KeyboardInterrupt:
            click.echo("error: interrupted.", err=True)
            ctx.exit(exits.USAGE)
        except _CLICKS_OWN:
            raise
        except Exception as error:  # a fault of ours must not look like a verdict to a build
            if TRACEBACK in os.environ:
                raise
            click.echo(f"error: {printable(_fault_of_ours(error))}", err=True)
            click.echo(f"hint: please report it; with {TRACEBACK}=1 it says where", err=True)
            ctx.exit(exits.USAGE)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """In the order in which a newcomer meets them, not by the alphabet."""
        return list(self.commands)


@click.group(cls=App, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="eventproof")
def cli() -> None:
    """Make an event catalog executable: check it, derive its contracts, run it."""


for command in (
    prove_command,
    check_command,
    graph_command,
    contracts_group,
    generate_group,
    explore_command,
    simulate_command,
    replay_command,
    gallery_command,
    rule_command,
):
    cli.add_command(command)


def _fault_of_ours(error: Exception) -> str:
    """What an exception says that nobody has foreseen, and the line that it came from."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" ({Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno})" if trace else ""
    try:
        said = shortened(" ".join(str(error).split()))
    except Exception:  # it may be of a class of the user's
        said = "it does not say what"
    return f"internal error, {type(error).__name__}: {said}{place}."


def main() -> None:
    """Entry point of the console script."""
    # A command builds much and throws little away: looking for cycles after every 700 objects, as
    # Python does by default, takes a sixth of the time of a check.
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    # A reader that closes the pipe early (head, less) is no error of ours.
    try:
        cli(prog_name="eventproof")
    except SystemExit as end:
        _left_to_the_system(end)
        raise
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(exits.CLEAN)


def _left_to_the_system(end: SystemExit) -> None:
    """Spare Python from taking apart, one by one, what the command has built.

    For a large catalog that takes a twentieth of the time of a check, and the system frees it at
    once. The exception holds the command's frames, and nothing looks for this cycle any more.
    """
    cycle: list[object] = [end]
    cycle.append(cycle)
    gc.freeze()
