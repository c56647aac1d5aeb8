"""From the JSON of an Avro schema to a schema whose types and defaults are in order."""

from __future__ import annotations

from typing import Any

from eventproof.contracts.avro.defaults import demand_defaults
from eventproof.contracts.avro.schema import AvroSchema, Find, read_types


def parse(content: Any, *, find: Find = lambda _name: None) -> AvroSchema:
    """Parse the JSON of a schema. Raises `AvroError` with the place of what is wrong.

    `find` gives the JSON that declares a full name which this one does not, or None.
    """
    schema = read_types(content, find=find)
    demand_defaults(schema)
    return schema
