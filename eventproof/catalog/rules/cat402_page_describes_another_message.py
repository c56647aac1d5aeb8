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
_NO_LETTER = re.compile(r"[\W_]+")
_GAP = r"[\s._`*-]*"
_TEMPLATED = re.compile(r"frontmatter\.(?:id|name|title)")
# A lookahead, so that "the level of the Low Stock event" is read from each of its articles.
_SUBJECT = re.compile(
    r"\bthe\s+(?=(.{1,80}?)\s+(?:event|command|query|message)\b)", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class _Mentions:
    """How often a page names a message, and how it spells it."""

    spelling: str
    times: int


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each page that names another message and never its own."""
    names = _names(catalog)
    messages = {name: id_ for id_, spellings in names.items() for name in spellings}
    for message in catalog.messages:
        if message.id and message.id in message.body:
            continue  # what most pages do, and the quickest to see
        squeezed = _squeezed(message.body)
        if any(name in squeezed for name in names[message.id]) or _TEMPLATED.search(message.body):
            continue
        subjects = {
            subject for subject in _subjects(message.body) if _squeezed(subject) in messages
        }
        mentions = [_mentions(subject, message.body) for subject in sorted(subjects)]
        if repeated := [one for one in mentions if one.times > 1]:
            yield _finding(catalog, message, max(repeated, key=lambda one: one.times))


def _names(catalog: Catalog) -> Mapping[str, frozenset[str]]:
    """Return the id and names of each message, with case, spaces and dashes taken out."""
    names: dict[str, frozenset[str]] = {}
    for message in catalog.messages:
        own = {_squeezed(message.id), _squeezed(message.name)} - {""}
        names[message.id] = names.get(message.id, frozenset()) | own
    return names


def _subjects(body: str) -> Iterator[str]:
    """Whatever the page calls "the ... event", without its markup."""
    for match in _SUBJECT.finditer(body):
        words = match[1].strip("`*\"' ")
        # One word alone, such as "metric", is as likely to be meant as a word; and a page that
        # links to the other message refers its reader to it, so it is not about it.
        if len(_WORDS.findall(words)) > 1 and "[" not in words:
            yield words


def _mentions(subject: str, body: str) -> _Mentions:
    words = _GAP.join(map(re.escape, _WORDS.findall(subject)))
    phrase = rf"(?<![A-Za-z0-9]){words}(?![A-Za-z0-9])"
    return _Mentions(subject, len(re.findall(phrase, body, re.IGNORECASE)))


def _finding(catalog: Catalog, message: Resource, other: _Mentions) -> Finding:
    return RULE.finding(
        f"{message} is described by a page about {other.spelling}"
        f" (named {other.times} times; {message.id} never).",
        location=catalog.locate(message, ("id",)),
        resource=message.ref,
        about=other.spelling,
    )


def _squeezed(text: str) -> str:
    return _NO_LETTER.sub("", text.casefold())
