"""`eventproof replay --minimise`: a tape made as small as it will go, in a file of its own.

`minimised_tape` is the door: a tape and where it lies in, what to print out. Three things could be
wrong: a tape that breaks nothing any more (said, and nothing is written), the scenario's path on a
tape that is written elsewhere (it is told from there), and a tape written over by its like (only
where that is asked for).
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from eventproof.cli.output import write_text
from eventproof.cli.recorded import prepared_for, recorded_on
from eventproof.cli.running import typed

if TYPE_CHECKING:
    from eventproof.simulator import Tape


class Smaller(NamedTuple):
    """What came of it."""

    text: str
    reproduced: bool
    """Whether the tape still breaks its property."""


def minimised_tape(tape: Tape, file: Path, output: Path | None, *, anyway: bool) -> Smaller:
    """Make a tape smaller and write it to `output`, or beside itself."""
    from eventproof.simulator import GALLERY, dump, replay_tape, smaller, smaller_race

    if tape.scenario.startswith(GALLERY):
        model, shrunk = recorded_on(tape, file, anyway=anyway), partial(smaller_race, tape)
    else:
        prepared = prepared_for(tape, file, anyway=anyway)
        model, shrunk = prepared.model, partial(smaller, prepared, tape)
    if not replay_tape(model, tape.steps, loop=tape.loop).breaks(tape.property):
        return Smaller(f"NOT REPRODUCED {tape.property}: there is nothing to make smaller", False)
    small = shrunk()
    before, after = size_of(tape), size_of(small)
    if before == after and output is None:
        return Smaller(f"{file} is as small as it will go: {after}", reproduced=True)
    target = output or file.with_name(f"{file.stem}-small.json")
    write_text(target, dump(_told_from(small, tape, file, target)))
    lines = (f"{before}, made smaller: {after}", f"replay it: eventproof replay {typed(target)}")
    return Smaller("\n".join(lines), reproduced=True)


def size_of(tape: Tape) -> str:
    """How large a tape is, in words."""
    actors = len({step.actor for step in tape.steps})
    units = sum(tape.stock.values())
    counts = [(len(tape.steps), "step"), (actors, "actor")] + [(units, "unit")] * bool(tape.stock)
    return ", ".join(f"{n} {what}{'' if n == 1 else 's'}" for n, what in counts)


def _told_from(small: Tape, tape: Tape, file: Path, target: Path) -> Tape:
    """The smaller tape with the path of its scenario as it is from its new place."""
    from eventproof.simulator import GALLERY

    if tape.scenario.startswith(GALLERY):
        return small
    scenario = (file.parent / tape.scenario).resolve()
    home = os.path.relpath(scenario, target.parent.resolve())
    return replace(small, scenario=Path(home).as_posix())


__all__ = ["Smaller", "minimised_tape", "size_of"]
