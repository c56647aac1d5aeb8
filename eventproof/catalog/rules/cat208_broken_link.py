"""The prose of a page names a resource or file that does not exist.

EventCatalog shows a dead link, or an empty box where the schema should be. Looked at are
`[[type|id]]` and `[[type|id@version]]`, what components name (`<ResourceLink id type>`,
`<SchemaViewer file>`, `<Tile href>`), addresses such as `/docs/events/OrderPlaced/1.0.0`, and
Markdown links to pages beside the page. Code and comments are not. The prose of changelogs and of
documentation (`docs`, `pages`) is read as well.

Mend it by correcting the name:

    Sends [[event|OrderPlaced]].      the id in events/OrderPlaced/index.mdx
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.catalog.prose import Mention, mentions
from eventproof.catalog.resolution import Resolution, resolve
from eventproof.catalog.resources import Document, Pointer, Resource
from eventproof.catalog.rules.files import fault_of
from eventproof.catalog.rules.wording import counted, listed, one_of
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT208", "broken-link", Severity.WARNING, __doc__)

_Page = Resource | Document


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each name in a page's prose that leads nowhere, however often it stands."""
    pages: tuple[_Page, ...] = (*catalog.resources, *catalog.documents)
    for page in pages:
        said = set[tuple[str, str | None, str]]()
        for mention in mentions(page.body) if page.body else ():
            key = (mention.id, mention.version, mention.file)
            if key not in said:
                said.add(key)
                yield from _judged(catalog, page, mention)


def _judged(catalog: Catalog, page: _Page, mention: Mention) -> Iterator[Finding]:
    subject = str(page) if isinstance(page, Resource) else page.file
    if mention.file:
        if mention.file == page.frontmatter.get("schemaPath"):
            return  # other rules speak of a message's schema
        fault = fault_of(catalog, page.path.parent, mention.file)
        if fault:
            sentence = f"{subject} shows {mention.file}, which {fault}."
            yield _finding(catalog, page, mention, sentence)
        return
    resolution = resolve(catalog, Pointer(mention.id, mention.version), mention.types)
    noun = " or ".join(one.replace("-", " ") for one in mention.types)
    if resolution.status == "unknown-id":
        sentence = f"{subject} speaks of {mention.id}, and the catalog has no {noun} of that id."
        yield _finding(catalog, page, mention, sentence, _hints(catalog, mention))
    elif mention.version and not _is_there(mention, resolution):
        existing = [one.version for one in resolution.candidates if one.version]
        sentence = (
            f"{subject} speaks of {mention.id} {mention.version}, but the catalog has only"
            f" {listed(counted(existing, limit=5))}."
        )
        yield _finding(catalog, page, mention, sentence)


def _is_there(mention: Mention, resolution: Resolution) -> bool:
    if resolution.status == "external":
        return True
    if mention.is_address:
        return any(one.version == mention.version for one in resolution.candidates)
    return resolution.resource is not None


def _hints(catalog: Catalog, mention: Mention) -> Iterator[str]:
    others = catalog.versions(mention.id)
    if others:
        yield f"{mention.id} is {one_of(others[0].type)}."
        return
    meant = catalog.likely(mention.id, mention.types)
    if meant:
        yield f"Did you mean {meant}?"


def _finding(
    catalog: Catalog,
    page: _Page,
    mention: Mention,
    sentence: str,
    details: Iterator[str] | tuple[str, ...] = (),
) -> Finding:
    return RULE.finding(
        sentence,
        location=catalog.locator.locate_in_body(page.absolute, page.file, mention.offset),
        resource=page.ref if isinstance(page, Resource) else None,
        about=mention.file or ":".join((*mention.types, mention.id, mention.version or "")),
        details=details,
    )
