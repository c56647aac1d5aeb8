"""Prose: what the text of a page names: resources, files, and other pages.

Reads as much of MDX as that takes: `[[type|id]]` references, the properties of components as far
as they are literals, and Markdown links. Code and comments are passed over. One pass for each,
whatever the text is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from eventproof.catalog.layout import COLLECTIONS, PEOPLE

_TYPES = frozenset((*COLLECTIONS.values(), *PEOPLE.values()))
_PLURALS: Mapping[str, str] = {**COLLECTIONS, **PEOPLE}
_PAGE_ROOTS = frozenset({"docs", "visualiser"})

_FENCE = re.compile(r"[ \t>]*(`{3,}|~{3,})")
_CODE = re.compile(r"(?<!`)(`{1,4})(?!`)[^`\n]*\1(?!`)")
_COMMENTS = (("<!--", "-->"), ("{/*", "*/}"))
_WIKI = re.compile(r"\[\[([a-z-]{1,40})\\?\|([^\[\]|\\\n]{1,300})(?:\\?\|[^\[\]\n]*)?\]\]")
_TAG = re.compile(r"<([A-Z][A-Za-z]{0,60})(?=[\s/>])([^<>]{0,2000})>")
_PROPERTY = re.compile(
    r"([A-Za-z]{1,40})=(?:\"([^\"{}]*)\"|'([^'{}]*)'|\{[\"']([^\"'{}]*)[\"']\})"
)
_LINK = re.compile(r"(?<!!)\]\(([^()\s<>]{1,500})(?:\s+\"[^\"]{0,300}\")?\)")

_COMPONENT_TYPES: Mapping[str, tuple[str, ...]] = {
    "Flow": ("flow",),
    "EntityMap": ("domain", "service"),
}
"""Components whose `id` can only be of these types; others say the type themselves."""

_IN_LINE = re.compile(r"[^\r\n]")

_NOT_BESIDE = frozenset({"Design"})
"""Components whose `file` is a name that is sought in the whole catalog, without an ending."""

_TYPED_COMPONENTS = frozenset({"NodeGraph", "ResourceLink"})


@dataclass(frozen=True, slots=True)
class Mention:
    """A resource or file that the prose names."""

    offset: int
    """Where in the body it stands."""
    shown: str
    """As it is written, shortened."""
    id: str = ""
    version: str | None = None
    """The pin; None for the latest version."""
    types: tuple[str, ...] = ()
    """The types that the resource may have; empty for a file."""
    file: str = ""
    """Relative to the page; empty for a resource."""
    is_address: bool = False
    """Whether it is the address of a page, which is made of the version as it is written."""


def mentions(body: str) -> tuple[Mention, ...]:
    """Return what a page's prose names, in the order of the text."""
    # Most pages name little; looking for a bracket is far cheaper than reading for it.
    if "[[" not in body and "](" not in body and "=" not in body:
        return ()
    text = _spoken(body)
    found = [*_wiki(text), *_components(text), *_links(text)]
    return tuple(sorted(found, key=lambda one: one.offset))


def _wiki(text: str) -> Iterator[Mention]:
    for match in _WIKI.finditer(text) if "[[" in text else ():
        type_, name = match[1], match[2].strip()
        id_, _, version = name.partition("@")
        if type_ in _TYPES and id_:
            pin = None if version in ("", "latest") else version
            yield Mention(match.start(), _short(match[0]), id_, pin, (type_,))


def _components(text: str) -> Iterator[Mention]:
    for match in _TAG.finditer(text) if "=" in text else ():
        said = {one[1]: one[2] or one[3] or one[4] or "" for one in _PROPERTY.finditer(match[2])}
        shown, at = _short(match[0]), match.start()
        if said.get("file") and match[1] not in _NOT_BESIDE:
            yield Mention(at, shown, file=said["file"])
        types = _COMPONENT_TYPES.get(match[1]) or _said_type(match[1], said)
        if types and said.get("id"):
            version = said.get("version")
            pin = None if version in (None, "", "latest") else version
            yield Mention(at, shown, said["id"], pin, types)
        yield from _address(said.get("href", ""), at, shown)


def _said_type(component: str, said: Mapping[str, str]) -> tuple[str, ...]:
    type_ = said.get("type", "") if component in _TYPED_COMPONENTS else ""
    type_ = _PLURALS.get(type_, type_)
    return (type_,) if type_ in _TYPES else ()


def _links(text: str) -> Iterator[Mention]:
    for match in _LINK.finditer(text) if "](" in text else ():
        target = match[1]
        yield from _address(target, match.start() + 2, target)
        path = target.partition("#")[0].partition("?")[0]
        if path.startswith(("./", "../")) and path.endswith((".md", ".mdx")):
            yield Mention(match.start() + 2, target, file=unquote(path))


def _address(target: str, at: int, shown: str) -> Iterator[Mention]:
    """Return the resource of an address such as `/docs/events/OrderPlaced/1.0.0`."""
    parts = [unquote(part) for part in target.partition("#")[0].partition("?")[0].split("/")]
    if len(parts) < 4 or parts[0] or parts[1] not in _PAGE_ROOTS:
        return
    type_, id_ = _PLURALS.get(parts[2]), parts[3]
    version = parts[4] if len(parts) > 4 and type_ not in PEOPLE.values() else ""
    if type_ and id_:
        pin = None if version in ("", "latest") else version
        yield Mention(at, shown, id_, pin, (type_,), is_address=True)


def _spoken(body: str) -> str:
    """Return the body with code and comments blanked out, so that offsets stay as they are."""
    text = body
    for begin, end in _COMMENTS:
        text = "".join(_without_comments(text, begin, end)) if begin in text else text
    if "`" in text or "~~~" in text:
        text = _CODE.sub(_blank, "".join(_without_fences(text)))
    return text


def _without_comments(text: str, begin: str, end: str) -> Iterator[str]:
    at = 0
    # By `find`, since a pattern would look for the end anew from each of many beginnings.
    while (start := text.find(begin, at)) >= 0 and (stop := text.find(end, start)) >= 0:
        yield text[at:start]
        yield _blanked(text[start : stop + len(end)])
        at = stop + len(end)
    yield text[at:]


def _without_fences(text: str) -> Iterator[str]:
    fence = ""
    for line in text.splitlines(keepends=True):
        match = _FENCE.match(line)
        if fence:
            is_end = match and match[1].startswith(fence) and not line.strip(" \t>`~\r\n")
            fence = "" if is_end else fence
            yield _blanked(line)
        elif match:
            fence = match[1]
            yield _blanked(line)
        else:
            yield line


def _blank(match: re.Match[str]) -> str:
    return _blanked(match[0])


def _blanked(text: str) -> str:
    return _IN_LINE.sub(" ", text)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 60 else f"{flat[:57]}..."
