"""Messages without a schema of their own, as the documents of their services describe them.

Asked are the services that send an event, or receive a command or query; then those at the other
end. A document speaks of a message by its name, by the words of its name, or, where it is the only
one, by a name that says the same (`vocabulary`). Several descriptions of one message are merged
into any of them, so that a contract is never stricter than what it comes from. Three things could
be wrong: a reference leads nowhere, a schema is none, or the document does not know the message.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from eventproof.contracts.documented_payloads import Payload, joined, payloads_of, replies_to
from eventproof.contracts.keywords import pointer
from eventproof.contracts.rules import con101_broken_schema, con104_unresolved_ref
from eventproof.contracts.schema_files import line_of
from eventproof.contracts.sources import Source
from eventproof.contracts.specification_files import Fault, Files, Place, UnusableError
from eventproof.contracts.specifications import Specification, Specifications, Spoken
from eventproof.contracts.vocabulary import Words, any_alike, words
from eventproof.findings import Finding, Location, Severity

if TYPE_CHECKING:
    from eventproof.catalog import Catalog, Resource

_ANSWER = frozenset({"answer", "reply", "response", "result"})


@dataclass(frozen=True, slots=True)
class Described:
    """What the documents say of one message."""

    request: Source
    response: dict[str, Any] | None
    pointer: str
    """Where the request's schema stands in its file."""


@dataclass(slots=True)
class Descriptions:
    """Descriptions of a catalog's messages in the documents of its services."""

    catalog: Catalog
    documents: Specifications
    files: Files = field(init=False)

    def __post_init__(self) -> None:
        """Begin with no file read."""
        self.files = Files(self.catalog.root)

    def of(self, message: Resource) -> tuple[Described | None, tuple[Finding, ...]]:
        """Return what the first document that describes a message says, and what is wrong."""
        findings: list[Finding] = []
        for document in self._asked(message):
            self.files.known.setdefault(document.name, document.read)
            try:
                described = self._described(document, message)
            except UnusableError as error:
                findings.append(self._finding(message, document, error.fault))
                continue
            if described:
                return described, tuple(findings)
        return None, tuple(findings)

    def _asked(self, message: Resource) -> Iterator[Specification]:
        from eventproof.catalog import consumers, producers

        if not self.documents.owners:
            return
        ends = [producers(self.catalog, message), consumers(self.catalog, message)]
        asked = set()
        for links in ends if message.type == "event" else reversed(ends):
            for service, _ in links:
                documents = self.documents.of(service) if service.type == "service" else ()
                for document in documents:
                    if document.trouble is None and document.name not in asked:
                        asked.add(document.name)
                        yield document

    def _described(self, document: Specification, message: Resource) -> Described | None:
        meant, answers = _meant(document, message)
        requests = self._payloads(document, meant, "request")
        responses: list[Payload] = []
        if message.type == "query":
            responses = self._payloads(document, meant, "response")
            responses += self._payloads(document, answers, "request")
            if document.kind == "asyncapi":
                responses += [p for one in meant for p in replies_to(self.files, document, one)]
        if not requests and not responses:
            return None
        place = requests[0].place if requests else self.files.reached(document.name, meant[0].path)
        file = self.files.known[place.file]
        request = joined(requests) if requests else {}
        return Described(
            Source(
                partial(dict, {**request, "x-eventproof": _marks(place)}),
                self._shown(place.file),
                place.file,
                hashlib.sha256(file.text.encode()).hexdigest(),
            ),
            {**joined(responses), "x-eventproof": _marks(responses[0].place)}
            if responses
            else None,
            pointer(place.path),
        )

    def _payloads(self, document: Specification, spoken: list[Spoken], role: Any) -> list[Payload]:
        return [p for one in spoken for p in payloads_of(self.files, document, one, role)]

    def _shown(self, file: str) -> str:
        return PurePosixPath(self.catalog.shown, file).as_posix()

    def _finding(self, message: Resource, document: Specification, fault: Fault) -> Finding:
        where = pointer(fault.place.path)
        rule = con104_unresolved_ref.RULE if fault.reference else con101_broken_schema.RULE
        sentence = (
            f"{document.file} describes it, and the reference {fault.reference!r} leads nowhere"
            if fault.reference
            else f"{document.file} describes it by what is no JSON Schema"
        )
        text = self.files.known[fault.place.file].text
        return rule.finding(
            f"{message}: {sentence}: {fault.why}.",
            location=Location(self._shown(fault.place.file), line_of(text, fault.place.path)),
            resource=message.ref,
            about=fault.reference or where,
            details=(f"JSON pointer: {where or 'the root'}.",),
            severity=Severity.WARNING,
        )


def _meant(document: Specification, message: Resource) -> tuple[list[Spoken], list[Spoken]]:
    """Return what of a document means a message, and what means the answer to it."""
    own = {words(message.id), words(message.name)}
    named = [(one, {words(name) for name in one.names}) for one in document.spoken]
    answers = [one for one, names in named if any(_answered(name) in own for name in names)]
    literal = [one for one, _ in named if message.id in one.names]
    equal = [one for one, names in named if names & own]
    alike = [one for one, names in named if one not in answers and any_alike(names, own)]
    is_one = len({one.label for one in alike}) == 1
    return literal or equal or (alike if is_one else []), answers


def _answered(name: Words) -> Words | None:
    """Return the words of the question to which a name says that it is the answer."""
    return name - _ANSWER if name & _ANSWER else None


def _marks(place: Place) -> dict[str, str]:
    return {"provenance": "converted", "source": place.file, "pointer": pointer(place.path)}
