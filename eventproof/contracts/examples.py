"""Examples of payloads, and whether the message's contract accepts them.

A payload may lie in an envelope, and an example of a query may be its answer: an example is
accepted when any of these is. In prose, a type's name stands for any value of that type.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from eventproof.contracts.keywords import Path as JsonPath
from eventproof.contracts.keywords import at, pointer
from eventproof.contracts.prose import placeholder
from eventproof.contracts.schema_files import RefusedError, SchemaFile, inside, read_schema_file
from eventproof.contracts.validation import UncheckableError, fast_validator, one_line

if TYPE_CHECKING:
    import jsonschema_rs

    from eventproof.catalog import Catalog, Resource
    from eventproof.contracts.contract import Contract

FILES_LIMIT = 100
"""How many example files of one message are looked at."""

_SUFFIXES = (".json", ".yaml", ".yml")
_SENTENCES_MAX = 3
_ERRORS_MAX = 50
"""How many errors of one reading are counted: enough to tell the nearest."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a contract rejects an example."""

    sentences: tuple[str, ...]
    path: JsonPath
    """The first place in the example that is at fault."""


def example_files(
    catalog: Catalog, message: Resource
) -> Iterator[tuple[str, SchemaFile | RefusedError]]:
    """Yield the name and content of the files in a message's `examples` folder, by name."""
    folder = f"{message.folder}/examples"
    if not os.access(folder, os.F_OK):
        return  # as most have none, and this says so without an exception
    try:
        names = sorted(entry.name for entry in os.scandir(folder))
    except OSError:
        return
    payloads = [
        name
        for name in names
        if name.lower().endswith(_SUFFIXES) and not name.startswith((".", "examples.config."))
    ]
    for name in payloads[:FILES_LIMIT]:
        try:
            path = inside(catalog.root, message.folder, f"examples/{name}")
            yield name, read_schema_file(catalog.root, path)
        except RefusedError as refusal:
            yield name, refusal


def line_in_page(message: Resource, body_line: int) -> int | None:
    """Return the line of the file that is a line of the page's body; None where it is gone.

    Reads the file again, since only findings need places.
    """
    try:
        text = message.path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    before, found, _ = text.partition(message.body)
    return before.count("\n") + body_line if found else None


def rejection(contract: Contract, payload: Any) -> Rejection | None:
    """Return why a contract rejects a whole payload; None where it accepts, or nobody can tell."""
    return _judged(contract, payload, in_prose=False)


def prose_rejection(contract: Contract, payload: dict[str, Any]) -> Rejection | None:
    """Return why a contract rejects a payload shown in prose, with types in place of values.

    None as well for an example that shares no field with the contract: it shows something else.
    """
    if not set(payload) & _properties(contract):
        return None
    return _judged(contract, payload, in_prose=True)


def _judged(contract: Contract, payload: Any, *, in_prose: bool) -> Rejection | None:
    """Return what the reading of an example that is nearest to the contract still lacks."""
    schemas = [contract.schema, *([contract.response] if contract.response else [])]
    known = {name for schema in schemas for name in schema.get("properties", {})}
    readings: list[tuple[JsonPath, list[jsonschema_rs.ValidationError]]] = []
    try:
        for place, candidate in _candidates(payload, known):
            for schema in schemas:
                errors = _errors(schema, candidate, in_prose=in_prose)
                if not errors:
                    return None
                readings.append((place, errors))
    except UncheckableError:
        return None
    place, errors = min(readings, key=lambda reading: len(reading[1]))
    sentences = tuple(_sentence(place, error) for error in errors[:_SENTENCES_MAX])
    return Rejection(sentences, (*place, *errors[0].instance_path))


def _candidates(payload: Any, known: set[str]) -> Iterator[tuple[JsonPath, Any]]:
    """Yield what may be the payload, and where it lies in the example.

    First the whole. Then each object under a key that the contract does not have, as in an
    envelope: by itself, and with the envelope's own fields, since some contracts mix the two.
    """
    yield (), payload
    inner = payload.items() if isinstance(payload, dict) else ()
    for key, value in inner:
        if isinstance(value, dict) and key not in known:
            yield (key,), value
            yield (key,), {**{k: v for k, v in payload.items() if k in known}, **value}


def _errors(
    schema: dict[str, Any], payload: Any, *, in_prose: bool
) -> list[jsonschema_rs.ValidationError]:
    validator = fast_validator(schema)
    if validator.is_valid(payload):
        return []
    errors = islice(validator.iter_errors(payload), _ERRORS_MAX)
    return [one for one in errors if not (in_prose and _is_excused(schema, one))]


def _is_excused(schema: dict[str, Any], error: jsonschema_rs.ValidationError) -> bool:
    """Whether only a type's name in the place of a value made the error."""
    if not isinstance(error.instance, str):
        return _holds_placeholder(error.instance) and error.kind.name in ("anyOf", "oneOf", "not")
    shape = placeholder(error.instance)
    if shape is None:
        return False
    if error.kind.name != "type":
        return True  # the name of a type says nothing of the value's form
    try:
        wanted = at(schema, tuple(error.schema_path))
    except LookupError:
        return True
    types = wanted if isinstance(wanted, list) else [wanted]
    return shape["type"] in types or (shape["type"] == "integer" and "number" in types)


def _holds_placeholder(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_holds_placeholder(item) for item in value.values())
    if isinstance(value, list):
        return any(_holds_placeholder(item) for item in value)
    return isinstance(value, str) and placeholder(value) is not None


def _properties(contract: Contract) -> set[str]:
    schemas = (contract.schema, contract.response or {})
    return {name for schema in schemas for name in schema.get("properties", {})}


def _sentence(place: JsonPath, error: jsonschema_rs.ValidationError) -> str:
    where = pointer((*place, *error.instance_path)) or "the payload"
    return f"{where}: {one_line(error.message)}."
