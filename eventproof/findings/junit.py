"""JUnit XML: findings as test cases, for build servers that show tests.

The form is the one that Jenkins and GitLab read. A finding that makes the command fail is a
failure, a milder one a skipped test; without findings there is one test that passed, since some
servers take a report without tests for a broken build.
"""

from __future__ import annotations

from collections.abc import Iterable

from eventproof.findings.escaping import for_xml
from eventproof.findings.finding import Finding, Severity


def as_junit(
    findings: Iterable[Finding], *, suite: str, fail_on: Severity | None, command: str = "check"
) -> str:
    """Return the document; `fail_on` is the mildest severity that fails, None when none does."""
    placed = sorted(findings, key=lambda finding: finding.sort_key)
    verdicts = [(f, fail_on is not None and f.severity.at_least(fail_on)) for f in placed]
    failures = sum(fails for _, fails in verdicts)
    cases = [_case(f, fails=fails) for f, fails in verdicts] or [_passed(suite)]
    counts = (
        f'tests="{len(cases)}" failures="{failures}" errors="0" skipped="{len(placed) - failures}"'
    )
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="eventproof" {counts}>',
        f'  <testsuite name="eventproof {command} {for_xml(suite)}" {counts}>',
        *cases,
        "  </testsuite>",
        "</testsuites>",
    ]
    return "\n".join(lines) + "\n"


def _case(finding: Finding, *, fails: bool) -> str:
    place = finding.location
    name = f"{finding.rule} {finding.name} {place}"
    line = f' line="{place.line}"' if place.line else ""
    tag, kind = ("failure", f' type="{finding.severity.value}"') if fails else ("skipped", "")
    details = "\n".join(for_xml(detail) for detail in finding.details)
    body = f">{details}</{tag}>" if fails else "/>"
    return (
        f'    <testcase classname="{for_xml(place.file)}" name="{for_xml(name)}"'
        f' file="{for_xml(place.file)}"{line}>\n'
        f'      <{tag} message="{for_xml(finding.message)}"{kind}{body}\n'
        "    </testcase>"
    )


def _passed(suite: str) -> str:
    return f'    <testcase classname="{for_xml(suite)}" name="no findings"/>'
