"""A race of the gallery, for people: a row in a list, a text on a terminal, a page in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from eventproof.report.timelines import timeline_rows
from eventproof.simulator import Entry, Played

GITHUB = "https://github.com"


def race_row(entry: Entry) -> str:
    """One line: the id, both verdicts, whose product, and what happens."""
    race = entry.race
    verdicts = f"{entry.broken.verdict} -> {entry.mended.verdict}"
    surprise = "" if entry.as_expected else "   NOT AS EXPECTED"
    return f"{race.id}  {verdicts:<18}  {race.product:<22}  {race.title}{surprise}"


def race_list(entries: Sequence[Entry]) -> str:
    """All rows, and how many were as expected."""
    good = sum(entry.as_expected for entry in entries)
    rows = [race_row(entry) for entry in entries]
    return "\n".join([*rows, "", f"{good} of {len(entries)} as expected"])


def race_text(entry: Entry, *, tape: str | None = None) -> str:
    """The race with its counter-example; `tape` is where that was written."""
    race = entry.race
    blocks = [
        f"{race.id} {race.title}",
        f"{race.product}: {', '.join(race.threads)}",
        race.happened,
        f"broken: {_verdict(entry.broken)}",
        _timeline(entry.broken, indent="  "),
        f"Why: {race.why}",
        f"mended: {_verdict(entry.mended)}",
        f"How: {race.mend}",
    ]
    if tape:
        blocks.append(f"replay it: eventproof replay {tape}")
    return "\n\n".join(block for block in blocks if block)


def race_page(entry: Entry) -> str:
    """The race as a page of the documentation."""
    race = entry.race
    blocks = [
        f"# {race.id}: {race.title}",
        f"Reported for {race.product}: {', '.join(map(_link, race.threads))}.",
        f"## What happened\n\n{race.happened}",
        f"## Why\n\n{race.why}",
        _example(entry),
        f"## How it was mended\n\n{race.mend}\n\nThe mended handlers: {_verdict(entry.mended)}",
        f"```console\n$ eventproof gallery {race.id}\n```",
    ]
    return "\n\n".join(blocks) + "\n"


def _example(entry: Entry) -> str:
    shown = _timeline(entry.broken, indent="")
    return f"The shortest run that shows it:\n\n```text\n{shown}\n```\n\n{_verdict(entry.broken)}"


def _verdict(played: Played) -> str:
    explored = played.exploration
    count = explored.count
    share = ""
    if count is not None and played.sentence:
        share = f"; {count.violating:,} of {count.total:,} interleavings violate"
    elif count is not None:
        share = f", {count.total:,} interleavings"
    words = f"{played.verdict.upper()}, {explored.states:,} states{share}."
    never = "".join(f" Never reached: {name}." for name in explored.unreached)
    return f"{words}{f' {played.sentence}' if played.sentence else ''}{never}"


def _timeline(played: Played, *, indent: str) -> str:
    return "\n".join(f"{indent}{row}" for row in timeline_rows(played.lines))


def _link(thread: str) -> str:
    """A thread as a link, where it is one of an issue tracker; a page's title stays as it is."""
    repository, mark, number = thread.partition("#")
    if mark and number.isdigit() and repository.count("/") == 1:
        return f"[{thread}]({GITHUB}/{repository}/issues/{number})"
    return thread
