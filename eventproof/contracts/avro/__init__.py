"""Avro contracts: read from `.avsc` files, compared by Avro's own rules, with encoded witnesses.

A contract of an Avro schema is the JSON Schema of its messages as JSON, with the native schema
under `x-avro`. Two that both have one are compared natively; with a contract of another kind, as
JSON Schema.
"""

from eventproof.contracts.avro.comparison import Native, compare_avro, native_of
from eventproof.contracts.avro.conversion import NATIVE, as_json_schema
from eventproof.contracts.avro.parsing import parse
from eventproof.contracts.avro.schema import AvroError, AvroSchema

__all__ = [
    "NATIVE",
    "AvroError",
    "AvroSchema",
    "Native",
    "as_json_schema",
    "compare_avro",
    "native_of",
    "parse",
]
