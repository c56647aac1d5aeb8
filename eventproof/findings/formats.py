"""How findings are shown to people, to a build server, and to programs.

Each format is a function from findings to text, or to records for JSON. Those that are longer than
a few lines, SARIF and JUnit, stand in modules of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from eventproof.findings.escaping import for_github_message, for_github_property, for_markdown
from eventproof.findings.finding import Finding, Severity

MARKDOWN_CHARS_MAX = 60_000
"""A comment on a pull request may have 65,536 characters; what does not fit is counted."""

_GITHUB_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def as_text(findings: Iterable[Finding]) -> str:
    """A header line for each finding, then its sentences, indented."""
    blocks = []
    for finding in _by_place(findings):
        header = f"{finding.location}  {finding.severity.value}  {finding.rule} {finding.name}"
        body = "\n".join(f"  {line}" for line in (finding.message, *finding.details))
        blocks.append(f"{header}\n{body}")
    return "\n".join(blocks)


def as_concise(findings: Iterable[Finding]) -> str:
    """One line for each finding."""
    return "\n".join(
        f"{finding.location}: {finding.rule} {finding.message}" for finding in _by_place(findings)
    )


def as_records(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """The findings as they stand in the JSON output of `check`."""
    return [_record(finding) for finding in _by_place(findings)]


def as_github(findings: Iterable[Finding]) -> str:
    """Workflow commands: GitHub shows each finding on its line of a pull request."""
    return "\n".join(_annotation(finding) for finding in _by_place(findings))


def as_markdown(findings: Iterable[Finding], *, conclusion: str) -> str:
    """A table for a comment on a pull request, the gravest first, and the `conclusion`."""
    rows = [_row(f) for f in sorted(_by_place(findings), key=lambda f: f.severity.rank)]
    end = for_markdown(conclusion)
    if not rows:
        return end
    head = ["| Severity | Rule | Where | What |", "| --- | --- | --- | --- |"]
    shown = list(_fitting(rows, MARKDOWN_CHARS_MAX - len(end)))
    hidden = len(rows) - len(shown)
    more = [f"And {hidden} more that do not fit into a comment.", ""] if hidden else []
    return "\n".join([*head, *shown, "", *more, end])


def _by_place(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: finding.sort_key)


def _record(finding: Finding) -> dict[str, Any]:
    resource = finding.resource
    return {
        "rule": finding.rule,
        "name": finding.name,
        "severity": finding.severity.value,
        "message": " ".join((finding.message, *finding.details)),
        "resource": (
            {"type": resource.type, "id": resource.id, "version": resource.version}
            if resource
            else None
        ),
        "location": {
            "file": finding.location.file,
            "line": finding.location.line,
            "column": finding.location.column,
        },
        "fingerprint": finding.fingerprint,
        "help": f"eventproof rule {finding.rule}",
    }


def _annotation(finding: Finding) -> str:
    place = finding.location
    properties = {
        "file": place.file,
        "line": place.line,
        "col": place.column,
        "title": f"{finding.rule} {finding.name}",
    }
    written = ",".join(
        f"{key}={for_github_property(str(value))}" for key, value in properties.items() if value
    )
    message = for_github_message("\n".join((finding.message, *finding.details)))
    return f"::{_GITHUB_LEVELS[finding.severity]} {written}::{message}"


def _row(finding: Finding) -> str:
    words = "<br>".join(for_markdown(line) for line in (finding.message, *finding.details))
    cells = (
        finding.severity.value,
        f"{finding.rule} {finding.name}",
        for_markdown(str(finding.location)),
        words,
    )
    return f"| {' | '.join(cells)} |"


def _fitting(rows: Iterable[str], room: int) -> Iterator[str]:
    for row in rows:
        room -= len(row) + 1
        if room < 0:
            return
        yield row
