"""Compatibility for people: the matrix of a catalog and its difference, as text and as Markdown.

Every name comes from somebody's catalog: it goes through `printable` for a terminal, and through
`for_markdown` for a comment on a pull request.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from eventproof.contracts import Breach, Difference, Edge, Judged, Party, Step, Waiver
from eventproof.findings import Summary, as_markdown, as_text, for_markdown, printable

_PAYLOAD_CHARS = 60
_NAMED_LIMIT = 10


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table of verdicts."""

    message: str
    sends: str
    reads: str
    verdict: str
    """`compatible`, `breaking`, `unknown`, or `waived`."""
    note: str
    """The witness, the reason, or the waiver's last day."""
    owners: str
    witness: str = ""
    """The whole payload, indented; empty unless breaking."""
    why: tuple[str, ...] = ()
    """Why the reader rejects it."""


def edge_row(edge: Edge, excused: Mapping[Breach, tuple[Waiver, ...]]) -> Row:
    """Return an edge as a row."""
    writer, reader = edge.writer, edge.reader
    return Row(
        message=_message(str(edge.message), edge.part),
        sends=f"{writer.participant} sends {writer.read_as}".rstrip(),
        reads=f"{reader.participant} reads {reader.read_as}{_pinned(reader)}".rstrip(),
        verdict=_verdict(edge, excused),
        note="the same version" if writer.agrees_with(reader) else _note(edge, excused),
        owners=", ".join(dict.fromkeys((*reader.participant.owners, *writer.participant.owners))),
        witness=_witness(edge),
        why=edge.rejections,
    )


def step_row(step: Step, excused: Mapping[Breach, tuple[Waiver, ...]]) -> Row:
    """Return a step from one version to another as a row."""
    old, new = step.old or "unversioned", step.new or "unversioned"
    if step.is_reuse:
        old, new = f"{old} as it was", f"{new} as edited"
    said, read = (old, new) if step.direction == "backward" else (new, old)
    owners = chain.from_iterable(party.participant.owners for party in step.readers)
    return Row(
        message=_message(step.message.id, step.part),
        sends=f"writer of {said}",
        reads=f"reader of {read} ({step.direction})",
        verdict=_verdict(step, excused),
        note=_note(step, excused),
        owners=", ".join(dict.fromkeys(owners)),
        witness=_witness(step),
        why=step.rejections,
    )


def matrix_text(edges: Sequence[Edge], steps: Sequence[Step], judged: Judged) -> str:
    """Return the tables, the findings, and a line that sums up."""
    tables = [
        _table([edge_row(edge, judged.excused) for edge in edges]),
        _table([step_row(step, judged.excused) for step in steps]),
    ]
    blocks = [*tables, as_text(judged.findings), matrix_line(edges, steps, judged)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def matrix_markdown(edges: Sequence[Edge], steps: Sequence[Step], judged: Judged) -> str:
    """Return what is not compatible as a table, and a line that sums up, for a comment."""
    rows = [edge_row(edge, judged.excused) for edge in edges]
    rows += [step_row(step, judged.excused) for step in steps]
    shown = [row for row in rows if row.verdict != "compatible"]
    table = _markdown_table(shown) if shown else ""
    end = as_markdown(judged.findings, conclusion=matrix_line(edges, steps, judged))
    return f"{table}\n\n{end}\n" if table else f"{end}\n"


def matrix_line(edges: Sequence[Edge], steps: Sequence[Step], judged: Judged) -> str:
    """Return the last line: how much was compared, and what came of it."""
    counted = _counted((*edges, *steps), judged)
    beside = f", {_plural(len(steps), 'step')} between versions" if steps else ""
    return f"{_plural(len(edges), 'edge')}{beside}: {counted}; {Summary.of(judged.findings)}"


def difference_text(found: Difference, judged: Judged, *, against: str) -> str:
    """Return what is new and what is gone, the findings, and a line that sums up."""
    gone = [str(one.message) for one in found.gone]
    listed = [f"added    {name}" for name in map(str, found.added)]
    listed += [f"removed  {name}" for name in gone]
    listed += [
        f"waived   {one.message}, until {waivers[0].expires}: {waivers[0].reason}"
        for one in found.steps
        if (waivers := judged.excused.get(one.breach)) and one.verdict != "compatible"
    ]
    blocks = [
        "\n".join(printable(line) for line in dict.fromkeys(listed)),
        as_text(judged.findings),
        difference_line(found, judged, against=against),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def difference_markdown(found: Difference, judged: Judged, *, against: str) -> str:
    """Return the difference as a comment on a pull request."""
    listed = [
        f"{title}: {', '.join(for_markdown(name) for name in names[:_NAMED_LIMIT])}{_more(names)}."
        for title, names in (
            ("Added", [str(one) for one in found.added]),
            ("Removed", [str(one.message) for one in found.gone]),
        )
        if names
    ]
    end = as_markdown(judged.findings, conclusion=difference_line(found, judged, against=against))
    return "\n\n".join([*listed, end]) + "\n"


def difference_line(found: Difference, judged: Judged, *, against: str) -> str:
    """Return the last line: what was compared with what, and what came of it."""
    compared = _plural(len({(one.message, one.old) for one in found.successions}), "change")
    counts = f"{len(found.added)} added, {len(found.gone)} removed"
    verdicts = f": {_counted(found.steps, judged)}" if found.steps else ""
    total = Summary.of(judged.findings)
    return printable(f"against {against}: {counts}; {compared} of a schema{verdicts}; {total}")


def _counted(items: Iterable[Edge | Step], judged: Judged) -> str:
    counts = Counter(_verdict(item, judged.excused) for item in items)
    order = ("compatible", "breaking", "unknown", "waived")
    return ", ".join(f"{counts[word]} {word}" for word in order if counts[word]) or "none"


def _verdict(item: Edge | Step, excused: Mapping[Breach, tuple[Waiver, ...]]) -> str:
    is_waived = item.verdict != "compatible" and item.breach in excused
    return "waived" if is_waived else item.verdict


def _note(item: Edge | Step, excused: Mapping[Breach, tuple[Waiver, ...]]) -> str:
    waivers = excused.get(item.breach)
    if item.verdict != "compatible" and waivers:
        return f"until {min(waiver.expires for waiver in waivers)}"
    if item.verdict == "breaking" and item.comparison is not None:
        payload = json.dumps(item.comparison.witness, ensure_ascii=False)
        return payload if len(payload) <= _PAYLOAD_CHARS else f"{payload[:_PAYLOAD_CHARS]}..."
    return item.reason or ""


def _witness(item: Edge | Step) -> str:
    if item.verdict != "breaking" or item.comparison is None:
        return ""
    return json.dumps(item.comparison.witness, ensure_ascii=False, indent=2)


def _message(name: str, part: str) -> str:
    return name if part == "payload" else f"{name} ({part})"


def _pinned(party: Party) -> str:
    """Return the pin where it says something else than the version that it means."""
    return f" ({party.pin})" if party.read_as and party.pin != party.read_as else ""


def _table(rows: Sequence[Row]) -> str:
    """Return rows in columns, with breaks in capitals."""
    if not rows:
        return ""
    cells = [
        [printable(cell) for cell in (row.message, row.sends, row.reads, row.verdict, row.note)]
        for row in rows
    ]
    widths = [max(len(line[column]) for line in cells) for column in range(4)]
    return "\n".join(_line(line, widths) for line in cells)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    *names, verdict, note = cells
    word = verdict if verdict == "compatible" else verdict.upper()
    padded = [f"{cell:<{width}}" for cell, width in zip([*names, word], widths, strict=True)]
    return "  ".join([*padded, note]).rstrip()


def _markdown_table(rows: Iterable[Row]) -> str:
    head = ["| Message | Sent | Read | Verdict | Payload or reason | Owners |"]
    return "\n".join([*head, "| --- | --- | --- | --- | --- | --- |", *_markdown_rows(rows)])


def _markdown_rows(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        cells = (row.message, row.sends, row.reads, row.verdict, row.note, row.owners)
        yield f"| {' | '.join(for_markdown(cell) for cell in cells)} |"


def _more(names: Sequence[str]) -> str:
    more = len(names) - _NAMED_LIMIT
    return f" and {more} more" if more > 0 else ""


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
