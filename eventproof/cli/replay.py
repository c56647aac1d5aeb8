"""`eventproof replay`: a recorded run again, step by step."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventproof.cli import exits
from eventproof.cli.output import emit_json
from eventproof.findings import Problem

if TYPE_CHECKING:
    from eventproof.simulator import Prepared, Replayed, Tape


@click.command("replay", short_help="Run the steps on a tape again.")
@click.argument("tape", type=click.Path(path_type=Path))
@click.option("--on", "place", default="memory", help="Where: `memory`, the model store.")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def replay_command(ctx: click.Context, tape: Path, place: str, style: str) -> None:
    """Run the steps on a TAPE again and see whether the same property breaks.

    Imports the handlers that the tape's scenario names. Exit code 0 when the violation is
    reproduced, 1 when it is not.
    """
    from eventproof.simulator import read_tape, replay_tape

    if place != "memory":
        raise Problem(
            f"this version cannot replay on {place}.",
            hint="--on memory replays on the model store",
        )
    recorded = read_tape(tape)
    prepared = _prepared(recorded, tape)
    replayed = replay_tape(prepared.model, recorded.steps)
    reproduced = replayed.breaks(recorded.property)
    if style == "json":
        emit_json("replay", _record(recorded, tape, place, replayed, reproduced))
    else:
        click.echo(_text(recorded, replayed, reproduced))
    ctx.exit(exits.CLEAN if reproduced else exits.FOUND)


def _prepared(tape: Tape, file: Path) -> Prepared:
    from eventproof.cli.running import typed
    from eventproof.simulator import load_scenario, prepare

    scenario = load_scenario(typed((file.parent / tape.scenario).resolve()))
    prepared = prepare(scenario)
    if prepared.catalog_digest != tape.catalog_digest:
        raise Problem(
            f"{file} was recorded on another state of the catalog.",
            hint=f"explore {scenario.shown} again",
        )
    return prepared


def _record(
    tape: Tape, file: Path, place: str, replayed: Replayed, reproduced: bool
) -> dict[str, Any]:
    return {
        "tape": file.as_posix(),
        "on": place,
        "reproduced": reproduced,
        "property": tape.property,
        "log": [
            {
                "step": number,
                "actor": moment.event.actor,
                "process": moment.event.process,
                "action": moment.event.label,
                "broken": [breach.property for breach in moment.breaches],
            }
            for number, moment in enumerate(replayed.moments, start=1)
        ],
    }


def _text(tape: Tape, replayed: Replayed, reproduced: bool) -> str:
    lines = [f"{tape.name}, on the model store", ""]
    for number, moment in enumerate(replayed.moments, start=1):
        event = moment.event
        actor = event.actor.replace("-", " ")
        lines.append(f"  {number:>4}  {actor:<12}  {event.process:<36}  {event.label}")
    verdict = "REPRODUCED" if reproduced else "NOT REPRODUCED"
    lines += ["", f"{verdict} {tape.property}: {tape.sentence}"]
    return "\n".join(lines)
