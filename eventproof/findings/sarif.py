"""SARIF 2.1.0: findings for code scanning, as the OASIS standard describes it.

Only what the standard requires and what viewers use: the rules with their help, and a result for
each finding with its place and fingerprint. Columns count characters, which SARIF must be told.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from eventproof.findings.escaping import for_json
from eventproof.findings.finding import Finding, Severity
from eventproof.findings.rule import Rule

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def as_sarif(findings: Iterable[Finding], *, rules: Iterable[Rule], version: str) -> str:
    """Return the document: one run of eventproof in this version, with the rules that it knows."""
    known = sorted(rules, key=lambda rule: rule.id)
    index = {rule.id: number for number, rule in enumerate(known)}
    placed = sorted(findings, key=lambda finding: finding.sort_key)
    document = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver(known, version)},
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding, index) for finding in placed],
            }
        ],
    }
    return for_json(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"


def _driver(rules: Sequence[Rule], version: str) -> dict[str, Any]:
    return {"name": "eventproof", "version": version, "rules": [_rule(rule) for rule in rules]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.title},
        "help": {"text": rule.doc.strip(), "markdown": rule.markdown},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(finding: Finding, index: dict[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {"ruleId": finding.rule}
    if finding.rule in index:
        result["ruleIndex"] = index[finding.rule]
    return {
        **result,
        "level": _LEVELS[finding.severity],
        "message": {"text": "\n".join((finding.message, *finding.details))},
        "locations": [{"physicalLocation": _place(finding)}],
        "partialFingerprints": {"eventproof/v1": finding.fingerprint},
    }


def _place(finding: Finding) -> dict[str, Any]:
    from urllib.parse import quote

    place = finding.location
    uri = ("file://" if place.file.startswith("/") else "") + quote(place.file)
    region = {"startLine": place.line, "startColumn": place.column}
    known = {key: value for key, value in region.items() if value}
    return {"artifactLocation": {"uri": uri}, **({"region": known} if place.line else {})}
