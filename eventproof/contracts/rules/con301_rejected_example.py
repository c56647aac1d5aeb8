"""An example of a message is rejected by the message's own schema.

Whoever writes a consumer starts from the example, and builds on what the schema forbids. A file in
the page's `examples` folder is meant as a whole payload, so that is an error; an example in the
page's prose may be shortened, so that is a warning. In prose `"integer"` stands for any integer.
An example may show a payload in its envelope, and for a query either the request or the answer.

Mend it in the example or in the schema, whichever is wrong:

    {"quantity": "three"}     the schema says that quantity is an integer
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.contracts.examples import example_files, line_in_page, prose_rejection, rejection
from eventproof.contracts.prose import examples, shows_json
from eventproof.contracts.schema_files import RefusedError, SchemaFile, line_of
from eventproof.findings import Finding, Location, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog import Catalog, Resource
    from eventproof.contracts.contract import Contract, Contracts
    from eventproof.contracts.examples import Rejection

RULE = Rule("CON301", "rejected-example", Severity.ERROR, __doc__)


def check(catalog: Catalog, contracts: Contracts) -> Iterator[Finding]:
    """One finding for each example that the contract of its message rejects."""
    for contract in contracts.contracts:
        ref = contract.message
        message = catalog.find(ref.id, ref.version, types=(ref.type,))
        # A contract that was inferred from the examples proves nothing against them.
        if message is not None and contract.provenance != "inferred":
            for name, file in example_files(catalog, message):
                yield from _of_file(message, contract, name, file)
            if shows_json(message.body):
                yield from _of_prose(message, contract)


def _of_file(
    message: Resource, contract: Contract, name: str, file: SchemaFile | RefusedError
) -> Iterator[Finding]:
    shown = f"{message.file.rpartition('/')[0]}/examples/{name}"
    if isinstance(file, RefusedError):
        yield RULE.finding(
            f"{message}: the example {name} {file.sentence}.",
            location=Location(shown, file.line, file.column),
            resource=message.ref,
            about=name,
            severity=None if file.line else Severity.WARNING,
        )
        return
    rejected = rejection(contract, file.content)
    if rejected:
        yield RULE.finding(
            f"{message}: its schema rejects the example {name}.",
            location=Location(shown, line_of(file.text, rejected.path)),
            resource=message.ref,
            about=name,
            details=_details(contract, rejected),
        )


def _of_prose(message: Resource, contract: Contract) -> Iterator[Finding]:
    for index, example in enumerate(examples(message.body)[0]):
        rejected = prose_rejection(contract, example.payload)
        if rejected:
            yield RULE.finding(
                f"{message}: its schema rejects the payload example in its page.",
                location=Location(message.file, line_in_page(message, example.line)),
                resource=message.ref,
                about=f"example {index + 1} of the page",
                details=_details(contract, rejected),
                severity=Severity.WARNING,
            )


def _details(contract: Contract, rejected: Rejection) -> Iterator[str]:
    yield from rejected.sentences
    yield f"The schema is {contract.source}."
