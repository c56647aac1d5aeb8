"""The payload schemas that an OpenAPI or AsyncAPI document has for what it speaks of.

`payloads_of` finds where they stand: of a message its `payload`; of an operation its JSON body,
or its parameters where it has none, and the JSON of its successful responses. What it yields is
draft 2020-12, self-contained, and says where it comes from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eventproof.contracts.keywords import pointer, relocated
from eventproof.contracts.specification_dialects import (
    Role,
    dialect_in,
    dialect_of_format,
)
from eventproof.contracts.specification_files import Files, Place
from eventproof.contracts.specification_schemas import taken_out
from eventproof.contracts.specifications import Specification, Spoken

_TYPES = frozenset({"array", "boolean", "integer", "number", "string"})


@dataclass(frozen=True, slots=True)
class Payload:
    """The schema of a payload, and where it stands."""

    schema: dict[str, Any]
    place: Place


def payloads_of(
    files: Files, document: Specification, spoken: Spoken, role: Role
) -> Iterator[Payload]:
    """Yield the schemas of a message or operation in one role.

    An AsyncAPI message has a request only; its answer is a message of its own (`replies_to`).
    Raises `UnusableError`.
    """
    if document.kind == "asyncapi":
        if role == "request":
            yield from _message(files, files.reached(document.name, spoken.path))
        return
    operation = files.reached(document.name, spoken.path)
    found = _bodies(files, operation) if role == "request" else _answers(files, operation)
    for place in found:
        dialect = dialect_in(files.known[place.file].content, "2020-12")
        yield Payload(taken_out(files, place, dialect, role), place)
    if role == "request" and not found:
        yield from _parameters(files, document, spoken, operation)


def replies_to(files: Files, document: Specification, spoken: Spoken) -> Iterator[Payload]:
    """Yield the schemas of the messages that answer one, as operations of AsyncAPI 3 say it."""
    message = files.reached(document.name, spoken.path)
    root = Place(document.name)
    for key in _mapping(_mapping(files.value(root)).get("operations")):
        operation = files.reached(document.name, ("operations", key))
        if message in _listed(files, operation):
            reply = _child(files, operation, "reply")
            for place in _listed(files, reply) if reply else ():
                yield from _message(files, place)


def joined(payloads: Sequence[Payload]) -> dict[str, Any]:
    """Return what several schemas of one payload say together: any of them."""
    different = {repr(one.schema): one.schema for one in payloads}
    if len(different) == 1:
        return payloads[0].schema
    names = {f"case-{index}": schema for index, schema in enumerate(different.values(), 1)}
    return {"anyOf": [_as_part(name) for name in names], "$defs": _parts(names)}


def _message(files: Files, place: Place) -> Iterator[Payload]:
    message = _mapping(files.value(place))
    if "payload" not in message:
        return
    named, place = message.get("schemaFormat"), _at(place, "payload")
    payload = _mapping(files.value(place))
    if "schemaFormat" in payload and "schema" in payload:  # as AsyncAPI 3 says it
        named, place = payload["schemaFormat"], _at(place, "schema")
    dialect = dialect_of_format(named, "draft7")
    if dialect is not None:
        place = files.followed(place)
        yield Payload(taken_out(files, place, dialect, "request"), place)


def _listed(files: Files, operation: Place) -> list[Place]:
    """Return the messages of an operation or a reply: those listed, or all of its channel."""
    said = _mapping(files.value(operation))
    listed = said.get("messages")
    if isinstance(listed, list):
        holder, keys = _at(operation, "messages"), list(range(len(listed)))
        return [files.followed(_at(holder, key)) for key in keys]
    channel = _child(files, operation, "channel")
    names = _mapping(_mapping(files.value(channel)).get("messages")) if channel else {}
    return [files.followed(_at(channel, "messages", name)) for name in names] if channel else []


def _bodies(files: Files, operation: Place) -> list[Place]:
    body = _child(files, operation, "requestBody")
    if body:
        return _json_of(files, body)
    parameters = _each(files, operation, "parameters")
    bodies = [place for place in parameters if _mapping(files.value(place)).get("in") == "body"]
    return [place for body in bodies if (place := _child(files, body, "schema"))]


def _answers(files: Files, operation: Place) -> list[Place]:
    responses = _child(files, operation, "responses")
    found: list[Place] = []
    for code in sorted(_mapping(files.value(responses))) if responses else ():
        if responses and code.startswith("2"):
            response = files.followed(_at(responses, code))
            schema = _child(files, response, "schema")
            found += [schema] if schema else _json_of(files, response)
    return found


def _json_of(files: Files, holder: Place) -> list[Place]:
    """Return the schema of the first media type that is JSON."""
    content = _child(files, holder, "content")
    for name in _mapping(files.value(content)) if content else ():
        media = name.partition(";")[0].strip().lower()
        if content and (media in ("application/json", "*/*") or media.endswith("+json")):
            schema = _child(files, files.followed(_at(content, name)), "schema")
            return [schema] if schema else []
    return []


def _parameters(
    files: Files, document: Specification, spoken: Spoken, operation: Place
) -> Iterator[Payload]:
    """Yield an object of the parameters in path, query and form, where there are any."""
    item = files.reached(document.name, spoken.path[:-1])
    places = [*_each(files, item, "parameters"), *_each(files, operation, "parameters")]
    properties: dict[str, dict[str, Any]] = {}
    required: dict[str, bool] = {}
    for place in places:
        said = _mapping(files.value(place))
        name = said.get("name")
        if said.get("in") in ("path", "query", "formData") and isinstance(name, str):
            properties[name] = _parameter(files, place, said)
            required[name] = said.get("in") == "path" or said.get("required") is True
    if properties:
        named = {f"parameter-{name}": schema for name, schema in properties.items()}
        schema: dict[str, Any] = {
            "type": "object",
            "properties": {name: _as_part(f"parameter-{name}") for name in properties},
            "$defs": _parts(named),
        }
        must = [name for name, needed in required.items() if needed]
        yield Payload({**schema, "required": must} if must else schema, operation)


def _parameter(files: Files, place: Place, said: Mapping[str, Any]) -> dict[str, Any]:
    schema = _child(files, place, "schema")
    if schema:
        dialect = dialect_in(files.known[schema.file].content, "2020-12")
        return taken_out(files, schema, dialect, "request")
    return {"type": said["type"]} if said.get("type") in _TYPES else {}


def _each(files: Files, holder: Place, key: str) -> list[Place]:
    listed = _mapping(files.value(holder)).get(key)
    count = len(listed) if isinstance(listed, list) else 0
    return [files.followed(_at(holder, key, index)) for index in range(count)]


def _child(files: Files, holder: Place, key: str) -> Place | None:
    """Return the end of what stands under a key; None where there is no such key."""
    has = key in _mapping(files.value(holder))
    return files.followed(_at(holder, key)) if has else None


def _at(place: Place, *steps: str | int) -> Place:
    return Place(place.file, (*place.path, *steps))


def _as_part(name: str) -> dict[str, Any]:
    return {"$ref": f"#{pointer(('$defs', name))}"}


def _parts(named: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    return {name: relocated(one, f"#{pointer(('$defs', name))}") for name, one in named.items()}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
