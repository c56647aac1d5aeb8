"""Baseline: the findings that a team knew of when it began, so that only new ones count.

A file of fingerprints, one for each known finding, with the rule and the message for the reader.
Fingerprints do not change when lines move, so a page may be edited above a known finding. The file
is sorted and written alike for alike findings: it can be committed and its difference read.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eventproof.findings.escaping import for_json, printable
from eventproof.findings.finding import Finding
from eventproof.findings.problem import Problem

FORMAT = "eventproof-baseline-1"
_DAMAGED = "Restore it, or remove it and let --baseline-update write it anew."


@dataclass(frozen=True, slots=True, order=True)
class Known:
    """One finding of a baseline."""

    rule: str
    fingerprint: str
    message: str

    def __str__(self) -> str:
        return printable(f"{self.rule} {self.message}")


@dataclass(frozen=True, slots=True)
class Compared:
    """The findings of a run beside a baseline."""

    new: tuple[Finding, ...]
    known: tuple[Finding, ...]
    gone: tuple[Known, ...]
    """Entries of the baseline that no longer occur."""


def read_baseline(file: Path) -> tuple[Known, ...]:
    """Return the entries of a baseline. Raises Problem where there is none that can be read."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        sentence = f"The baseline {file} cannot be read: {reason}."
        raise Problem(sentence, hint="--baseline-update writes one.") from error
    except (ValueError, RecursionError) as error:
        raise Problem(f"The baseline {file} is not JSON: {error}.", hint=_DAMAGED) from error
    entries = document.get("findings") if isinstance(document, dict) else None
    if not isinstance(entries, list) or document.get("format") != FORMAT:
        raise Problem(f"{file} is no baseline: its format is not {FORMAT}.", hint=_DAMAGED)
    return tuple(_known(file, number, entry) for number, entry in enumerate(entries, 1))


def baseline_text(entries: Iterable[Known]) -> str:
    """Return the file that holds these entries, by rule and fingerprint, each once."""
    unique = {entry.fingerprint: entry for entry in sorted(entries, reverse=True)}
    document = {
        "format": FORMAT,
        "findings": [
            {"rule": entry.rule, "fingerprint": entry.fingerprint, "message": entry.message}
            for entry in sorted(unique.values())
        ],
    }
    return for_json(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"


def known_of(finding: Finding) -> Known:
    """Return a finding's entry."""
    return Known(finding.rule, finding.fingerprint, finding.message)


def compare(
    entries: Iterable[Known],
    findings: Iterable[Finding],
    *,
    occurring: Collection[str],
    skipped: Collection[str],
) -> Compared:
    """Part the findings into new and known ones.

    `occurring` holds the fingerprints of all that was found, selected or not, and `skipped` the
    rules that were not asked: their entries may well still occur, and are not called gone.
    """
    known = {entry.fingerprint: entry for entry in entries}
    parted: tuple[list[Finding], list[Finding]] = ([], [])
    for finding in findings:
        parted[finding.fingerprint in known].append(finding)
    gone = [e for e in known.values() if e.fingerprint not in occurring and e.rule not in skipped]
    return Compared(tuple(parted[0]), tuple(parted[1]), tuple(sorted(gone)))


def _known(file: Path, number: int, entry: Any) -> Known:
    values = [entry.get(key) if isinstance(entry, dict) else None for key in Known.__slots__]
    if not all(isinstance(value, str) for value in values):
        lack = "lacks a rule, a fingerprint or a message"
        sentence = f"{file} is no baseline: its finding {number} {lack}."
        raise Problem(sentence, hint=_DAMAGED)
    return Known(*(str(value) for value in values))
