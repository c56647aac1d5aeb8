"""A service's OpenAPI document and its page do not name the same commands and queries.

One of them is out of date. Found are operations of the document that are a command or query of the
catalog and that the service does not receive, operations that the catalog does not know at all
(only worth knowing), and queries and commands that the service receives and no document names.
Names are compared without regard to spelling, and nothing is said where the two share no name at
all. An operation without an `operationId` is blamed for nothing. Commands that come over a channel
or stand in an AsyncAPI document need no operation.

Mend it in the document or in the page, whichever is out of date:

    # services/CartAPI/index.mdx
    receives:
      - id: add-item-to-cart     the document's operation addItemToCart
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.contracts.agreement import Documented, documented_services, matches, unnamed
from eventproof.contracts.schema_files import lines_of
from eventproof.contracts.vocabulary import words
from eventproof.findings import Finding, Location, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog import Catalog
    from eventproof.contracts.agreement import Message
    from eventproof.contracts.contract import Contracts
    from eventproof.contracts.specifications import Specification, Spoken
    from eventproof.contracts.vocabulary import Words

RULE = Rule("CON304", "openapi-disagrees", Severity.WARNING, __doc__)


def check(catalog: Catalog, contracts: Contracts) -> Iterator[Finding]:
    """Findings for each OpenAPI document of each service, where the two share a name."""
    if not any(one.kind == "openapi" for one in contracts.specifications):
        return  # most catalogs have none, and no name need be taken apart for them
    requests = {words(one.id): one.id for one in catalog.messages if one.type != "event"}
    for documented in documented_services(catalog, contracts):
        documents = documented.of_kind("openapi")
        shared = [one for one in documents if _shares(one, documented)]
        for document in shared:
            yield from _unreceived(documented, document, requests)
        if shared:
            yield from _missing(catalog, documented, shared[0])


def _shares(document: Specification, documented: Documented) -> bool:
    return any(matches(one, documented.messages) for one in document.spoken)


def _unreceived(
    documented: Documented, document: Specification, requests: dict[Words, str]
) -> Iterator[Finding]:
    found = [one for one in document.spoken if one.label and not matches(one, documented.messages)]
    lines = lines_of(document.text, [one.path for one in found]) if found else []
    for one, line in zip(found, lines, strict=True):
        yield _finding(documented, document, one, requests.get(words(one.label)), line)


def _finding(
    documented: Documented,
    document: Specification,
    spoken: Spoken,
    known: str | None,
    line: int | None,
) -> Finding:
    lacks = f"does not receive {known}" if known else "receives no message of that name"
    return RULE.finding(
        f"{document.file} offers {spoken.label}, but {documented.service} {lacks}.",
        location=Location(document.shown, line),
        resource=documented.service.ref,
        about=f"{document.file}:{spoken.label}",
        severity=None if known else Severity.INFO,
    )


def _missing(
    catalog: Catalog, documented: Documented, document: Specification
) -> Iterator[Finding]:
    """One finding for all requests of the page that some document should name."""
    expected = [message for message in documented.messages if _is_expected(documented, message)]
    missing = unnamed(expected, documented.documents)
    if missing:
        names = ", ".join(dict.fromkeys(message.pointer.id for message in missing))
        yield RULE.finding(
            f"{document.file} does not name what {documented.service} receives: {names}.",
            location=catalog.locate(documented.service, document.place),
            resource=documented.service.ref,
            about=f"{document.file}!{names}",
        )


def _is_expected(documented: Documented, message: Message) -> bool:
    """Whether a message of the page belongs into an OpenAPI document."""
    if message.role != "receives" or message.pointer.channels:
        return False
    by_queue = bool(documented.of_kind("asyncapi"))
    return message.type == "query" or (message.type == "command" and not by_queue)
