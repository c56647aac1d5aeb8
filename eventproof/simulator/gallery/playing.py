"""Plays a race: explores a variant, tells its violation, and keeps it on a tape.

The records flow race -> model -> exploration -> `Played`, whose run is made smaller. Nothing is
believed of a violation that a replay with live handlers does not show. A gallery tape names its
race and variant in place of a scenario file, and the digest of the module that has the handlers,
so that it is refused when they have changed.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Sequence
from dataclasses import dataclass, replace

from eventproof import __version__
from eventproof.findings import Problem, nearest
from eventproof.simulator.explain import explain
from eventproof.simulator.gallery.catalogue import races
from eventproof.simulator.gallery.race import Race
from eventproof.simulator.minimise import Run, minimised
from eventproof.simulator.model import Model
from eventproof.simulator.replay import Moment, replay_deeds, replay_tape, tape_steps
from eventproof.simulator.search import Exploration, Violation, explore
from eventproof.simulator.steps import Begin, Sleep
from eventproof.simulator.tape import Tape, TapeStep
from eventproof.simulator.trace import Line, line_of

GALLERY = "gallery:"
"""How a tape names a race in place of a scenario file: `gallery:G02/broken`."""


@dataclass(frozen=True)
class Played:
    """One variant of a race and what came of it."""

    variant: str
    """`broken` or `mended`."""
    expected: str
    exploration: Exploration
    sentence: str | None = None
    """What was broken, where something was."""
    lines: tuple[Line, ...] = ()
    tape: Tape | None = None

    @property
    def verdict(self) -> str:
        """`proved`, `violated`, `passed` or `unknown`."""
        return self.exploration.verdict

    @property
    def as_expected(self) -> bool:
        """Whether the verdict is the expected one and nothing that should happen never did."""
        return self.verdict == self.expected and not self.exploration.unreached


@dataclass(frozen=True)
class Entry:
    """A race with both its variants played."""

    race: Race
    broken: Played
    mended: Played

    @property
    def as_expected(self) -> bool:
        """Whether the fault was found, the right one, and its mend proved."""
        violated = {violation.property for violation in self.broken.exploration.violations}
        both = self.broken.as_expected and self.mended.as_expected
        return both and self.race.breaks in violated


def play_race(race: Race) -> Entry:
    """Explore both variants of a race."""
    return Entry(race, _played(race, "broken", "violated"), _played(race, "mended", "proved"))


def race_model(name: str) -> Model:
    """The model of `gallery:ID/variant`. `Problem` when there is none of that name."""
    identity, _, variant = name.removeprefix(GALLERY).partition("/")
    race = race_of(identity)
    if variant not in ("broken", "mended"):
        raise Problem(f"{name} names no variant of a race: there are broken and mended.")
    return race.model(race.broken if variant == "broken" else race.mended)


def smaller_race(tape: Tape) -> Tape:
    """A race's tape that breaks the same property and is not larger. `Problem` if it does not."""
    model, name = race_model(tape.scenario), tape.property
    small = minimised(model, Run(tape.steps, {}), name, rows_of=lambda _stock: model.rows)
    steps = _until_broken(model, small.steps, name) or _until_broken(model, tape.steps, name)
    if steps is None:
        raise Problem(f"the replay of a violation of {name} does not show it.")
    identity = tape.scenario.removeprefix(GALLERY).partition("/")[0]
    digest = digest_of_race(race_of(identity))
    return replace(tape, steps=steps, eventproof=__version__, handlers_digest=digest)


def race_of(identity: str) -> Race:
    """The race with an id such as `G02`. `Problem` when there is none."""
    known = races()
    race = known.get(identity.upper())
    if race is None:
        near = nearest(identity.upper(), known)
        hint = f"did you mean `{near}`?" if near else "`eventproof gallery` lists all"
        raise Problem(f"the gallery has no race {identity}.", hint=hint)
    return race


def digest_of_race(race: Race) -> str:
    """The digest of the module that declares the race and its handlers."""
    module = inspect.getmodule(next(iter(race.broken.actors.values())))
    return hashlib.sha256(inspect.getsource(module).encode()).hexdigest() if module else ""


def _played(race: Race, variant: str, expected: str) -> Played:
    model = race.model(race.broken if variant == "broken" else race.mended)
    exploration = explore(model)
    wanted = [v for v in exploration.violations if v.property == race.breaks]
    violation = next(iter(wanted or exploration.violations), None)
    if violation is None:
        return Played(variant, expected, exploration)
    steps, moments = _told(model, exploration, violation)
    return Played(
        variant,
        expected,
        exploration,
        sentence=explain(moments, violation.sentence),
        lines=_lines(race, moments),
        tape=_tape(race, variant, violation, steps),
    )


def _told(
    model: Model, exploration: Exploration, violation: Violation
) -> tuple[tuple[TapeStep, ...], Sequence[Moment]]:
    """The run replayed and made smaller; who acts first is the first, where names are nothing."""
    name = violation.property
    found = replay_deeds(model, violation.deeds)
    whole = tape_steps(violation.deeds, found.moments)
    small = minimised(model, Run(whole, {}), name, rows_of=lambda _stock: model.rows)
    steps = _until_broken(model, small.steps, name) or whole
    if exploration.interchangeable:
        everyone = [customer.name for customer in model.customers]
        acting = [moment.event.actor for moment in _shown(replay_tape(model, steps).moments)]
        names = dict(zip(dict.fromkeys(acting + everyone), everyone, strict=True))
        steps = tuple(replace(step, actor=names[step.actor]) for step in steps)
    replayed = replay_tape(model, steps)
    if not replayed.breaks(name):
        raise Problem(f"the replay of a violation of {name} does not show it.")
    return steps, replayed.moments


def _until_broken(
    model: Model, steps: tuple[TapeStep, ...], name: str
) -> tuple[TapeStep, ...] | None:
    """The steps up to the first that shows it; None where a strict replay does not."""
    try:
        replayed = replay_tape(model, steps)
    except Problem:
        return None
    numbered = enumerate(replayed.moments, start=1)
    shows = (n for n, m in numbered if any(b.property == name for b in m.breaches))
    return steps[: next(shows, len(steps))] if replayed.breaks(name) else None


def _shown(moments: Sequence[Moment]) -> list[Moment]:
    """Every step but those that only begin or pause."""
    return [moment for moment in moments if not isinstance(moment.event.step, Begin | Sleep)]


def _lines(race: Race, moments: Sequence[Moment]) -> tuple[Line, ...]:
    return tuple(
        line_of(number, m.event, race.figures(m.view))
        for number, m in enumerate(_shown(moments), start=1)
    )


def _tape(race: Race, variant: str, violation: Violation, steps: tuple[TapeStep, ...]) -> Tape:
    actors = race.broken.actors if variant == "broken" else race.mended.actors
    return Tape(
        scenario=f"{GALLERY}{race.id}/{variant}",
        name=race.title,
        eventproof=__version__,
        catalog_digest="",
        handlers_digest=digest_of_race(race),
        seed=0,
        customers=len(actors),
        stock={},
        property=violation.property,
        sentence=violation.sentence,
        steps=steps,
    )
