"""A rule: an id that is never re-used, a severity, and a docstring with three faces.

The docstring of the rule's module is at once its command-line help, its documentation page and
its SARIF help. Its first line is the one-sentence statement of the rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from eventproof.findings.edits import Edit
from eventproof.findings.escaping import printable
from eventproof.findings.finding import Finding, Location, ResourceRef, Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule is called and how grave its findings are."""

    id: str
    """Family and number, such as CAT201."""
    name: str
    """Kebab case, such as unresolved-version."""
    severity: Severity
    doc: str
    """The module's docstring: what is wrong, why it matters, how to mend it."""

    @property
    def title(self) -> str:
        """The first line of the documentation."""
        return self.doc.strip().splitlines()[0]

    @property
    def markdown(self) -> str:
        """The documentation as Markdown; its indented examples are code there as well."""
        head = f"# {self.id} {self.name}\n\nSeverity: {self.severity.value}."
        return f"{head}\n\n{self.doc.strip()}\n"

    @property
    def help(self) -> str:
        """Where a reader finds more: the command that explains the rule."""
        return f"eventproof rule {self.id}"

    def finding(
        self,
        message: str,
        *,
        location: Location,
        resource: ResourceRef | None = None,
        about: str = "",
        details: Iterable[str] = (),
        severity: Severity | None = None,
        edit: Edit | None = None,
    ) -> Finding:
        """A finding of this rule. `severity` overrides the rule's own where a case is milder.

        Its words come from strangers' files and are made printable here, for all formats.
        """
        return Finding(
            rule=self.id,
            name=self.name,
            severity=severity or self.severity,
            message=printable(message),
            location=replace(location, file=printable(location.file)),
            resource=resource,
            about=about,
            details=tuple(printable(detail) for detail in details),
            edit=edit,
        )
