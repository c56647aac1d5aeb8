"""A run as a Mermaid sequence diagram: a participant for each actor and one for the database.

`sequence` is the door; the lines are those of the timeline. An arrow with a full line is a
statement, a dashed one begins to wait, one with a cross failed; what is no matter of the database
stands as a note, faults and figures too.

Three things could be wrong: a text that reaches into the syntax (all of it is escaped), an actor
whose name is a word of the notation (the names are only shown), and figures said twice (a note has
them only where they changed).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eventproof.report.diagrams import escaped
from eventproof.report.timelines import in_order, title_of
from eventproof.simulator import Line

DATABASE = "database"
_ARROWS = {"statement": "->>", "wait": "-->>", "failure": "-x"}
_PLAIN = frozenset(" .,_-/()=+'`?!")
"""What ends no text there. A colon would: `wrap:` at the beginning is a word of the notation."""


def sequence(lines: Sequence[Line], *, ending: str) -> str:
    """The lines as a diagram, with `ending` as a note beneath them."""
    actors = in_order(line.actor for line in lines)
    names = {actor: f"a{number}" for number, actor in enumerate(actors, start=1)}
    drawn = ["sequenceDiagram"]
    drawn += [f"  participant {names[actor]} as {_text(title_of(actor))}" for actor in actors]
    drawn.append(f"  participant {DATABASE}")
    drawn += [f"  {row}" for row in _rows(lines, names)]
    first = next(iter(names.values()), DATABASE)
    over = first if first == DATABASE else f"{first},{DATABASE}"
    drawn.append(f"  Note over {over}: {_text(ending)}")
    return "\n".join(drawn) + "\n"


def _rows(lines: Sequence[Line], names: dict[str, str]) -> Iterator[str]:
    before: tuple[tuple[str, int], ...] = ()
    for line in lines:
        arrow, who = _ARROWS.get(line.kind), names[line.actor]
        said = _text(line.text)
        yield f"{who}{arrow}{DATABASE}: {said}" if arrow else f"Note over {who}: {said}"
        if line.figures != before:
            figures = ", ".join(f"{name} = {value}" for name, value in line.figures)
            yield f"Note right of {DATABASE}: {_text(figures)}"
        before = line.figures


def _text(words: str) -> str:
    """Never empty, since Mermaid demands a text."""
    return escaped(words, plain=_PLAIN) or "-"


__all__ = ["sequence"]
