"""`eventproof gallery`: real races, each broken and mended, run before your eyes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventproof.cli import exits
from eventproof.cli.output import emit_json, write_text

if TYPE_CHECKING:
    from eventproof.simulator import Entry, Played


@click.command("gallery", short_help="Run real races, each broken and mended.")
@click.argument("identities", metavar="[ID]...", nargs=-1)
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def gallery_command(ctx: click.Context, identities: tuple[str, ...], style: str) -> None:
    """Explore races that were reported in real products, all of them or those named by ID.

    Each has handlers with the fault, which are refuted with the shortest run that shows it, and
    mended handlers, which are proved. The run is kept on a tape when an ID is named. Exit code 0
    when every verdict is the expected one, 1 when one is not.
    """
    from eventproof.report import race_list
    from eventproof.simulator import play_race, race_of, races

    asked = [race_of(i) for i in identities] if identities else list(races().values())
    entries = [play_race(race) for race in asked]
    tapes = [_tape_file(entry) if identities else None for entry in entries]
    if style == "json":
        emit_json("gallery", {"entries": [_record(entry) for entry in entries]})
    elif identities:
        click.echo(_texts(entries, tapes))
    else:
        click.echo(race_list(entries))
    ctx.exit(exits.CLEAN if all(entry.as_expected for entry in entries) else exits.FOUND)


def _texts(entries: list[Entry], tapes: list[str | None]) -> str:
    from eventproof.report import race_text

    pairs = zip(entries, tapes, strict=True)
    return "\n\n\n".join(race_text(entry, tape=tape) for entry, tape in pairs)


def _tape_file(entry: Entry) -> str | None:
    from eventproof.cli.project import WORK_FOLDER
    from eventproof.cli.running import typed
    from eventproof.simulator import dump

    if entry.broken.tape is None:
        return None
    file = Path(WORK_FOLDER) / "tapes" / f"{entry.race.id}.json"
    write_text(file, dump(entry.broken.tape))
    return typed(file)


def _record(entry: Entry) -> dict[str, Any]:
    race = entry.race
    return {
        "id": race.id,
        "title": race.title,
        "product": race.product,
        "threads": list(race.threads),
        "broken": _played_record(entry.broken),
        "mended": _played_record(entry.mended),
        "as_expected": entry.as_expected,
    }


def _played_record(played: Played) -> dict[str, Any]:
    return {
        "verdict": played.verdict,
        "expected": played.expected,
        "violated": [v.property for v in played.exploration.violations],
        "sentence": played.sentence,
        "states": played.exploration.states,
        "unreached": list(played.exploration.unreached),
    }
