"""The contracts as files: one JSON Schema each, and a manifest of who sends and receives what.

Text is byte-stable: keys in the authored order, two spaces, one newline at the end, and nothing
that depends on the folder from which it was built. Names from
the catalog become file names through `escaped` only.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import quote

from eventproof.contracts.contract import Contract, Contracts

MANIFEST = "manifest.json"
_LENGTH_LIMIT = 100
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", *(f"{n}{i}" for n in ("com", "lpt") for i in range(1, 10))}
)
"""Names that Windows keeps for devices, with any extension."""


def files(contracts: Contracts) -> dict[str, str]:
    """Relative path (with forward slashes) to text, for every contract and the manifest."""
    result: dict[str, str] = {}
    entries = []
    for contract in contracts.contracts:
        path = _path(contract, taken=result)
        result[f"{path}.json"] = _text(contract.schema)
        if contract.response is not None:
            # `~` is always escaped in a version, so that no version can be called this.
            result[f"{path}~response.json"] = _text(contract.response)
        entries.append(_entry(contract, f"{path}.json"))
    manifest = {"format": "eventproof-contracts-1", "contracts": entries}
    return {**result, MANIFEST: _text(manifest)}


def escaped(name: str) -> str:
    """Return a catalog name as one part of a file path, safe on every file system.

    Letters, digits, `.`, `_` and `-` stay; everything else becomes percent and two hexadecimal
    digits. Dots at either end, device names and overlong names are changed as well.
    """
    text = quote(name, safe="").replace("~", "%7E")
    if text.startswith("."):
        text = f"%2E{text[1:]}"
    if text.endswith("."):
        text = f"{text[:-1]}%2E"
    if text.split(".")[0].lower() in _RESERVED or not text:
        text = f"%{ord(text[0]):02X}{text[1:]}" if text else "%00"
    return text if len(text) <= _LENGTH_LIMIT else f"{text[:_LENGTH_LIMIT]}~{_digest(name)}"


def _path(contract: Contract, *, taken: dict[str, str]) -> str:
    """`event/OrderPlaced/1.0.0`; told apart by a digest where only the case differs."""
    message = contract.message
    path = "/".join(escaped(part) for part in (message.type, message.id, message.version or ""))
    known = {name.lower() for name in taken}
    if f"{path}.json".lower() in known:
        path = f"{path}~{_digest(f'{message.type}:{message.id}@{message.version}')}"
    return path


def _entry(contract: Contract, path: str) -> dict[str, Any]:
    message = contract.message
    return {
        "message": {"type": message.type, "id": message.id},
        "version": message.version,
        "name": contract.name,
        "file": path,
        "provenance": contract.provenance,
        "source": contract.origin or contract.source,
        **({"pointer": contract.pointer} if contract.pointer else {}),
        "sha256": contract.digest,
        "producers": list(contract.producers),
        "consumers": list(contract.consumers),
        "owners": list(contract.owners),
    }


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:8]
