"""A service's AsyncAPI document and its page do not name the same messages.

One of them is out of date, and whoever builds on it builds on air. Found are messages of the
document that the service neither sends nor receives, messages that the document sends and the page
only receives, or the reverse, and messages of the page that no document of the service names.
Names are compared without regard to spelling, and nothing is said where the two share no name at
all: then the document speaks of something else, or in another language. Directions are taken from
AsyncAPI 3 only, and a document that only sends is not blamed for what it does not receive.

Mend it in the document or in the page, whichever is out of date:

    # services/OrdersService/index.mdx
    sends:
      - id: OrderPlaced     the document's operation publishOrderPlaced sends it
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.contracts.agreement import (
    Documented,
    Message,
    documented_services,
    matches,
    unnamed,
)
from eventproof.contracts.schema_files import lines_of
from eventproof.findings import Finding, Location, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog import Catalog, Resource
    from eventproof.contracts.contract import Contracts
    from eventproof.contracts.specifications import Specification, Spoken

RULE = Rule("CON303", "asyncapi-disagrees", Severity.WARNING, __doc__)


def check(catalog: Catalog, contracts: Contracts) -> Iterator[Finding]:
    """Findings for each AsyncAPI document of each service, where the two share a name."""
    for documented in documented_services(catalog, contracts):
        for document in documented.of_kind("asyncapi"):
            yield from _compared(catalog, documented, document)


def _compared(
    catalog: Catalog, documented: Documented, document: Specification
) -> Iterator[Finding]:
    meant = [(one, matches(one, documented.messages)) for one in document.spoken]
    if not any(messages for _, messages in meant):
        return
    reversed_ = [(one, messages) for one, messages in meant if _is_reversed(one, messages)]
    unknown = list({one.label: one for one, messages in meant if not messages}.values())
    found = [*unknown, *(one for one, _ in reversed_)]
    lines = iter(lines_of(document.text, [one.path for one in found]) if found else [])
    for one in unknown:
        yield _unknown(documented.service, document, one, next(lines))
    for one, messages in reversed_:
        yield _reversed(documented.service, document, one, messages[0], next(lines))
    known = [message for _, messages in meant for message in messages]
    yield from _missing(catalog, documented, document, known)


def _is_reversed(spoken: Spoken, messages: tuple[Message, ...]) -> bool:
    """Whether the document says one direction, and the page only the other."""
    roles = {message.role for message in messages}
    # An answer to a query goes the other way, and may well be what the document means.
    asks = any(message.type == "query" for message in messages)
    return bool(roles) and spoken.role is not None and spoken.role not in roles and not asks


def _unknown(
    service: Resource, document: Specification, spoken: Spoken, line: int | None
) -> Finding:
    verb = spoken.role or "names"
    return RULE.finding(
        f"{document.file} {verb} {spoken.label}, which {service} neither sends nor receives.",
        location=Location(document.shown, line),
        resource=service.ref,
        about=f"{document.file}:{spoken.label}",
    )


def _reversed(
    service: Resource, document: Specification, spoken: Spoken, message: Message, line: int | None
) -> Finding:
    return RULE.finding(
        f"{document.file} {spoken.role} {spoken.label}, which {service} {message.role}.",
        location=Location(document.shown, line),
        resource=service.ref,
        about=f"{document.file}:{spoken.role}:{spoken.label}",
    )


def _missing(
    catalog: Catalog, documented: Documented, document: Specification, known: list[Message]
) -> Iterator[Finding]:
    """One finding for all messages of the page that the document should name."""
    roles = {message.role for message in known}
    expected = [m for m in documented.messages if m.role in roles and m.type != "query"]
    missing = unnamed(expected, documented.documents)
    if missing:
        names = ", ".join(dict.fromkeys(message.pointer.id for message in missing))
        does = " or ".join(sorted({message.role for message in missing}, reverse=True))
        yield RULE.finding(
            f"{document.file} does not name what {documented.service} {does}: {names}.",
            location=catalog.locate(documented.service, document.place),
            resource=documented.service.ref,
            about=f"{document.file}!{names}",
        )
