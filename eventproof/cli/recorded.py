"""What a tape was recorded on: its scenario's model, unless something has changed since.

`recorded_on` and `prepared_for` are the doors. A tape carries digests of the catalog and of the
handlers; where one of them differs, its steps say nothing of what is there now, and it is refused
unless it is to be replayed anyway. A tape of another eventproof version is only remarked upon.

What could be wrong: a module that handlers find by its name at run time (it is no part of their
digest), a refusal that does not say which of the two changed, and a remark on a refused tape.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from eventproof import __version__
from eventproof.findings import Problem

if TYPE_CHECKING:
    from eventproof.simulator import Model, Prepared, Tape


def recorded_on(tape: Tape, file: Path, *, anyway: bool) -> Model:
    """The model of a tape's scenario, with the tape's customers and stock.

    `Problem` where the catalog or the handlers are not those of the recording, unless `anyway`.
    """
    from eventproof.simulator import GALLERY

    if tape.scenario.startswith(GALLERY):
        return _of_race(tape, file, anyway)
    return prepared_for(tape, file, anyway=anyway).model


def _remark(tape: Tape, file: Path) -> None:
    if tape.eventproof != __version__:
        click.echo(
            f"note: {file} was recorded by eventproof {tape.eventproof}, this is {__version__}",
            err=True,
        )


def prepared_for(tape: Tape, file: Path, *, anyway: bool) -> Prepared:
    """As `recorded_on`, the whole scenario; of a tape that is not a race's."""
    from eventproof.cli.running import typed
    from eventproof.simulator import load_scenario, prepare, with_data

    scenario = load_scenario(typed((file.parent / tape.scenario).resolve()))
    prepared = prepare(scenario)
    now = {"catalog": prepared.catalog_digest, "handlers": prepared.handlers_digest}
    then = {"catalog": tape.catalog_digest, "handlers": tape.handlers_digest}
    changed = [what for what, digest in now.items() if digest != then[what]]
    if changed and not anyway:
        raise Problem(
            f"the {' and the '.join(changed)} {'has' if changed == ['catalog'] else 'have'} "
            f"changed since {file} was recorded.",
            hint="`--anyway` shows whether it still happens by these steps, "
            f"`eventproof explore {scenario.shown}` whether it happens at all",
        )
    _remark(tape, file)
    return with_data(prepared, customers=tape.customers, stock=tape.stock)


def _of_race(tape: Tape, file: Path, anyway: bool) -> Model:
    from eventproof.simulator import GALLERY, digest_of_race, race_model, race_of

    identity = tape.scenario.removeprefix(GALLERY).partition("/")[0]
    if digest_of_race(race_of(identity)) != tape.handlers_digest and not anyway:
        raise Problem(
            f"{file} was recorded on another version of race {identity}.",
            hint=f"`--anyway` shows whether it still happens by these steps, "
            f"`eventproof gallery {identity}` records it again",
        )
    _remark(tape, file)
    return race_model(tape.scenario)


__all__ = ["prepared_for", "recorded_on"]
