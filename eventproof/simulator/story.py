"""A violation, told: why it happened, in which few lines, and on a tape that plays it again.

What was found is replayed with live handlers under the customers' own names, made smaller, and
replayed again. Where customers are interchangeable, the names are dealt out so that the one who
acts first is the first, and only those come who take part. What could be wrong: a smaller run that
a strict replay does not show (then the longer one is told), and names that a property looks at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from eventproof import __version__
from eventproof.findings import Problem
from eventproof.simulator.explain import explain
from eventproof.simulator.minimise import EFFORT, Run, minimised
from eventproof.simulator.preparation import Prepared, rows_on, with_data
from eventproof.simulator.replay import Moment, replay_deeds, replay_tape, tape_steps
from eventproof.simulator.search import Exploration, Violation, never_comes_to
from eventproof.simulator.tape import Tape, TapeStep
from eventproof.simulator.trace import Line, timeline_lines


@dataclass(frozen=True, slots=True)
class Story:
    """One violation as people and programs get it."""

    property: str
    sentence: str
    product: str
    """The product that the figures of the lines speak of; empty without any."""
    lines: tuple[Line, ...]
    left_out: int
    """Steps that only looked, and are not among the lines."""
    tape: Tape


STUCK = "Something still runs and nothing can move."


@dataclass(frozen=True, slots=True)
class _Run:
    """What is to be told."""

    steps: tuple[TapeStep, ...]
    name: str
    """The property that it breaks."""
    otherwise: str
    """The sentence, where no moment has one."""
    loop: int = 0
    """How many of the last steps go round for ever."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A run as a strict replay shows it."""

    prepared: Prepared
    """With the customers who come and the stock that there is."""
    steps: tuple[TapeStep, ...]
    moments: tuple[Moment, ...]
    loop: int
    """How many of the last steps go round for ever."""
    sentence: str | None = None
    """What is wrong at the last moment, or before the first; None where no moment shows it."""


def tell(prepared: Prepared, exploration: Exploration, violation: Violation) -> Story:
    """Replay a violation and tell it. `Problem` if the replay does not show it."""
    name, loop = violation.property, violation.loop
    replayed = replay_deeds(prepared.model, violation.deeds, loop=loop)
    if not replayed.breaks(name):
        raise _not_shown(name)
    run = _Run(tape_steps(violation.deeds, replayed.moments), name, violation.sentence, loop)
    # What never comes about was looked for on the shortest way.
    effort = 0 if _is_owed(prepared, name) else EFFORT
    return _told(prepared, run, alike=exploration.interchangeable, seed=None, effort=effort)


def tell_steps(
    prepared: Prepared,
    steps: Sequence[TapeStep],
    name: str,
    *,
    alike: bool,
    seed: int | None = None,
    effort: int = EFFORT,
) -> Story:
    """Tell a run that breaks the property `name`, made smaller. `alike`: nobody looks at names.

    `seed` is that of the run where it is not the scenario's; an `effort` of 0 tells it as it is.
    """
    run = _Run(tuple(steps), name, STUCK)
    return _told(prepared, run, alike=alike, seed=seed, effort=effort)


def smaller(prepared: Prepared, tape: Tape) -> Tape:
    """A tape that breaks the same property and is not larger. `Problem` if it does not break it.

    `prepared` has the tape's customers and stock.
    """
    alike = prepared.model.alike and prepared.model.telling_apart is None
    run = _Run(tape.steps, tape.property, STUCK, tape.loop)
    return _told(prepared, run, alike=alike, seed=tape.seed, effort=EFFORT).tape


def _told(prepared: Prepared, run: _Run, *, alike: bool, seed: int | None, effort: int) -> Story:
    cart = prepared.scenario.customers.cart
    product = cart[0][0] if cart else ""
    whole = Run(run.steps, prepared.scenario.stock, loop=run.loop)
    rows_of = partial(rows_on, prepared)
    small = minimised(prepared.model, whole, run.name, rows_of=rows_of, effort=effort)
    shown = _shown(prepared, small, whole, run)
    if alike or prepared.model.alike:  # if it breaks under those names too
        shown = _renamed(shown, run, product)
    lines = timeline_lines(shown.moments, product)
    sentence = _sentence(shown, run)
    return Story(
        property=run.name,
        sentence=explain(shown.moments, sentence),
        product=product,
        lines=lines,
        left_out=len(shown.moments) - len(lines),
        tape=_tape(shown, run, sentence, prepared.scenario.seed if seed is None else seed),
    )


def _on(prepared: Prepared, stock: Mapping[str, int], customers: int | None = None) -> Prepared:
    count = prepared.scenario.customers.count if customers is None else customers
    return with_data(prepared, customers=count, stock=stock)


def _shown(prepared: Prepared, small: Run, whole: Run, run: _Run) -> _Shown:
    """The smaller run, or else the whole one."""
    for tried in (small, whole):
        on, steps = _on(prepared, tried.stock), tried.steps
        if len(tried.actors) < len(whole.actors) and _is_owed(prepared, run.name):
            # It is whole only where nobody else comes; of these, a tape says how many they are.
            on, steps = _under_first_names(on, tried)
        found = _strictly(on, replace(run, steps=steps, loop=tried.loop))
        if found is not None:
            return found
    raise _not_shown(run.name)


def _is_owed(prepared: Prepared, name: str) -> bool:
    return name in {prop.name for prop in prepared.model.eventually}


def _under_first_names(prepared: Prepared, run: Run) -> tuple[Prepared, tuple[TapeStep, ...]]:
    everyone = [customer.name for customer in prepared.model.customers]
    names = dict(zip(run.actors, everyone, strict=False))
    steps = tuple(replace(step, actor=names[step.actor]) for step in run.steps)
    return _on(prepared, run.stock, len(names)), steps


def _strictly(prepared: Prepared, run: _Run) -> _Shown | None:
    """The run up to where the property breaks; None if it does not."""
    try:
        replayed = replay_tape(prepared.model, run.steps, loop=run.loop)
    except Problem:
        return None
    if not replayed.breaks(run.name):
        return None
    found = [replayed.at_first, *(moment.breaches for moment in replayed.moments)]
    for upto, broken in enumerate(found):
        sentence = next((b.sentence for b in broken if b.property == run.name), None)
        if sentence is not None:
            steps, moments = run.steps[:upto], replayed.moments[:upto]
            return _Shown(prepared, steps, moments, run.loop, sentence)
    return _Shown(prepared, run.steps, replayed.moments, run.loop)


def _renamed(shown: _Shown, run: _Run, product: str) -> _Shown:
    """Whoever acts first is the first customer, and nobody comes who takes no part."""
    everyone = [customer.name for customer in shown.prepared.model.customers]
    acting = [line.actor for line in timeline_lines(shown.moments, product)]
    acting += [step.actor for step in shown.steps]
    names = dict(zip(dict.fromkeys(acting), everyone, strict=False))
    steps = tuple(replace(step, actor=names[step.actor]) for step in shown.steps)
    fewer = _on(shown.prepared, shown.prepared.scenario.stock, len(names))
    return _strictly(fewer, replace(run, steps=steps, loop=shown.loop)) or shown


def _sentence(shown: _Shown, run: _Run) -> str:
    if shown.sentence is None and _is_owed(shown.prepared, run.name):
        return never_comes_to(run.name, shown.loop)
    return shown.sentence or run.otherwise


def _not_shown(name: str) -> Problem:
    return Problem(
        f"the replay of a violation of {name} does not show it.",
        hint="a property must depend on its view alone; if it does, please report this",
    )


def _tape(shown: _Shown, run: _Run, sentence: str, seed: int) -> Tape:
    scenario = shown.prepared.scenario
    return Tape(
        scenario=Path(scenario.shown).as_posix(),
        name=scenario.name,
        eventproof=__version__,
        catalog_digest=shown.prepared.catalog_digest,
        handlers_digest=shown.prepared.handlers_digest,
        seed=seed,
        customers=scenario.customers.count,
        stock=scenario.stock,
        property=run.name,
        sentence=sentence,
        steps=shown.steps,
        loop=shown.loop,
    )
