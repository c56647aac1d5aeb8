"""Runs one scenario and keeps what it yields: used by `explore` and by `prove`."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from eventproof.cli.output import write_text
from eventproof.cli.project import WORK_FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventproof.simulator import Exploration, Prepared, Scenario, Standing, Story, Tape


@dataclass(frozen=True)
class Explored:
    """One scenario's exploration with its stories and the tapes that were written."""

    scenario: Scenario
    exploration: Exploration
    stories: tuple[Story, ...]
    """One for each violated property, in the order in which the scenario names them."""
    tapes: tuple[str, ...]
    """Path of each story's tape, as the user would type it."""

    @property
    def as_expected(self) -> bool:
        """Whether the verdict is the expected one, and nothing that should happen never did."""
        return self.scenario.as_expected(self.exploration.verdict) and not (
            self.exploration.unreached
        )


def run_exploration(prepared: Prepared, *, work: Path) -> Explored:
    """Explore a prepared scenario and write the tapes of its violations beneath `work`."""
    from eventproof.simulator import demand_one_order, explore_or_sample, tell, watching

    scenario = prepared.scenario
    with progress(scenario.name) as tick, watching():
        exploration = explore_or_sample(
            prepared.model,
            search=scenario.search,
            seed=scenario.seed,
            budget=scenario.budget,
            progress=tick,
        )
    demand_one_order(prepared)
    named = {name: at for at, name in enumerate(scenario.always)}
    violations = sorted(exploration.violations, key=lambda v: named.get(v.property, len(named)))
    stories = tuple(tell(prepared, exploration, violation) for violation in violations)
    tapes = tuple(
        write_tape(story.tape, scenario, work, first=at == 0) for at, story in enumerate(stories)
    )
    return Explored(scenario, exploration, stories, tapes)


def exploration_record(explored: Explored, *, seconds: bool) -> dict[str, Any]:
    """The exploration as it stands in JSON, without the format line."""
    exploration = explored.exploration
    count = exploration.count
    return {
        "scenario": explored.scenario.name,
        "verdict": exploration.verdict,
        "expected": explored.scenario.expect,
        "as_expected": explored.as_expected,
        "states": exploration.states,
        "transitions": exploration.transitions,
        "schedules": count.total if count else None,
        "violating_fraction": round(count.fraction, 6) if count else None,
        # The one figure that differs from run to run: only where it is asked for.
        "seconds": round(exploration.seconds, 3) if seconds else None,
        "violations": [
            _story_record(story, tape)
            for story, tape in zip(explored.stories, explored.tapes, strict=True)
        ],
        "unreached": list(exploration.unreached),
        "undecided": list(exploration.undecided),
        "runs": exploration.runs,
        "ended_by": exploration.ended_by,
        "note": exploration.note,
    }


@contextmanager
def progress(title: str) -> Iterator[Callable[[Standing], None] | None]:
    """A status line on stderr while a long exploration runs; only where a person looks on."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    started = monotonic()
    with Console(stderr=True).status(title) as status:
        yield lambda now: status.update(f"{title}: {standing_text(now, monotonic() - started)}")


def standing_text(now: Standing, seconds: float) -> str:
    """How far an exploration has come, in a line."""
    rate = f"{now.done / seconds:,.0f} a second, " if seconds > 0 else ""
    # What is still to be met nobody knows: this is at most the share of it all.
    share = f"{now.done / max(1, now.done + now.waiting):.0%}"
    if now.depth is None:
        return f"{now.done:,} runs at random, {rate}{share} of them"
    return (
        f"{now.done:,} states, {rate}{now.waiting:,} waiting, depth {now.depth}, "
        f"at most {share} covered"
    )


def typed(path: Path) -> str:
    """A path as the user would type it here: relative where that is shorter to say."""
    relative = os.path.relpath(path)
    return relative if not relative.startswith("..") else str(path)


def write_tape(tape: Tape, scenario: Scenario, work: Path, *, first: bool) -> str:
    """Write a tape beneath `work`; its path as the user would type it."""
    from eventproof.simulator import dump

    # A property of one's own is named by its path.
    mark = re.sub(r"[^\w-]+", "-", tape.property).strip("-")
    name = scenario.path.stem if first else f"{scenario.path.stem}-{mark}"
    file = work / WORK_FOLDER / "tapes" / f"{name}.json"
    home = os.path.relpath(scenario.path, file.parent.resolve())
    write_text(file, dump(replace(tape, scenario=Path(home).as_posix())))
    return typed(file)


def _story_record(story: Story, tape: str) -> dict[str, Any]:
    return {
        "property": story.property,
        "sentence": story.sentence,
        "tape": tape,
        "steps": [
            {"step": x.step, "actor": x.actor, "action": x.text, **dict(x.figures)}
            for x in story.lines
        ],
    }
