"""What a tape can be printed as: the timeline of `explore`, a sequence diagram, or a test file.

`printed_as` is the door: a tape and its model in, a `Printed` out. Every shape replays the tape
first, so that what is printed is what happens now.

Three things could be wrong: a shape that says more than the timeline does (they share its lines),
figures of another product than `explore` shows, and a run that breaks nothing any more (each
shape says so, and the exit code does).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from eventproof.findings import Problem

if TYPE_CHECKING:
    from eventproof.simulator import Model, Tape


class Printed(NamedTuple):
    """A tape as text."""

    text: str
    """Ends with a newline."""
    reproduced: bool
    """Whether the property broke in the replay."""


def printed_as(shape: str, tape: Tape, file: Path, model: Model) -> Printed:
    """Replay a tape and print it as `timeline`, `mermaid` or `pytest`.

    `Problem` where it does not fit, and where a test would fail from the beginning.
    """
    from eventproof.report import regression_test, sequence, timeline
    from eventproof.simulator import replay_tape, timeline_lines

    replayed = replay_tape(model, tape.steps, loop=tape.loop)
    reproduced = replayed.breaks(tape.property)
    if shape == "pytest":
        if not reproduced:
            raise Problem(
                f"{file} does not break {tape.property} any more, and makes no test.",
                hint="explore again",
            )
        # On stdout a file has no folder yet: it is to lie where the command is given.
        scenario = Path(os.path.relpath((file.parent / tape.scenario).resolve())).as_posix()
        return Printed(regression_test(tape, scenario=scenario), reproduced)
    product = _product(tape, model)
    lines = timeline_lines(replayed.moments, product)
    verdict = "REPRODUCED" if reproduced else "NOT REPRODUCED"
    ending = f"{verdict} {tape.property}: {tape.sentence}"
    if shape == "mermaid":
        return Printed(sequence(lines, ending=ending), reproduced)
    left_out = len(replayed.moments) - len(lines)
    what = "changed no stock" if product else "wrote nothing"
    blocks = [
        tape.name,
        *([timeline(lines)] if lines else []),
        *([f"{left_out} steps that {what} are left out"] if left_out else []),
        ending,
    ]
    return Printed("\n\n".join(blocks) + "\n", reproduced)


def _product(tape: Tape, model: Model) -> str:
    """The product of the figures: the first that customers want; empty where tables are others."""
    from eventproof.simulator import GALLERY

    carts = [customer.cart for customer in model.customers if customer.cart]
    return carts[0][0][0] if carts and not tape.scenario.startswith(GALLERY) else ""


__all__ = ["Printed", "printed_as"]
