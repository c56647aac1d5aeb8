"""A consumer is pinned to a version of a message that no producer sends.

The producers have moved on and send another version. The consumer waits for one that never comes,
and EventCatalog shows no consumer on the version that does come, so nobody is warned of a change.
Only the latest version of each participant counts. A pin that admits a sent version is no fault;
neither is one that a producer's own range admits, since the producer may well send it.

Mend it by making the consumer ready for the version that is sent, and then pinning to it:

    - id: InventoryAdjusted
      version: 0.0.4
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventproof.catalog.resolution import choose
from eventproof.catalog.resources import MESSAGE_TYPES, Pointer, Resource
from eventproof.catalog.rules.wording import counted, listed, unique
from eventproof.catalog.versions import is_range, pick, satisfies
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT301", "stale-consumer-pin", Severity.ERROR, __doc__)


@dataclass(frozen=True, slots=True)
class Sent:
    """One version that a producer sends, with the pin that says so."""

    producer: Resource
    pin: str | None
    version: str


@dataclass(frozen=True, slots=True)
class StalePin:
    """A consumer's pin that no producer answers, and what the producers send instead."""

    consumer: Resource
    pointer: Pointer
    pin: str
    sent: tuple[Sent, ...]


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each pin of a consumer that no producer answers."""
    return (_finding(catalog, stale) for stale in stale_pins(catalog).values())


def stale_pins(catalog: Catalog) -> Mapping[tuple[str, tuple[str | int, ...]], StalePin]:
    """Return the stale pins by the consumer's key and the pointer's path."""
    sent = _sent_versions(catalog)
    found = {}
    for consumer in catalog.participants:
        for pointer in consumer.receives:
            answers = sent.get(pointer.id, ())
            # A pointer without a path was derived from the message itself and pins nothing.
            is_pinned = pointer.version and pointer.path
            if is_pinned and answers and not _is_answered(catalog, pointer, answers):
                stale = StalePin(consumer, pointer, pointer.version or "", answers)
                found[consumer.key, pointer.path] = stale
    return found


def _sent_versions(catalog: Catalog) -> Mapping[str, tuple[Sent, ...]]:
    sent: dict[str, list[Sent]] = {}
    for producer in catalog.participants:
        for pointer in producer.sends:
            version = _sent_version(catalog, pointer)
            if version is not None:
                sent.setdefault(pointer.id, []).append(Sent(producer, pointer.version, version))
    return {id_: tuple(versions) for id_, versions in sent.items()}


def _sent_version(catalog: Catalog, pointer: Pointer) -> str | None:
    """Return the version that a producer sends; None where nobody can tell."""
    message = choose(catalog.versions(pointer.id, MESSAGE_TYPES), pointer.version)
    if message is not None:
        return message.version
    # A version that is named is sent, whether the catalog describes it or not.
    return pointer.version if pointer.version and not is_range(pointer.version) else None


def _is_answered(catalog: Catalog, pointer: Pointer, sent: tuple[Sent, ...]) -> bool:
    """Whether some producer sends, or may send, what the pin asks for."""
    pin = pointer.version or ""
    versions = [one.version for one in sent]
    if is_range(pin):
        return any(satisfies(version, pin) for version in versions)
    if any(one.pin and is_range(one.pin) and satisfies(pin, one.pin) for one in sent):
        return True
    described = [one.version for one in catalog.versions(pointer.id, MESSAGE_TYPES)]
    known = [*versions, *described]
    chosen = pick(known, pin)
    return chosen is not None and known[chosen] in versions


def _finding(catalog: Catalog, stale: StalePin) -> Finding:
    consumer, pointer = stale.consumer, stale.pointer
    sending = listed(unique(f"{one.producer} sends {one.version}" for one in stale.sent))
    return RULE.finding(
        f"{consumer} receives {pointer}, but {sending}.",
        location=catalog.locate(consumer, (*pointer.path, "version")),
        resource=consumer.ref,
        about=f"receives:{pointer}",
        details=_details(catalog, stale),
    )


def _details(catalog: Catalog, stale: StalePin) -> Iterator[str]:
    pin = f"a version within {stale.pin}" if is_range(stale.pin) else stale.pin
    owners = unique(
        [*stale.consumer.owners, *(o for one in stale.sent for o in one.producer.owners)]
    )
    asked = f" Owners to ask: {', '.join(owners)}." if owners else ""
    yield f"No producer sends {pin}.{asked}"
    described = catalog.versions(stale.pointer.id, MESSAGE_TYPES)
    if described and choose(described, stale.pin) is None:
        existing = [one.version for one in described if one.version]
        yield (
            f"The catalog has no {stale.pointer} either; it has"
            f" {listed(counted(existing, limit=5))}."
        )
