"""A finding: one thing that is wrong or worth knowing, where, and what to do about it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from eventproof.findings.edits import Edit


class Severity(StrEnum):
    """How sure we are that a finding is a fault."""

    ERROR = "error"
    """Certainly wrong."""
    WARNING = "warning"
    """Probably wrong; may be intended."""
    INFO = "info"
    """Worth knowing."""

    @property
    def rank(self) -> int:
        """0 for the gravest, so that sorting puts errors first."""
        return list(Severity).index(self)

    def at_least(self, threshold: Severity) -> bool:
        """Whether this severity is as grave as `threshold`, or graver."""
        return self.rank <= threshold.rank


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file. Line and column count from 1; None where only the file is known."""

    file: str
    """Path with forward slashes, as the user would type it."""
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part)


@dataclass(frozen=True, slots=True)
class ResourceRef:
    """Names a catalog resource without holding it."""

    type: str
    id: str
    version: str | None = None

    def __str__(self) -> str:
        return f"{self.id} {self.version}" if self.version else self.id


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says of one place in the catalog."""

    rule: str
    """The rule's id, such as CAT301."""
    name: str
    """The rule's name, such as stale-consumer-pin."""
    severity: Severity
    message: str
    """One sentence: the name of the thing first, the cause next."""
    location: Location
    resource: ResourceRef | None = None
    about: str = ""
    """What the finding is about beside its resource, such as a reference's target.
    Part of the fingerprint, so that rewording a message does not change it."""
    details: tuple[str, ...] = ()
    """Further sentences, a line each: what else is known, and what to do."""
    edit: Edit | None = None
    """The mend that cannot be wrong, where there is one."""
    file_in_catalog: str | None = None
    """The location's file as seen from the catalog's root; None where nobody has said."""
    occurrence: int = 1
    """Tells findings apart that are the same in all but their place, by counting them."""

    @property
    def identity(self) -> tuple[str, ...]:
        """What the finding is, whatever line it stands in and however it is said."""
        subject = (
            f"{self.resource.type}:{self.resource.id}@{self.resource.version}"
            if self.resource
            else self.file_in_catalog or self.location.file
        )
        return (self.rule, subject, self.about)

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that stay the same when lines move or sentences improve."""
        count = (str(self.occurrence),) if self.occurrence > 1 else ()
        content = "\x00".join((*self.identity, *count))
        return hashlib.sha256(content.encode(errors="backslashreplace")).hexdigest()[:12]

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """Orders findings by place, then by rule."""
        place = self.location
        return (place.file, place.line or 0, place.column or 0, self.rule, self.about)


@dataclass(frozen=True, slots=True)
class Summary:
    """How many findings there are of each severity."""

    error: int = 0
    warning: int = 0
    info: int = 0

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Summary:
        """Count `findings`."""
        counts = Counter(finding.severity for finding in findings)
        return cls(counts[Severity.ERROR], counts[Severity.WARNING], counts[Severity.INFO])

    def __str__(self) -> str:
        parts = ((self.error, "error"), (self.warning, "warning"), (self.info, "info"))
        return ", ".join(
            f"{count} {word}{'s' if count != 1 and word != 'info' else ''}"
            for count, word in parts
            if count or word == "error"
        )


def distinct(findings: Iterable[Finding], *, root: str = "") -> tuple[Finding, ...]:
    """Return the findings by place, each once and with a fingerprint of its own.

    `root` is the catalog's folder as it stands in their files. It is taken out of fingerprints, so
    that these do not depend on the folder from which a catalog is looked at.
    """
    # Two pages of the same resource may both lead to the same line of the same file.
    once = dict.fromkeys(findings)
    return tuple(_counted(sorted(once, key=lambda finding: finding.sort_key), root))


def _counted(findings: Iterable[Finding], root: str) -> Iterator[Finding]:
    seen = Counter[tuple[str, ...]]()
    for finding in findings:
        inside = finding.location.file.removeprefix(root).lstrip("/") or "."
        placed = replace(finding, file_in_catalog=inside)
        seen[placed.identity] += 1
        yield replace(placed, occurrence=seen[placed.identity])
