"""`eventproof replay`: a recorded run again, step by step, on the model or on a real database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventproof.cli import exits
from eventproof.cli.output import emit_json
from eventproof.cli.printing import printed_as
from eventproof.cli.recorded import recorded_on
from eventproof.findings import Problem, printable

if TYPE_CHECKING:
    from eventproof.simulator import Model, Replayed, Shadowed, Tape

MEMORY = "memory"
SQLITE = "sqlite:///"


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the log, wherever the tape was played."""

    actor: str
    process: str
    action: str
    server: str | None
    """What the server did; None for a step that does not concern a database."""
    same: bool


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of playing a tape."""

    lines: tuple[_Line, ...]
    reproduced: bool
    agrees: bool
    """Whether a server did all that the model said."""


@click.command("replay", short_help="Run the steps on a tape again.")
@click.argument("tape", type=click.Path(path_type=Path))
@click.option(
    "--on",
    "place",
    default=MEMORY,
    show_default=True,
    help="Where: the model store, postgresql://user@host/database, or sqlite:///file.db.",
)
@click.option(
    "--beside-other-tables",
    is_flag=True,
    help="Allow a database that holds other tables; they are not touched.",
)
@click.option(
    "--anyway",
    is_flag=True,
    help="Replay the tape even if the catalog or the handlers have changed since.",
)
@click.option(
    "--as",
    "shape",
    type=click.Choice(["timeline", "mermaid", "pytest"]),
    help="Print the run so in place of the log of its steps; pytest: a test file to be put here.",
)
@click.option("--minimise", is_flag=True, help="Write the tape anew, as small as it will go.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to; without it beside the tape, as TAPE-small.json.",
)
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def replay_command(
    ctx: click.Context,
    tape: Path,
    place: str,
    beside_other_tables: bool,
    anyway: bool,
    shape: str | None,
    minimise: bool,
    output: Path | None,
    style: str,
) -> None:
    """Run the steps on a TAPE again and see whether the same property breaks.

    On PostgreSQL, every statement is given to the server in the tape's order, in a schema of its
    own that is dropped at the end, and the server must answer as the model says. On SQLite the
    same in tables that are dropped at the end, for a scenario with `database: sqlite`. Imports the
    handlers that the tape's scenario names. A tape is refused when the catalog or the handlers
    have changed since it was recorded, unless `--anyway` is given. Exit code 0 when the violation
    is reproduced, 1 when it is not.

    With `--minimise`, actors are left out of the run, then steps, faults and choices that need not
    be, then switches between actors, then units in stock, as long as the same property breaks.
    """
    from eventproof.simulator import read_tape, watching

    if (shape or minimise) and (place != MEMORY or style != "text" or (shape and minimise)):
        asked = "`--minimise` writes a tape" if minimise else "`--as` shows what the model did"
        others = "--on, --as and --format" if minimise else "--on and --format"
        raise Problem(f"{asked}, as text.", hint=f"leave {others} out")
    if output is not None and not minimise:
        raise Problem("`--output` says where a smaller tape goes.", hint="add --minimise")
    recorded = read_tape(tape)
    if minimise:
        ctx.exit(_written_smaller(recorded, tape, output, anyway=anyway))
    model = recorded_on(recorded, tape, anyway=anyway)
    if shape:
        with watching():
            printed = printed_as(shape, recorded, tape, model)
        click.echo(printed.text, nl=False)
        ctx.exit(exits.CLEAN if printed.reproduced else exits.FOUND)
    try:
        with watching():
            outcome = (
                _on_model(model, recorded)
                if place == MEMORY
                else _on_server(model, recorded, place, beside_other_tables)
            )
    except KeyboardInterrupt as interrupt:
        raise Problem(
            "the replay was interrupted; nothing of it is left in the database."
            if place != MEMORY
            else "the replay was interrupted."
        ) from interrupt
    shown = place.partition("://")[0]  # never the password
    if style == "json":
        emit_json("replay", _record(recorded, tape, shown, outcome))
    else:
        click.echo(_text(recorded, shown, outcome))
    ctx.exit(exits.CLEAN if outcome.reproduced and outcome.agrees else exits.FOUND)


def _written_smaller(recorded: Tape, file: Path, output: Path | None, *, anyway: bool) -> int:
    from eventproof.cli.minimising import minimised_tape
    from eventproof.simulator import watching

    with watching():
        done = minimised_tape(recorded, file, output, anyway=anyway)
    click.echo(done.text)
    return exits.CLEAN if done.reproduced else exits.FOUND


def _on_model(model: Model, tape: Tape) -> _Outcome:
    from eventproof.simulator import replay_tape

    replayed: Replayed = replay_tape(model, tape.steps, loop=tape.loop)
    events = [moment.event for moment in replayed.moments]
    lines = tuple(_Line(e.actor, e.process, e.label, None, same=True) for e in events)
    return _Outcome(lines, replayed.breaks(tape.property), agrees=True)


def _on_server(model: Model, tape: Tape, url: str, beside: bool) -> _Outcome:
    from eventproof.simulator import replay_tape

    shadowed = _shadowed(model, tape, url, beside)
    lines = tuple(
        _Line(x.event.actor, x.event.process, x.event.label, x.server, x.same)
        for x in shadowed.lines
    )
    broken = any(breach.property == tape.property for breach in shadowed.breaches)
    if tape.property in {prop.name for prop in model.eventually}:
        # No single state shows it; where the server did all that the model did, so did its states.
        run = replay_tape(model, tape.steps, loop=tape.loop)
        broken = shadowed.agrees and run.breaks(tape.property)
    return _Outcome(lines, broken, shadowed.agrees)


def _shadowed(model: Model, tape: Tape, url: str, beside: bool) -> Shadowed:
    from eventproof.simulator import replay_on_postgres, replay_on_sqlite

    if url.startswith(("postgresql://", "postgres://")):
        return replay_on_postgres(model, tape.steps, url=url, beside_other_tables=beside)
    path = url.removeprefix(SQLITE)
    if path != url and path:
        return replay_on_sqlite(model, tape.steps, path=path, beside_other_tables=beside)
    raise Problem(
        f"this version cannot replay on {url.partition(':')[0]}.",
        hint=f"--on memory, postgresql://user@host/database, or {SQLITE}file.db",
    )


def _record(tape: Tape, file: Path, place: str, outcome: _Outcome) -> dict[str, Any]:
    return {
        "tape": file.as_posix(),
        "on": place,
        "reproduced": outcome.reproduced,
        "agrees": outcome.agrees,
        "property": tape.property,
        "log": [
            {
                "step": number,
                "actor": line.actor,
                "process": line.process,
                "action": line.action,
                "server": line.server,
                "same": line.same,
            }
            for number, line in enumerate(outcome.lines, start=1)
        ],
    }


def _text(tape: Tape, place: str, outcome: _Outcome) -> str:
    names = {MEMORY: "the model store", "sqlite": "SQLite"}
    where = names.get(place, "PostgreSQL")
    wide = max((len(line.process) for line in outcome.lines), default=0)
    lines = [f"{tape.name}, on {where}", ""]
    for number, line in enumerate(outcome.lines, start=1):
        actor = line.actor.replace("-", " ")
        said = "" if line.same else f"   <- the server: {line.server}"
        lines.append(f"  {number:>4}  {actor:<12}  {line.process:<{wide}}  {line.action}{said}")
    lines.append("")
    if place != MEMORY:
        lines.append(
            "every statement was answered as the model says, and the rows agree at the end"
            if outcome.agrees
            else "DISAGREES: the server did something else than the model says"
        )
    verdict = "REPRODUCED" if outcome.reproduced else "NOT REPRODUCED"
    lines.append(f"{verdict} {tape.property}: {tape.sentence}")
    return "\n".join(printable(line) for line in lines)
