"""A tape as a pytest file: its steps, and the claim that they break the property.

`regression_test` is the door: a tape and where its scenario lies, seen from the file's folder.

Three things could be wrong: a text of the tape that ends its literal (each is written by `repr`),
a mended handler that ends the test with an error (the steps that no longer fit break nothing), and
a scenario sought from the folder where pytest was started (it is sought from the file's).
"""

from __future__ import annotations

import re
from dataclasses import astuple

from eventproof.simulator import GALLERY, Tape, TapeStep

_HEAD = '''\
"""A recorded run as a test; printed by `eventproof replay TAPE --as pytest`."""

{imports}

{origin}
PROPERTY = {property!r}
SENTENCE = {sentence!r}
LOOP = {loop!r}
STEPS = (
{steps}
)


def breaks():
    """Whether these steps can still be taken, and break the property."""
    model = {model}
    try:
        with watching():
            return replay_tape(model, STEPS, loop=LOOP).breaks(PROPERTY)
    except Problem as problem:
        print(problem)  # the handlers ask other steps now
        return False


def test_these_steps_break_{name}():
    # Once the bug is mended, this fails. Then turn it round, so that the bug cannot come back by
    # these steps: call the test otherwise and write `assert not breaks(), SENTENCE`. That no other
    # steps break the property is what `eventproof explore` tells.
    assert breaks(), f"these steps no longer lead to: {{SENTENCE}}"
'''

_SCENARIO_IMPORTS = """\
from pathlib import Path

from eventproof.findings import Problem
from eventproof.simulator import (
    TapeStep,
    load_scenario,
    prepare,
    replay_tape,
    watching,
    with_data,
)"""
_SCENARIO_MODEL = """\
with_data(
        prepare(load_scenario(str(SCENARIO))), customers=CUSTOMERS, stock=STOCK
    ).model"""

_RACE_IMPORTS = """\
from eventproof.findings import Problem
from eventproof.simulator import TapeStep, race_model, replay_tape, watching"""


def regression_test(tape: Tape, *, scenario: str) -> str:
    """A test file that passes while the tape's steps break its property.

    `scenario` is the path of the scenario file, relative to the folder of the test file.
    """
    is_race = tape.scenario.startswith(GALLERY)
    return _HEAD.format(
        imports=_RACE_IMPORTS if is_race else _SCENARIO_IMPORTS,
        origin=f"RACE = {tape.scenario!r}" if is_race else _origin(tape, scenario),
        model="race_model(RACE)" if is_race else _SCENARIO_MODEL,
        property=tape.property,
        sentence=tape.sentence,
        loop=tape.loop,
        steps="\n".join(f"    {_literal(step)}," for step in tape.steps),
        name=re.sub("[^0-9a-z]+", "_", tape.property.lower()).strip("_") or "the_property",
    )


def _origin(tape: Tape, scenario: str) -> str:
    return (
        f"SCENARIO = Path(__file__).parent / {scenario!r}\n"
        f"CUSTOMERS = {tape.customers!r}\n"
        f"STOCK = {dict(tape.stock)!r}"
    )


def _literal(step: TapeStep) -> str:
    return f"TapeStep({', '.join(map(repr, astuple(step)))})"


__all__ = ["regression_test"]
