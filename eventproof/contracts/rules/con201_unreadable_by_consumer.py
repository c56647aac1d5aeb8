"""A producer sends payloads that a consumer rejects.

The consumer is pinned to one version of a message, a producer sends another, and there is a
payload that the sent version allows and the pinned version does not: the finding shows it. Both
validators agreed on that payload. The producer is taken to send only the properties it declares.

Mend it by moving the consumer to the version that is sent, or by sending both for a while:

    receives: [{id: InventoryAdjusted, version: 0.0.3}]     pinned
    sends: [{id: InventoryAdjusted, version: 0.0.4}]        where quantity became a number
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import permutations
from typing import TYPE_CHECKING, Any

from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog import Catalog, Pointer, Resource
    from eventproof.contracts.contract import Contract, Contracts

RULE = Rule("CON201", "unreadable-by-consumer", Severity.ERROR, __doc__)

_SHOWN_LIMIT = 500
"""How many characters of a witness are shown."""


def check(catalog: Catalog, contracts: Contracts) -> Iterator[Finding]:
    """Compare every version that is sent with every version that a consumer is pinned to."""
    from eventproof.contracts.comparison import compare

    for sent, pinned in _pairs(contracts):
        senders, readers = _producers(catalog, sent), _pinned_consumers(catalog, pinned)
        if not senders or not readers:
            continue
        comparison = compare(writer=sent.schema, reader=pinned.schema)
        if comparison.verdict == "breaking":
            for reader, pointer in readers:
                yield _finding(
                    catalog, (senders, sent), (reader, pointer, pinned), comparison.witness
                )


def _pairs(contracts: Contracts) -> Iterator[tuple[Contract, Contract]]:
    versions: dict[tuple[str, str], list[Contract]] = defaultdict(list)
    for contract in contracts.contracts:
        versions[contract.message.type, contract.message.id].append(contract)
    for group in versions.values():
        yield from permutations(group, 2)


def _producers(catalog: Catalog, contract: Contract) -> list[Resource]:
    from eventproof.catalog import producers

    message = _resource(catalog, contract)
    found = producers(catalog, message) if message else ()
    return list({participant.key: participant for participant, _ in found}.values())


def _pinned_consumers(catalog: Catalog, contract: Contract) -> list[tuple[Resource, Pointer]]:
    from eventproof.catalog import consumers

    message = _resource(catalog, contract)
    found = consumers(catalog, message) if message else ()
    return [(participant, pointer) for participant, pointer in found if pointer.version]


def _resource(catalog: Catalog, contract: Contract) -> Resource | None:
    message = contract.message
    return catalog.find(message.id, message.version, types=(message.type,))


def _finding(
    catalog: Catalog,
    sending: tuple[list[Resource], Contract],
    reading: tuple[Resource, Pointer, Contract],
    witness: Any,
) -> Finding:
    from eventproof.contracts.validation import violations

    (senders, sent), (reader, pointer, pinned) = sending, reading
    names = ", ".join(str(sender) for sender in senders)
    verb = "sends" if len(senders) == 1 else "send"
    payload = json.dumps(witness, ensure_ascii=False)
    shown = payload if len(payload) <= _SHOWN_LIMIT else f"{payload[:_SHOWN_LIMIT]}..."
    details = [f"{sent.message.version} allows {shown}"]
    details += [
        f"{pinned.message.version} rejects it: {why}"
        for why in violations(pinned.schema, witness, 1)
    ]
    owners = dict.fromkeys((*reader.owners, *(o for s in senders for o in s.owners)))
    if owners:
        details.append(f"Owners to ask: {', '.join(owners)}.")
    return RULE.finding(
        f"{reader} is pinned to {pinned.message}, and cannot read every {sent.message.version} "
        f"that {names} {verb}.",
        location=catalog.locate(reader, (*pointer.path, "version")),
        resource=reader.ref,
        about=f"{pinned.message}<-{sent.message.version}",
        details=details,
    )
