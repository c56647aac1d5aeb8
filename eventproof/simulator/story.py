"""A violation, told: why it happened, in which few lines, and on a tape that plays it again.

The explorer's finding is replayed with live handlers under the customers' own names. Where they
were taken as interchangeable, the names are dealt out so that the one who acts first is the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eventproof import __version__
from eventproof.findings import Problem
from eventproof.simulator.explain import explain
from eventproof.simulator.preparation import Prepared
from eventproof.simulator.replay import Moment, replay_deeds, tape_steps
from eventproof.simulator.search import Exploration, NamedDeed, Violation
from eventproof.simulator.tape import Tape
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


def tell(prepared: Prepared, exploration: Exploration, violation: Violation) -> Story:
    """Replay a violation and tell it. `Problem` if the replay does not show it."""
    cart = prepared.scenario.customers.cart
    product = cart[0][0] if cart else ""
    deeds = violation.deeds
    moments = _replayed(prepared, violation, deeds)
    lines = timeline_lines(moments, product)
    if exploration.interchangeable:
        names = _in_order_of_appearance(prepared, lines)
        deeds = tuple(replace(named, actor=names[named.actor]) for named in deeds)
        moments = _replayed(prepared, violation, deeds)
        lines = timeline_lines(moments, product)
    return Story(
        property=violation.property,
        sentence=explain(moments, violation.sentence),
        product=product,
        lines=lines,
        left_out=len(moments) - len(lines),
        tape=_tape(prepared, violation, deeds, moments),
    )


def _replayed(
    prepared: Prepared, violation: Violation, deeds: Sequence[NamedDeed]
) -> tuple[Moment, ...]:
    replayed = replay_deeds(prepared.model, deeds, loop=violation.loop)
    if not replayed.breaks(violation.property):
        raise Problem(
            f"the replay of a violation of {violation.property} does not show it.",
            hint="a property must depend on its view alone; if it does, please report this",
        )
    return replayed.moments


def _in_order_of_appearance(prepared: Prepared, lines: Sequence[Line]) -> Mapping[str, str]:
    everyone = [customer.name for customer in prepared.model.customers]
    seen = list(dict.fromkeys([line.actor for line in lines] + everyone))
    return dict(zip(seen, everyone, strict=True))


def _tape(
    prepared: Prepared,
    violation: Violation,
    deeds: Sequence[NamedDeed],
    moments: Sequence[Moment],
) -> Tape:
    scenario = prepared.scenario
    return Tape(
        scenario=Path(scenario.shown).as_posix(),
        name=scenario.name,
        eventproof=__version__,
        catalog_digest=prepared.catalog_digest,
        handlers_digest=prepared.handlers_digest,
        seed=scenario.seed,
        property=violation.property,
        sentence=violation.sentence,
        steps=tape_steps(deeds, moments),
        loop=violation.loop,
    )
