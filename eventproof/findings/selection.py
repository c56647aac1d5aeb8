"""Selection: which rules count where, and how grave they are.

A *selector* names rules: an id (`CAT402`), the beginning of one (`CAT4`), a name
(`page-describes-another-message`) or `ALL`. Settings come in layers, the later ones over the
earlier: what the settings file says, what the command line says, and then the overrides for some
files. Within a layer the longer selector wins, and `ignore` wins a tie.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from eventproof.findings.finding import Finding, Severity
from eventproof.findings.globs import matches
from eventproof.findings.problem import Problem, nearest
from eventproof.findings.rule import Rule

EVERYTHING = "ALL"
_FAMILY_CHARS = 3
"""CAT, CON: with no more than this in common two ids are not alike."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One place's say in which rules count."""

    select: tuple[str, ...] = ()
    """Where it is not empty, nothing else counts; in an override it adds instead."""
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    """Patterns of the files that it is about, for an override; empty for all files."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What counts, after all layers. The selectors must have passed `demand_known`."""

    layers: tuple[Layer, ...] = ()
    """For all files; later ones over earlier ones."""
    overrides: tuple[Layer, ...] = ()

    def counts(self, rule: str, name: str, file: str | None = None) -> bool:
        """Whether a rule counts in a file, or anywhere where no file is given."""
        chosen = True
        for layer in self.layers:
            chosen = _chosen(layer, rule, name, before=chosen, adds=False)
        if file is None:
            # Any override may still bring it back for its own files.
            return chosen or any(_length(o.select, rule, name) for o in self.overrides)
        for override in self._overrides_of(file):
            chosen = _chosen(override, rule, name, before=chosen, adds=True)
        return chosen

    def applied(
        self, findings: Iterable[Finding], *, path_of: Callable[[Finding], str]
    ) -> tuple[Finding, ...]:
        """Return the findings that count, with the severity that the settings give them.

        `path_of` says what a finding's file is called where the patterns are written.
        """
        return tuple(
            self._graded(finding, path_of(finding))
            for finding in findings
            if self.counts(finding.rule, finding.name, path_of(finding))
        )

    def _graded(self, finding: Finding, file: str) -> Finding:
        severity = finding.severity
        for layer in (*self.layers, *self._overrides_of(file)):
            fits = {one: _fit(one, finding.rule, finding.name) for one in layer.severity}
            best = max(fits, key=fits.__getitem__, default="")
            if fits.get(best):
                severity = layer.severity[best]
        return finding if severity is finding.severity else replace(finding, severity=severity)

    def _overrides_of(self, file: str) -> Sequence[Layer]:
        return [one for one in self.overrides if matches(file, one.files)]


def demand_known(selectors: Iterable[str], rules: Iterable[Rule], *, where: str) -> None:
    """Raise Problem for a selector that no rule answers to. `where` names its place."""
    known = tuple(rules)
    for selector in selectors:
        if not any(_fit(selector, rule.id, rule.name) for rule in known):
            raise unknown_rule(selector, known, where=where)


def unknown_rule(word: str, rules: Iterable[Rule], *, where: str = "") -> Problem:
    """Return the Problem of a word that is no rule, with the nearest one that is."""
    meant = nearest_rule(word, rules)
    suggestion = f"Did you mean {meant}? " if meant else ""
    sentence = f"{where}: there is no rule {word}." if where else f"There is no rule {word}."
    return Problem(sentence, hint=f"{suggestion}eventproof rule lists all of them.")


def nearest_rule(word: str, rules: Iterable[Rule]) -> str | None:
    """Return the id or name that was probably meant, or None where none is near."""
    known = tuple(rules)
    # An id is read from its left: CAT3011 is CAT301 with a digit too many, rather than CAT311.
    for length in range(len(word), _FAMILY_CHARS, -1):
        alike = [rule.id for rule in known if rule.id.startswith(word[:length].upper())]
        if alike:
            return nearest(word.upper(), alike) or alike[0]
    names = [rule.name for rule in known]
    return nearest(word.lower(), names) or nearest(word.upper(), [rule.id for rule in known])


def answering(selector: str, rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return the rules that a selector names."""
    return tuple(rule for rule in rules if _fit(selector, rule.id, rule.name))


def _chosen(layer: Layer, rule: str, name: str, *, before: bool, adds: bool) -> bool:
    selected = _length(layer.select, rule, name)
    ignored = _length(layer.ignore, rule, name)
    if selected or ignored:
        return selected > ignored
    return before and (adds or not layer.select)


def _length(selectors: Sequence[str], rule: str, name: str) -> int:
    return max((_fit(selector, rule, name) for selector in selectors), default=0)


def _fit(selector: str, rule: str, name: str) -> int:
    """Return how closely a selector names a rule: 0 for not at all, more for longer ids."""
    if selector.lower() == name:
        return len(rule) + 1
    if selector.upper() == EVERYTHING:
        return 1
    return len(selector) + 1 if selector and rule.startswith(selector.upper()) else 0
