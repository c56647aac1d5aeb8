"""A service names a field of a message that the message's contract does not have.

`fields` says which part of a message a service fills or reads. A consumer that reads a field which
the schema does not know reads nothing. Where the schema forbids further fields it is certainly
wrong, an error; where it is open, or in another format than JSON Schema, a warning; and where the
contract is only inferred from an example, worth knowing.

Mend it with the field's name as the schema writes it:

    - id: OrderConfirmed
      fields: [orderId, totalAmount]     not total_amount
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eventproof.contracts.keywords import at, steps
from eventproof.contracts.protobuf import PROTOBUF
from eventproof.contracts.schema_fields import fields_of
from eventproof.findings import Finding, Rule, Severity, nearest

if TYPE_CHECKING:
    from eventproof.catalog import Catalog, Pointer, Resource
    from eventproof.contracts.contract import Contract, Contracts
    from eventproof.contracts.schema_fields import SchemaFields

RULE = Rule("CON306", "unknown-field", Severity.ERROR, __doc__)

_INDEX = re.compile(r"\[[^\]]*\]")
_UNDERSCORE = re.compile(r"_(.)")


@dataclass(frozen=True, slots=True)
class _Missing:
    """A field that a schema does not have."""

    field: str
    message: str
    source: str
    """What does not have it."""
    name: str
    """The first step of the field that is not there."""
    known: tuple[str, ...]
    """What is there instead."""
    severity: Severity


def check(catalog: Catalog, contracts: Contracts) -> Iterator[Finding]:
    """One finding for each entry of `fields` that the message's contract lacks."""
    from eventproof.catalog import resolve

    known = {(c.message.type, c.message.id, c.message.version): c for c in contracts.contracts}
    for participant in catalog.participants:
        for pointer in (*participant.sends, *participant.receives):
            fields = _fields(participant, pointer)
            message = resolve(catalog, pointer).resource if fields else None
            if message is None:
                continue
            contract = known.get((message.type, message.id, message.version))
            lacking = _lacking(catalog, message, contract, fields)
            for index, missing in lacking.items():
                place = (*pointer.path, "fields", index)
                yield _finding(catalog, participant, place, f"{pointer}:{fields[index]}", missing)


def _lacking(
    catalog: Catalog, message: Resource, contract: Contract | None, fields: list[str]
) -> dict[int, _Missing]:
    """Return which of the fields the message's schema does not have, by their index."""
    if contract is None or contract.provenance == "inferred":
        # Of a schema in another format the names are known, and an example tells less than they.
        other = fields_of(catalog, message, None)
        if other is not None or contract is None:
            return _not_among(message, other, fields) if other else {}
    found = {}
    for index, written in enumerate(fields):
        field = _spelt(contract, written)
        missing = _missing(contract, contract.schema, field)
        if missing and contract.response is not None:
            missing = _missing(contract, contract.response, field)
        if missing:
            found[index] = missing
    return found


def _not_among(message: Resource, schema: SchemaFields, fields: list[str]) -> dict[int, _Missing]:
    """Compare with names alone, at whatever depth they stand."""
    known = schema.names
    lacking = {i: field for i, field in enumerate(fields) if _steps(field)[-1] not in known}
    return {
        index: _Missing(
            field, str(message), schema.file, _steps(field)[-1], known, Severity.WARNING
        )
        for index, field in lacking.items()
        if known
    }


def _fields(participant: Resource, pointer: Pointer) -> list[str]:
    try:
        entry = at(participant.frontmatter, pointer.path) if pointer.path else {}
    except LookupError:
        return []
    fields = entry.get("fields") if isinstance(entry, dict) else None
    return [str(field) for field in fields] if isinstance(fields, list) else []


def _steps(field: str) -> list[str]:
    """Return the steps of a name such as `items[].productId`, `$.items` or `/items/productId`."""
    return _INDEX.sub("", field).removeprefix("$").replace("/", ".").strip(".").split(".")


def _spelt(contract: Contract, field: str) -> str:
    """A Protobuf field may be called by its own name, where the contract has that of its JSON."""
    in_json = _UNDERSCORE.sub(lambda match: match[1].upper(), field)
    is_known = PROTOBUF in contract.schema and not _missing(contract, contract.schema, in_json)
    return in_json if is_known else field


def _missing(contract: Contract, schema: dict[str, Any], field: str) -> _Missing | None:
    """Follow a field's steps through a schema; None where it is or may be there."""
    nodes: list[dict[str, Any]] = [schema]
    for name in _steps(field):
        nodes = [part for node in nodes for part in _parts(schema, node)]
        found = [node["properties"][name] for node in nodes if name in node.get("properties", {})]
        if not found:
            known = tuple(dict.fromkeys(n for node in nodes for n in node.get("properties", {})))
            closed = any(node.get("additionalProperties") is False for node in nodes)
            may_be = not known or any(node.get("patternProperties") for node in nodes)
            return None if may_be else _of(contract, field, name, known, is_closed=closed)
        nodes = [node for node in found if isinstance(node, dict)]
        if len(nodes) < len(found):
            return None
    return None


def _of(
    contract: Contract, field: str, name: str, known: tuple[str, ...], *, is_closed: bool
) -> _Missing:
    severity = Severity.ERROR if is_closed else Severity.WARNING
    source = contract.source.rpartition("/")[2]
    if contract.provenance == "inferred":
        severity, source = Severity.INFO, "the payload example in its page"
    return _Missing(field, str(contract.message), source, name, known, severity)


def _parts(document: dict[str, Any], node: Any) -> Iterator[dict[str, Any]]:
    """Yield a schema and all that it is composed of, and for an array those of its items."""
    waiting, seen = [node], set[int]()
    while waiting:
        one = waiting.pop()
        if not isinstance(one, dict) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        for key in ("allOf", "anyOf", "oneOf", "prefixItems"):
            waiting.extend(one.get(key, []))
        waiting.extend(one.get(key) for key in ("then", "else", "items", "if"))
        reference = one.get("$ref")
        if isinstance(reference, str) and reference.startswith("#"):
            try:
                waiting.append(at(document, steps(reference)))
            except LookupError:
                continue


def _finding(
    catalog: Catalog,
    participant: Resource,
    place: tuple[str | int, ...],
    about: str,
    missing: _Missing,
) -> Finding:
    meant = nearest(missing.name, missing.known)
    return RULE.finding(
        f"{participant} names the field {missing.field} of {missing.message}, which"
        f" {missing.source} does not have.",
        location=catalog.locate(participant, place),
        resource=participant.ref,
        about=about,
        details=[f"Did you mean {meant}?"] if meant else (),
        severity=missing.severity,
    )
