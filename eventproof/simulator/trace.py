"""From a replayed run to the few lines that tell it: who did what, and the stock after it.

Left out is what only looked: transactions that wrote no row of the product in question, the
beginnings of those that did, and what they read of the row once they had written it. Where there
is no product, because the tables are a team's own, it is transactions that wrote nothing. What is
left out is counted, so that nobody takes the lines for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eventproof.simulator.events import Event
from eventproof.simulator.inventory import observe
from eventproof.simulator.programs import Thrown
from eventproof.simulator.replay import Moment
from eventproof.simulator.steps import Commit, Delete, Get, Insert, Rollback, RowStep, Update

Span = tuple[str, int, int]
"""(customer, slot, number of the transaction in that slot)."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a timeline."""

    step: int
    actor: str
    text: str
    figures: tuple[tuple[str, int], ...]
    """Names and values, as they are after the step."""
    kind: str
    """`statement`, `wait`, `failure`, `fault`, or `outcome`: no matter of a database."""


def line_of(number: int, event: Event, figures: Mapping[str, int], *, text: str = "") -> Line:
    """An event as a line, in its own words or in those of `text`."""
    return Line(number, event.actor, text or event.label, tuple(figures.items()), _kind(event))


def _kind(event: Event) -> str:
    if event.is_fault:
        return "fault"
    if event.waits:
        return "wait"
    if isinstance(event.answer, Thrown):
        return "failure"
    return "statement" if isinstance(event.step, RowStep | Commit | Rollback) else "outcome"


def timeline_lines(moments: Sequence[Moment], product: str) -> tuple[Line, ...]:
    """The steps that wrote the product's stock, or changed what can be seen of it."""
    spans = _spans(moments)
    if not product:
        return _lines_of_writers(spans, moments)
    writing = {
        span
        for span, moment in zip(spans, moments, strict=True)
        if isinstance(moment.event.step, Update) and _is_stock_of(moment, product)
    }
    lines: list[Line] = []
    before: dict[str, int] = {}
    written: set[Span] = set()
    for span, moment in zip(spans, moments, strict=True):
        figures = observe(moment.view, product)
        # What a transaction reads of a row that it has written itself is no news.
        reads_own = span in written and isinstance(moment.event.step, Get)
        told = span in writing and not reads_own
        text = _text(moment, product, writing_span=told, before=before, now=figures)
        if isinstance(moment.event.step, Update) and _is_stock_of(moment, product):
            written.add(span)
        if text is not None:
            lines.append(line_of(len(lines) + 1, moment.event, figures, text=text))
        before = figures
    return tuple(lines)


def _lines_of_writers(spans: Sequence[Span], moments: Sequence[Moment]) -> tuple[Line, ...]:
    """The statements and ends of transactions that wrote, and whatever waited or went wrong."""
    told = list(zip(spans, (moment.event for moment in moments), strict=True))
    writing = {span for span, event in told if isinstance(event.step, Update | Insert | Delete)}
    lines: list[Line] = []
    for span, event in told:
        is_of_a_writer = span in writing and isinstance(event.step, RowStep | Commit | Rollback)
        if is_of_a_writer or event.is_fault or event.waits:
            lines.append(line_of(len(lines) + 1, event, {}))
    return tuple(lines)


def _text(
    moment: Moment,
    product: str,
    *,
    writing_span: bool,
    before: dict[str, int],
    now: dict[str, int],
) -> str | None:
    event = moment.event
    if event.is_fault:
        return event.label
    if before and now != before:
        rest_changed = any(now[name] != before[name] for name in now if name != "paid")
        return "commit" if rest_changed or now["paid"] <= before["paid"] else "paid"
    if _is_stock_of(moment, product) and writing_span:
        return event.label
    if isinstance(event.step, Commit | Rollback) and writing_span:
        return event.label
    return event.label if event.waits else None


def _is_stock_of(moment: Moment, product: str) -> bool:
    step = moment.event.step
    return isinstance(step, Get | Update) and step.key == ("stock", product)


def _spans(moments: Sequence[Moment]) -> list[Span]:
    """The transaction that each moment belongs to: one ends with its commit or rollback."""
    ended: dict[tuple[str, int], int] = {}
    spans = []
    for moment in moments:
        place = (moment.event.actor, moment.event.slot)
        spans.append((*place, ended.get(place, 0)))
        if isinstance(moment.event.step, Commit | Rollback):
            ended[place] = ended.get(place, 0) + 1
    return spans
