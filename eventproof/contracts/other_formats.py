"""Avro and Protobuf files, as far as they can be read without their own tools.

An Avro schema must be JSON that says its type; a Protobuf file must be text. What they mean beyond
the names of their fields is not read here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventproof.contracts.named_schemas import NamedSchema
from eventproof.contracts.schema_files import RefusedError, inside, parsed, read_text

if TYPE_CHECKING:
    from eventproof.catalog import Catalog, Resource


def read_other(catalog: Catalog, message: Resource, named: NamedSchema) -> Any:
    """Return the content of a file that is no JSON Schema: JSON for Avro, text for the rest.

    Raises `RefusedError` for a file that is missing, no text, or no Avro schema.
    """
    path = inside(catalog.root, message.folder, named.file)
    text = read_text(path)
    if named.other_format != "Avro":
        return text
    content = parsed(text)
    problem = _no_avro(content)
    if problem:
        raise RefusedError("broken", f"is no Avro schema: {problem}")
    return content


def _no_avro(content: Any) -> str | None:
    """Return why a value is no Avro schema: it is a type's name, a union, or an object."""
    if isinstance(content, str | list):
        return None
    if not isinstance(content, dict):
        return "it is neither an object, nor a list, nor a name"
    kind = content.get("type")
    if kind is None:
        return "it has no type"
    if kind == "record" and not isinstance(content.get("fields"), list):
        return "its record has no list of fields"
    return None
