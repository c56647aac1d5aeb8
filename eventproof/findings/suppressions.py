"""Suppressions: what a page says about findings that its team accepts, and what becomes of them.

A suppression names one rule and gives a reason. It stands in the page that a finding is located
in, as a comment in the prose or under `x-eventproof` in the frontmatter, and holds for all
findings of that rule there. One without a reason, or that cannot be read, suppresses nothing and
is a finding itself; so is one that has nothing to suppress. These cannot be suppressed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from eventproof.findings.comments import Comment
from eventproof.findings.finding import Finding, Location, ResourceRef
from eventproof.findings.problem import nearest
from eventproof.findings.rule import Rule
from eventproof.findings.rules import (
    cat901_suppression_without_reason,
    cat902_unused_suppression,
    cat903_invalid_suppression,
)
from eventproof.findings.selection import nearest_rule

SUPPRESSION_KEY = "x-eventproof"
"""The key of frontmatter under which suppressions stand; EventCatalog leaves `x-` keys alone."""

_REASONLESS = cat901_suppression_without_reason.RULE
_UNUSED = cat902_unused_suppression.RULE
_INVALID = cat903_invalid_suppression.RULE

SUPPRESSION_RULES = (_REASONLESS, _UNUSED, _INVALID)
"""The rules about suppressions themselves."""

_OWN_RULES = frozenset(rule.id for rule in SUPPRESSION_RULES)


@dataclass(frozen=True, slots=True)
class Suppression:
    """One page's wish not to hear of one rule."""

    page: str
    """The page, as findings name it."""
    rule: str
    """The rule's id or name, as written."""
    reason: str
    location: Location
    resource: ResourceRef | None = None
    fault: str = ""
    """Why it cannot be read: a predicate without its subject; empty for one that can."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The findings after the suppressions."""

    kept: tuple[Finding, ...]
    suppressed: tuple[Finding, ...]
    about: tuple[Finding, ...]
    """What is wrong with the suppressions themselves."""


def from_comment(
    comment: Comment, *, page: str, resource: ResourceRef | None = None
) -> Suppression:
    """Return the suppression that a comment in the prose is."""
    location = Location(page, comment.line, comment.column)
    return Suppression(page, comment.rule, comment.reason, location, resource, comment.fault)


def from_frontmatter(
    metadata: Mapping[str, Any],
    *,
    page: str,
    locate: Callable[[tuple[str | int, ...]], Location],
    resource: ResourceRef | None = None,
) -> Iterator[Suppression]:
    """Return the suppressions under `x-eventproof`; `locate` says where a path of keys stands."""
    for path, rule, reason, fault in _entries(metadata.get(SUPPRESSION_KEY)):
        yield Suppression(page, rule, reason, locate((SUPPRESSION_KEY, *path)), resource, fault)


def settle(
    findings: Iterable[Finding],
    suppressions: Iterable[Suppression],
    *,
    rules: Collection[Rule],
    skipped: Collection[str],
    page_of: Callable[[Finding], str],
) -> Settled:
    """Part the findings into those that stand and those that are suppressed.

    `skipped` holds the ids of rules that were not asked: whether a suppression of theirs is unused
    cannot be said. `page_of` says in which page a finding's suppression would stand.
    """
    about: list[Finding] = []
    active: dict[tuple[str, str], list[Suppression]] = defaultdict(list)
    for one in suppressions:
        rule, finding = _judged(one, rules)
        if rule is None or finding:
            about.extend([finding] if finding else [])
        else:
            active[one.page, rule.id].append(one)
    kept: list[Finding] = []
    suppressed: list[Finding] = []
    used: set[tuple[str, str]] = set()
    for finding in findings:
        key = (page_of(finding), finding.rule)
        (suppressed if key in active else kept).append(finding)
        used.add(key)
    for key, unused in active.items():
        if key not in used and key[1] not in skipped:
            about.extend(_unused(one, key[1]) for one in unused)
    return Settled(tuple(kept), tuple(suppressed), tuple(about))


def _entries(value: Any) -> Iterator[tuple[tuple[str | int, ...], str, str, str]]:
    """Return the path, rule, reason and fault of each entry of the frontmatter."""
    if value is None:
        return
    if not isinstance(value, dict):
        yield (), "", "", "is no mapping with the key ignore"
        return
    for key in value:
        if key != "ignore":
            meant = " (did you mean ignore?)" if nearest(str(key), ["ignore"]) else ""
            yield (str(key),), "", "", f"has the unknown key {key}{meant}"
    entries = value.get("ignore")
    if entries is not None and not isinstance(entries, list):
        yield ("ignore",), "", "", "has no list under ignore"
        return
    for index, entry in enumerate(entries or ()):
        yield (("ignore", index), *_entry(entry))


def _entry(entry: Any) -> tuple[str, str, str]:
    if isinstance(entry, str):
        return entry, "", ""
    rule = entry.get("rule") if isinstance(entry, dict) else None
    if not isinstance(rule, str) or not rule.strip():
        return "", "", "has an entry without a rule"
    reason = entry.get("reason")
    return rule.strip(), reason.strip() if isinstance(reason, str) else "", ""


def _judged(one: Suppression, rules: Collection[Rule]) -> tuple[Rule | None, Finding | None]:
    """Return the rule that a suppression names, and what is wrong with it."""
    if one.fault:
        return None, _finding(_INVALID, one, f"{_subject(one)} {one.fault}.")
    rule = next((r for r in rules if one.rule.upper() == r.id or one.rule.lower() == r.name), None)
    if rule is None:
        meant = nearest_rule(one.rule, rules)
        sentence = f"A suppression names {one.rule or 'no rule'}, and there is no such rule."
        return None, _finding(_INVALID, one, sentence, [f"Did you mean {meant}?"] if meant else ())
    if rule.id in _OWN_RULES:
        sentence = f"{rule.id} is about suppressions, and cannot be suppressed by one."
        return None, _finding(_INVALID, one, sentence)
    if not one.reason:
        details = ["Without one it suppresses nothing."]
        sentence = f"The suppression of {rule.id} gives no reason."
        return rule, _finding(_REASONLESS, one, sentence, details)
    return rule, None


def _unused(one: Suppression, rule: str) -> Finding:
    sentence = f"The suppression of {rule} suppresses nothing: the page has no such finding."
    return _finding(_UNUSED, one, sentence, [f"Its reason was: {one.reason}"])


def _subject(one: Suppression) -> str:
    return "A suppression" if one.location.line is None else "The suppression here"


def _finding(rule: Rule, one: Suppression, sentence: str, details: Iterable[str] = ()) -> Finding:
    return rule.finding(
        sentence,
        location=one.location,
        resource=one.resource,
        about=one.rule or one.fault,
        details=details,
    )
