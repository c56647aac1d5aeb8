"""The page of a message describes another message.

The page never names its own message, and speaks of another one of the catalog throughout: it was
copied and not rewritten. Whoever builds on it builds the wrong payload, and a contract inferred
from its example is the contract of the other message.

Mend it by describing the message itself:

    The Out Of Stock event is published when the last unit of a product is allocated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventproof.catalog.resources import Resource
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT402", "page-describes-another-message", Severity.WARNING, __doc__)

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_GAP = r"[\s._`*-]*"
_TEMPLATED = re.compile(r"frontmatter\.(?:id|name|title)")


@dataclass(frozen=True, slots=True)
class _Mentions:
    """How often a page names a message, and how it spells it."""

    spelling: str
    times: int


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each page that names another message and never its own."""
    names = _names(catalog)
    for message in catalog.messages:
        squeezed = _squeezed(message.body)
        if any(name in squeezed for name in names[message.id]) or _TEMPLATED.search(message.body):
            continue
        others = [
            mentions
            for id_, spellings in names.items()
            if id_ != message.id and any(name in squeezed for name in spellings)
            if (mentions := _described(catalog, id_, message.body))
        ]
        if others:
            yield _finding(
                catalog, message, max(others, key=lambda one: (one.times, one.spelling))
            )


def _names(catalog: Catalog) -> Mapping[str, frozenset[str]]:
    """Return the id and names of each message, with case, spaces and dashes taken out."""
    names: dict[str, frozenset[str]] = {}
    for message in catalog.messages:
        own = {_squeezed(message.id), _squeezed(message.name)} - {""}
        names[message.id] = names.get(message.id, frozenset()) | own
    return names


def _described(catalog: Catalog, id_: str, body: str) -> _Mentions | None:
    """Return the mentions of a message on a page about it; None where it is only mentioned."""
    for spelling in sorted({id_, *(one.name for one in catalog.versions(id_))}):
        words = _WORDS.findall(spelling)
        # One word alone, such as "metric", is as likely to be meant as a word.
        if len(words) < 2:
            continue
        phrase = rf"(?<![A-Za-z0-9]){_GAP.join(map(re.escape, words))}(?![A-Za-z0-9])"
        found = re.findall(phrase, body, re.IGNORECASE)
        about = rf"\bthe\s+[`*\"']*{phrase}[`*\"']*\s+(?:event|command|query|message)\b"
        if len(found) > 1 and re.search(about, body, re.IGNORECASE):
            return _Mentions(found[0], len(found))
    return None


def _finding(catalog: Catalog, message: Resource, other: _Mentions) -> Finding:
    return RULE.finding(
        f"{message} is described by a page about {other.spelling}"
        f" (named {other.times} times; {message.id} never).",
        location=catalog.locate(message, ("id",)),
        resource=message.ref,
        about=other.spelling,
    )


def _squeezed(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
