"""The timeline: a column for each customer, the stock at the right, one line a step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from eventproof.simulator import Line

GAP = "  "


def timeline(lines: Sequence[Line]) -> str:
    """The lines as a table; an arrow points at the line where too much is paid for."""
    rows = timeline_rows(lines)
    return "\n".join(_marked(rows, lines)) if rows else ""


def title_of(actor: str) -> str:
    """An actor as a heading has it."""
    return actor.replace("-", " ")


def in_order(actors: Iterable[str]) -> list[str]:
    """Actors as columns have them: customers by number."""
    return sorted(set(actors), key=_number)


def timeline_rows(lines: Sequence[Line]) -> list[str]:
    """A heading and one row a line: a column for each actor, the figures at the right."""
    if not lines:
        return []
    actors = in_order(line.actor for line in lines)
    figures = [name for name, _ in lines[0].figures]
    widths = {
        a: max(len(title_of(a)), *(len(x.text) for x in lines if x.actor == a)) for a in actors
    }
    header = ["step", *(title_of(a).ljust(widths[a]) for a in actors), *figures]
    rows = [GAP.join(header).rstrip()]
    rows += [_row(line, actors, widths) for line in lines]
    return rows


def _row(line: Line, actors: Sequence[str], widths: dict[str, int]) -> str:
    cells = [str(line.step).rjust(len("step"))]
    cells += [(line.text if actor == line.actor else "").ljust(widths[actor]) for actor in actors]
    cells += [str(value).rjust(len(name)) for name, value in line.figures]
    return GAP.join(cells).rstrip()


def _marked(rows: list[str], lines: Sequence[Line]) -> list[str]:
    """Point at the line where more is paid for than there was."""
    last = dict(lines[-1].figures)
    at_first = dict(lines[0].figures)
    if not last:
        return rows
    units = at_first["available"] + at_first["allocated"]
    if last["paid"] > units:
        rows[-1] += f"  <- {last['paid']} paid of {units}"
    return rows


def _number(actor: str) -> tuple[int, str]:
    tail = actor.rpartition("-")[2]
    return (int(tail) if tail.isdigit() else 0, actor)
