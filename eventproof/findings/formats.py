"""How findings are shown: for people (text, concise) and for programs (records for JSON)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from eventproof.findings.finding import Finding


def as_text(findings: Iterable[Finding]) -> str:
    """A header line for each finding, then its sentences, indented."""
    blocks = []
    for finding in sorted(findings, key=lambda f: f.sort_key):
        header = f"{finding.location}  {finding.severity.value}  {finding.rule} {finding.name}"
        body = "\n".join(f"  {line}" for line in (finding.message, *finding.details))
        blocks.append(f"{header}\n{body}")
    return "\n".join(blocks)


def as_concise(findings: Iterable[Finding]) -> str:
    """One line for each finding."""
    return "\n".join(
        f"{finding.location}: {finding.rule} {finding.message}"
        for finding in sorted(findings, key=lambda f: f.sort_key)
    )


def as_records(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """The findings as they stand in the JSON output of `check`."""
    return [_record(finding) for finding in sorted(findings, key=lambda f: f.sort_key)]


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
