"""Handlers that go through a set in its order, which is another one in every process.

Python hashes text anew in each process, so a handler that sends in the order of a set is no
function of its answers, though inside one process it looks like one. What tells it is another
process: the same few random walks are made in several, each with a `PYTHONHASHSEED` of its own,
and compared step by step. That takes seconds, so it is done only where the scenario's code has
anything that depends on hashing.

`demand_one_order` is the door; what a process says of its walks is a list of `Said`, as JSON.
Three things could be wrong: sets that a message merely holds (their items are sorted before they
are compared), values without a text of their own (only their type counts), and two orders that
happen to be the same in all of these processes (with two items, once in eight times).
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from itertools import zip_longest
from typing import Any, NamedTuple

from eventproof.findings import Problem
from eventproof.simulator.actors import Place
from eventproof.simulator.hashing import depends_on_hashing
from eventproof.simulator.model import Model
from eventproof.simulator.preparation import Prepared, handlers_of, prepare
from eventproof.simulator.scenario import Scenario, load_scenario
from eventproof.simulator.schedulers import scheduler_of
from eventproof.simulator.steps import label
from eventproof.simulator.tables import Table
from eventproof.simulator.walks import Walk
from eventproof.simulator.watchdog import watching

HASH_SEEDS = ("1", "2", "3", "4")

WALKS = 4

STEPS_BOUND = 500
"""Turns of a walk."""

PATIENCE_S = 120.0
"""Seconds that one process may take; it is not compared if it takes longer."""

SHOWN = 60
"""Characters that are shown of what differs."""

_PROCESS = "from eventproof.simulator.set_order import say_walks; say_walks()"


class Said(NamedTuple):
    """What one process of a walk asks next."""

    program: str
    """The title of what it runs."""
    asks: str
    """The step in a few words."""
    whole: str
    """All of it, as text that is equal for equal steps."""
    place: str
    """Where, as ` (file.py:line)`."""


NOTHING = Said("", "nothing", "", "")
"""Of a walk that is over."""


def demand_one_order(prepared: Prepared) -> None:
    """`Problem` with the line where a handler asks something else in another process.

    Nothing is asked of a scenario that is no file, and of handlers in which nothing is hashed.
    """
    scenario = prepared.scenario
    if not scenario.text or not any(map(depends_on_hashing, handlers_of(scenario))):
        return
    begun = [_begun(scenario, hash_seed) for hash_seed in HASH_SEEDS]
    first, *others = [said for said in map(_heard, begun) if said is not None] or [[]]
    for other in others:
        _compare(first, other)


def say_walks() -> None:
    """What a process does that was begun to be compared: print its walks as JSON."""
    with watching():
        model = prepare(load_scenario(sys.argv[1])).model
        said = [step for number in range(WALKS) for step in _walked(model, number)]
    json.dump(said, sys.stdout)


def _walked(model: Model, number: int) -> Iterator[Said]:
    """Everything that is asked on a walk, as soon as it is asked."""
    chance = random.Random(number)  # noqa: S311 - drawn for tests, not secrets
    walk, scheduler = Walk(model, chance), scheduler_of("both", number, chance, STEPS_BOUND)
    known: dict[Place, Any] = {}
    for _ in range(STEPS_BOUND):
        asked = {place: walk.world.pending(place) for place in sorted(walk.world.places())}
        for place in (place for place, step in asked.items() if known.get(place) is not step):
            running = walk.world.running(place)
            whole = f"{place} {text_of(asked[place])}"
            yield Said(running.program.title, label(asked[place]), whole, running.place)
        known = asked
        turn = walk.next_turn(scheduler)
        if turn is None:
            break
        walk.take(turn)
    for name, actor in sorted(walk.world.actors.items()):
        ends = f"end {actor.outcome}"
        yield Said(f"the journey of {name}", ends, ends, "")


def text_of(value: Any) -> str:
    """A value as text that is the same for equal values in every process."""
    if value is None or isinstance(value, str | int | float | bytes):
        return repr(value)
    if isinstance(value, tuple | list):
        return f"({', '.join(map(text_of, value))})"
    if isinstance(value, set | frozenset):
        return f"{{{', '.join(sorted(map(text_of, value)))}}}"
    if isinstance(value, Mapping):
        pairs = sorted(f"{text_of(key)}: {text_of(held)}" for key, held in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, Table):
        return value.name
    if is_dataclass(value) and not isinstance(value, type):
        parts = (f"{part.name}={text_of(getattr(value, part.name))}" for part in fields(value))
        return f"{type(value).__name__}({', '.join(parts)})"
    return type(value).__name__


def _begun(scenario: Scenario, hash_seed: str) -> subprocess.Popen[bytes]:
    found = {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(  # noqa: S603 - this very Python, on the scenario that runs here too
        [sys.executable, "-c", _PROCESS, str(scenario.path)],
        env={**os.environ, **found},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _heard(process: subprocess.Popen[bytes]) -> list[Said] | None:
    """What a process said; None where it could not: what is wrong then shows in the run itself."""
    try:
        out, _ = process.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return None
    return [Said(*said) for said in json.loads(out)] if process.returncode == 0 else None


def _compare(some: list[Said], others: list[Said]) -> None:
    """`Problem` at the first thing that is not asked in both."""
    for one, other in zip_longest(some, others, fillvalue=NOTHING):
        if one != other:
            raise Problem(
                f"{one.program or other.program} is not deterministic: given the same answers, "
                f"{_difference(one, other)}{one.place or other.place}.",
                hint="a set of text has another order in every process: sort it, "
                "or use a tuple or a dictionary",
            )


def _difference(one: Said, other: Said) -> str:
    if one.asks != other.asks:
        return f"it asks `{one.asks}` in one process and `{other.asks}` in another"
    pairs = enumerate(zip_longest(one.whole, other.whole))
    start = next(at for at, (a, b) in pairs if a != b)
    some, others = (said.whole[max(0, start - SHOWN // 2) :][:SHOWN] for said in (one, other))
    return f"its `{one.asks}` has …{some}… in one process and …{others}… in another"


__all__ = ["demand_one_order", "say_walks", "text_of"]
